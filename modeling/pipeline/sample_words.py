"""Which comments the social dynamics are read on: those of test and audit, by a rule that gives every version of a project the same ones.

No version learns from them or from their variants: on a comment of train, a map would say what the labels were rather than what the model has
made of them; what gate holds is left alone, and comments of the pool are labelled and trained on one after the other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet, Window
from django.db.models.functions import RowNumber, TruncMonth

from modeling.labels import MEMBER_AT, Split
from modeling.ml.identity_words import Place, identity_places, watched_places
from modeling.ml.subgroups import TERMS
from modeling.models import Comment, Project, SubgroupMention, WorkState

READ_SPLITS = (Split.TEST, Split.AUDIT)
MOST_OF_A_SUBJECT = 80
LOOKED_AT = 160
"""Of those that mention a subgroup, or hold a watched word's letters, so many are looked at: not all name it by a word of the list."""

ALL = ""


@dataclass(frozen=True)
class Sampled:
    """`subjects`: where the words of each subject stand that this comment was drawn for; `ALL`: every word that names a subgroup."""

    comment_id: int
    text: str
    subjects: dict[str, list[Place]] = field(default_factory=dict)


def sample_words(project: Project) -> list[Sampled]:
    """Per subgroup and watched word at most 80 comments, the months taking turns, within a month by the hash of the text. In order of id."""
    found: dict[int, Sampled] = {}
    of_subgroups = {subgroup: _mentioning(project, subgroup) for subgroup in TERMS}
    texts = _texts(pk for ids in of_subgroups.values() for pk in ids)
    named = dict(zip(texts, identity_places(texts.values()), strict=True))
    for subgroup, ids in of_subgroups.items():
        for pk in [pk for pk in ids if subgroup in named[pk]][:MOST_OF_A_SUBJECT]:
            sampled = found.setdefault(pk, Sampled(pk, texts[pk], {ALL: [place for places in named[pk].values() for place in places]}))
            sampled.subjects[subgroup] = named[pk][subgroup]
    for watched in project.watched_words.all():
        holding = [(pk, text, places) for pk, text in _holding(project, watched.word) if (places := watched_places(text, watched.word))]
        for pk, text, places in holding[:MOST_OF_A_SUBJECT]:
            found.setdefault(pk, Sampled(pk, text)).subjects[watched.subject] = places
    return [found[pk] for pk in sorted(found)]


def _mentioning(project: Project, subgroup: str) -> list[int]:
    of_comments = {"comment__dataset__project": project, "comment__dataset__state": WorkState.DONE, "comment__split__in": READ_SPLITS}
    mentions = SubgroupMention.objects.filter(subgroup=subgroup, value__gte=MEMBER_AT, **of_comments)
    by_turns = _by_turns(mentions, "comment__created_date", "comment__text_hash", "comment_id")
    return list(by_turns.values_list("comment_id", flat=True)[:LOOKED_AT])


def _holding(project: Project, word: str) -> list[tuple[int, str]]:
    comments = Comment.objects.of(project).filter(split__in=READ_SPLITS, text__icontains=word)
    return list(_by_turns(comments, "created_date", "text_hash", "pk").values_list("pk", "text")[:LOOKED_AT])


def _by_turns(rows: QuerySet, date: str, *order: str) -> QuerySet:
    """The first of each month, then the second of each."""
    turn = Window(RowNumber(), partition_by=[TruncMonth(date)], order_by=list(order))
    return rows.order_by().annotate(turn=turn).order_by("turn", *order)


def _texts(ids: Iterable[int]) -> dict[int, str]:
    return dict(Comment.objects.filter(pk__in=set(ids)).order_by("pk").values_list("pk", "text"))

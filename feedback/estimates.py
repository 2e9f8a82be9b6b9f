"""What a round says about the whole pool that it was drawn from, weighted back by the stored inclusion probabilities."""

from dataclasses import dataclass

import numpy as np
from django.db.models import Count, Q

from feedback.crowd.estimates import MINIMUM_ITEMS, Estimate, pool_share
from feedback.models import Annotation, AnnotationRound
from modeling.labels import MEMBER_AT, Verdict, mention_key
from modeling.models import LedgerEntry, SubgroupMention

SUBGROUPS_SHOWN = 12
READ_AT_ONCE = 5_000


@dataclass(frozen=True)
class PoolEstimates:
    """Of all comments that could have been drawn: `biased` and `incorrect`, share of answers that would say so; `subgroups`: (name, share
    of answers that would report a bias), most judged first. `plain_biased`: the share of the round's own answers, each for one, which the
    way of choosing makes higher. `comments`: how many of the pool `biased` stands for; None where their number was not stored. `dataset`: the
    data set of which alone the round was drawn; empty: of the whole pool."""

    biased: Estimate
    incorrect: Estimate
    plain_biased: float
    comments: int | None
    subgroups: tuple[tuple[str, Estimate], ...]
    dataset: str


def pool_estimates(round: AnnotationRound) -> PoolEstimates | None:
    """None for gate rounds, and before enough items are judged."""
    if round.kind != AnnotationRound.Kind.POOL:
        return None
    answers = Annotation.objects.filter(item__round=round)
    columns = ("item__comment_id", "item__inclusion_probability", "item__comment__family")
    says = {"biased": Count("pk", filter=Q(biased=True)), "wrong": Count("pk", filter=Q(verdict=Verdict.INCORRECT)), "count": Count("pk")}
    rows = list(answers.order_by("item__comment_id").values_list(*columns).annotate(**says).iterator(READ_AT_ONCE))
    if len(rows) < MINIMUM_ITEMS:
        return None
    comments, inclusion, families, biased, wrong, count = (np.array(column) for column in zip(*rows, strict=True))
    cluster = np.where(families == "", comments.astype(str), np.char.add("family ", families.astype(str)))
    found = pool_share(biased / count, inclusion, cluster)
    return PoolEstimates(
        biased=found,
        incorrect=pool_share(wrong / count, inclusion, cluster),
        plain_biased=float(biased.sum() / count.sum()),
        comments=None if round.drawn_from is None else int(np.rint(found.value * round.drawn_from)),
        subgroups=_by_subgroup(round, comments, biased / count, inclusion, cluster),
        dataset=_drawn_within(round),
    )


def _drawn_within(round: AnnotationRound) -> str:
    opened = LedgerEntry.objects.filter(action="round.opened", subject=round.ledger_subject[:80]).order_by("-sequence").first()
    return opened.payload.get("dataset", "") if opened else ""


def _by_subgroup(
    round: AnnotationRound, comments: np.ndarray, biased: np.ndarray, inclusion: np.ndarray, cluster: np.ndarray
) -> tuple[tuple[str, Estimate], ...]:
    """`comments`: (n,), sorted."""
    mentions = SubgroupMention.objects.filter(comment__annotation_items__round=round, value__gte=MEMBER_AT).order_by()
    members: dict[str, list[int]] = {}
    for comment, subgroup, source in mentions.values_list("comment_id", "subgroup", "source").distinct().iterator(READ_AT_ONCE):
        members.setdefault(mention_key(subgroup, source), []).append(comment)
    rows = {name: np.isin(comments, found) for name, found in members.items()}
    largest = sorted(rows, key=lambda name: (-int(rows[name].sum()), name))[:SUBGROUPS_SHOWN]
    shares = ((name, pool_share(biased[rows[name]], inclusion[rows[name]], cluster[rows[name]])) for name in largest)
    return tuple((name, share) for name, share in shares if share.n >= MINIMUM_ITEMS)

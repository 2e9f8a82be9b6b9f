"""Count what an import brought in, so that no page has to: by split, by level, and who is mentioned."""

from django.db.models import Count, QuerySet

from modeling.labels import AXES, MEMBER_AT, mention_key
from modeling.models import Comment, Dataset, SubgroupMention


def count_comments(*, dataset: Dataset) -> dict[str, dict[str, int]]:
    """As `Dataset.counts` keeps it. Subgroups by the name under which they are measured; an axis counts each comment once."""
    comments = Comment.objects.filter(dataset=dataset).order_by()
    mentions = SubgroupMention.objects.filter(comment__dataset=dataset, value__gte=MEMBER_AT).order_by()
    found = mentions.values_list("subgroup", "source").annotate(Count("pk"))
    return {
        "splits": _by("split", comments),
        "levels": _by("level", comments.exclude(level="")),
        "mentions": {mention_key(subgroup, source): n for subgroup, source, n in found},
        "axes": {axis: mentions.filter(subgroup__in=members).aggregate(n=Count("comment", distinct=True))["n"] for axis, members in AXES.items()},
    }


def _by(field: str, comments: QuerySet[Comment]) -> dict[str, int]:
    return dict(comments.values_list(field).annotate(Count("pk")))

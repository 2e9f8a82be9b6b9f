"""What else a monthly report tells: which biases people reported, and how much of the maps lies on words that name a subgroup."""

from collections import Counter
from typing import Any

from modeling.in_use import first_of, first_of_next
from modeling.map_engines import DEFAULT_MAP
from modeling.measures.statistics import wilson
from modeling.models import FeedbackLabel, ModelVersion, Project, ShareSummary
from modeling.names import subject_name

Data = dict[str, Any]
ANY_BIAS = ""


def reported_biases(project: Project, month: str) -> list[Data]:
    """Of the labels that were handed in within the month: any bias first, then each type, the most first. Empty without a label."""
    batches = project.feedback_batches.filter(created_at__gte=first_of(month), created_at__lt=first_of_next(month))
    rates = list(FeedbackLabel.objects.filter(batch__in=batches).values_list("biased_rate", "bias_rates"))
    found = Counter({ANY_BIAS: sum(any_rate > 0 for any_rate, _of_types in rates)})
    found.update(name for _any_rate, of_types in rates for name, rate in of_types.items() if rate > 0)
    ordered = sorted(found.items(), key=lambda each: (each[0] != ANY_BIAS, -each[1], each[0])) if rates else []
    return [{"bias": name, "reported": count, **_share(count, len(rates))} for name, count in ordered]


def _share(count: int, n: int) -> Data:
    low, high = wilson(count, n)
    return {"value": count / n, "low": low, "high": high, "n": n}


def shares_on_words(version: ModelVersion) -> list[Data]:
    """All comments that were read, all months together: a month has too few of most subgroups."""
    rows = ShareSummary.objects.filter(version=version, engine=DEFAULT_MAP.engine.value, cut=ShareSummary.Cut.ALL).order_by("subject")
    return [
        {"subject": row.subject, "name": str(subject_name(row.subject)), "value": row.share, "low": row.low, "high": row.high, "n": row.n}
        | {"originals": row.families, "chance": row.chance}
        for row in rows
    ]

"""The one measure that a candidate must gain on: which ones a round may choose, each in a plain sentence. No Django."""

from dataclasses import dataclass
from typing import Literal

Needs = Literal["comments", "both classes", "a subgroup with both classes", "a subgroup with non-toxic comments"]


@dataclass(frozen=True)
class PrimaryMeasure:
    """`sentence`: what a candidate must be better at. `needs`: what gate must hold for it."""

    name: str
    sentence: str
    needs: Needs


def _table(*measures: PrimaryMeasure) -> dict[str, PrimaryMeasure]:
    return {measure.name: measure for measure in measures}


PRIMARY_MEASURES: dict[str, PrimaryMeasure] = _table(
    PrimaryMeasure(
        "jigsaw_score",
        "Telling toxic from harmless, overall and for each subgroup, most of all where it goes worst. The usual choice.",
        "a subgroup with both classes",
    ),
    PrimaryMeasure("accuracy", "Predicting the right level of as many comments as can be. Asks for no subgroup.", "comments"),
    PrimaryMeasure("macro_f1", "Predicting the right level, where a rare level counts as much as a common one. Asks for no subgroup.", "comments"),
    PrimaryMeasure("roc_auc", "Scoring toxic comments above harmless ones, whatever the threshold. Asks for no subgroup.", "both classes"),
    PrimaryMeasure(
        "mean_subgroup_fpr",
        "Fewer harmless comments about subgroups flagged. A model that flags less gains on it too, so the other rules must hold it back.",
        "a subgroup with non-toxic comments",
    ),
    PrimaryMeasure(
        "generalized_mean_bpsn_auc",
        "Scoring harmless comments about a subgroup below toxic ones about others, most of all where it goes worst. Whatever the threshold.",
        "a subgroup with both classes",
    ),
)
"""In the order in which they are offered. The first that gate can measure is proposed: a measure that flagging less improves is not."""

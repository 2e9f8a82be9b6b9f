"""Every overall measure. A new one is one function and one entry here: evaluation, dashboard, gate and export loop over them."""

from math import log

import numpy as np

from modeling.measures import calibration, fairness, performance, ranking, statistics
from modeling.measures.data import Floats, Mask
from modeling.measures.described import CLASS_MINIMUM, Measure
from modeling.measures.tally import Prepared, Tally


def _all(prepared: Prepared) -> tuple[Mask, ...]:
    return (np.ones(len(prepared.scored), dtype=bool),)


def _both_classes(prepared: Prepared) -> tuple[Mask, ...]:
    return prepared.scored.toxic, ~prepared.scored.toxic


def _class_rows(prepared: Prepared) -> tuple[Mask, ...]:
    return (prepared.class_rows,)


def _counted_non_toxic(prepared: Prepared) -> tuple[Mask, ...]:
    s = prepared.scored
    return (~s.toxic & s.in_subgroup[:, s.counted].any(axis=1),)


def _enough_non_toxic(prepared: Prepared) -> Mask:
    """(G,) the subgroups whose FPR enters the mean: they need non-toxic comments only."""
    s = prepared.scored
    return s.in_subgroup[~s.toxic].sum(axis=0) >= s.counted_minimum


def _measurable_non_toxic(prepared: Prepared) -> tuple[Mask, ...]:
    s = prepared.scored
    return (~s.toxic & s.in_subgroup[:, _enough_non_toxic(prepared)].any(axis=1),)


def _mean_subgroup_fpr(tally: Tally) -> Floats:
    rates = fairness.fpr(tally.counts)[..., _enough_non_toxic(tally.prepared)]
    defined = ~np.isnan(rates)
    return statistics.divide(np.where(defined, rates, 0).sum(axis=-1), defined.sum(axis=-1))


def _fpr_gap(tally: Tally) -> Floats:
    rates = tally.over_counted(fairness.fpr(tally.counts))
    return np.fmax.reduce(rates, axis=-1) - np.fmin.reduce(rates, axis=-1)


_EACH = "Comments with a level are judged by level, those of 0/1 sources by toxic or not."
_CLASSES = "Over the comments with a level; where these are fewer than 30, over toxic / non-toxic of all."
_COUNTED = "Over the subgroups with at least 30 toxic and 30 non-toxic comments."

_OVERALL = (
    Measure(
        name="accuracy",
        label="Accuracy",
        definition=f"Share of comments judged rightly. {_EACH}",
        is_share=True,
        fn=lambda t: performance.accuracy(t.scored.hit, t.weights),
        rows=_all,
    ),
    Measure(
        name="balanced_accuracy",
        label="Balanced accuracy",
        definition=f"Accuracy if every class were equally frequent. {_CLASSES}",
        fn=lambda t: performance.balanced_accuracy(t.confusion),
        rows=_class_rows,
    ),
    Measure(
        name="macro_precision",
        label="Macro precision",
        definition=f"Mean over classes of the share of predictions that is right. {_CLASSES}",
        fn=lambda t: performance.macro_precision(t.confusion),
        rows=_class_rows,
    ),
    Measure(
        name="macro_recall",
        label="Macro recall",
        definition=f"Mean over classes of the share of its comments that is found. {_CLASSES}",
        fn=lambda t: performance.macro_recall(t.confusion),
        rows=_class_rows,
    ),
    Measure(
        name="macro_f1",
        label="Macro F1",
        definition=f"Mean over classes of the harmonic mean of precision and recall. {_CLASSES}",
        fn=lambda t: performance.macro_f1(t.confusion),
        rows=_class_rows,
    ),
    Measure(
        name="weighted_f1",
        label="Weighted F1",
        definition=f"F1 of each class, weighted by how frequent it is. {_CLASSES}",
        fn=lambda t: performance.weighted_f1(t.confusion),
        rows=_class_rows,
    ),
    Measure(
        name="mcc",
        label="Matthews correlation",
        definition=f"Correlation of prediction and truth; 0 is chance. {_CLASSES}",
        range=(-1, 1),
        fn=lambda t: performance.mcc(t.confusion),
        rows=_class_rows,
    ),
    Measure(
        name="roc_auc",
        label="ROC AUC",
        definition="Chance that a toxic comment scores above a non-toxic one; .5 is chance.",
        minimum=CLASS_MINIMUM,
        fn=lambda t: fairness.overall_auc(t.wins),
        rows=_both_classes,
    ),
    Measure(
        name="average_precision",
        label="Average precision",
        definition="Precision for toxic, averaged over all thresholds by recall gained.",
        minimum=CLASS_MINIMUM,
        rows=_both_classes,
        fn=lambda t: ranking.average_precision(t.scored.toxic, t.prepared.ranks, t.weights),
    ),
    Measure(
        name="ece",
        label="Expected calibration error",
        definition="How far stated confidence and share of right predictions lie apart, "
        f"averaged over {calibration.BINS} bins of confidence. {_EACH}",
        ideal=0,
        higher_is_better=False,
        leans=True,
        fn=lambda t: calibration.expected_calibration_error(t.prepared.calibration_gaps, t.weights),
        rows=_all,
    ),
    Measure(
        name="brier",
        label="Brier score",
        definition=f"Mean squared error of the probabilities (halved over classes). {_EACH}",
        ideal=0,
        higher_is_better=False,
        fn=lambda t: t.mean(t.prepared.squared_error),
        rows=_all,
    ),
    Measure(
        name="jigsaw_score",
        label="Jigsaw score",
        definition=f".25 AUC + .25 (power means, p = -5, of subgroup AUC, BPSN AUC and BNSP AUC). {_COUNTED}",
        minimum=CLASS_MINIMUM,
        leans=True,
        fn=lambda t: fairness.jigsaw_score(t.wins, t.scored.counted),
        rows=_both_classes,
    ),
    Measure(
        name="mean_subgroup_fpr",
        label="Mean subgroup FPR",
        definition="Mean over subgroups of the share of harmless comments that is flagged. Over the subgroups with at least 30 non-toxic comments.",
        ideal=0,
        higher_is_better=False,
        fn=_mean_subgroup_fpr,
        rows=_measurable_non_toxic,
    ),
    Measure(
        name="worst_fpr",
        label="Worst subgroup FPR",
        definition=f"The highest share of a subgroup's harmless comments flagged. {_COUNTED}",
        ideal=0,
        higher_is_better=False,
        rows=_counted_non_toxic,
        leans=True,
        fn=lambda t: np.fmax.reduce(t.over_counted(fairness.fpr(t.counts)), axis=-1),
    ),
    Measure(
        name="fpr_gap",
        label="FPR gap",
        definition=f"Highest less lowest share of harmless comments flagged. {_COUNTED}",
        ideal=0,
        higher_is_better=False,
        leans=True,
        fn=_fpr_gap,
        rows=_counted_non_toxic,
    ),
    Measure(
        name="worst_bpsn",
        label="Worst BPSN AUC",
        definition=f"The lowest chance that toxic comments of others score above a subgroup's harmless ones. {_COUNTED}",
        rows=_both_classes,
        minimum=CLASS_MINIMUM,
        leans=True,
        fn=lambda t: np.fmin.reduce(t.over_counted(fairness.bpsn_auc(t.wins)), axis=-1),
    ),
    Measure(
        name="mean_kl_to_uniform",
        label="KL to uniform (as printed)",
        definition="The paper's bias term: mean KL(P || uniform) in nats. It measures confidence and knows no group.",
        range=(0, log(3)),
        ideal=None,
        higher_is_better=None,
        fn=lambda t: t.mean(t.prepared.kl_to_uniform),
        rows=_all,
    ),
)

MEASURES: dict[str, Measure] = {measure.name: measure for measure in _OVERALL}

"""Every overall measure. A new one is one function and one entry here: evaluation, dashboard, gate, export and docs loop over them."""

from collections.abc import Callable
from math import inf, log

import numpy as np

from modeling.measures import calibration, fairness, performance
from modeling.measures.columns import Prepared, mean_over
from modeling.measures.data import Floats, Mask
from modeling.measures.described import CLASS_MINIMUM, Measure
from modeling.measures.fairness import Counts
from modeling.measures.tally import Tally

GAP_MINIMUM = 2
"""Subgroups that a gap is taken between: the largest less the smallest of a single one is 0 whatever a version does."""


def _all(prepared: Prepared) -> tuple[Mask, ...]:
    return (np.ones(len(prepared.scored), dtype=bool),)


def _both_classes(prepared: Prepared) -> tuple[Mask, ...]:
    return prepared.scored.toxic, ~prepared.scored.toxic


def _class_rows(prepared: Prepared) -> tuple[Mask, ...]:
    return (prepared.class_rows,)


def _mentioning(prepared: Prepared, chosen: Mask) -> Mask:
    masks = list(prepared.scored.memberships.values())
    rows = np.zeros(len(prepared.scored), dtype=bool)
    for place in np.flatnonzero(chosen):
        rows |= masks[place]
    return rows


def _counted(prepared: Prepared) -> tuple[Mask, ...]:
    return (_mentioning(prepared, prepared.scored.counted),)


def _counted_non_toxic(prepared: Prepared) -> tuple[Mask, ...]:
    return (~prepared.scored.toxic & _mentioning(prepared, prepared.scored.counted),)


def _counted_toxic(prepared: Prepared) -> tuple[Mask, ...]:
    return (prepared.scored.toxic & _mentioning(prepared, prepared.scored.counted),)


def _counted_classes(prepared: Prepared) -> tuple[Mask, ...]:
    return *_counted_toxic(prepared), *_counted_non_toxic(prepared)


def _measurable_non_toxic(prepared: Prepared) -> tuple[Mask, ...]:
    return (~prepared.scored.toxic & _mentioning(prepared, prepared.enough_non_toxic),)


def _ece(tally: Tally) -> Floats:
    return calibration.expected_calibration_error(tally["calibration"], tally["one"][..., 0])


def _level_auc(tally: Tally) -> Floats:
    return tally.auc("level_auc").mean(axis=-1)


def _over_subgroups(name: str) -> Callable[[Tally], Floats]:
    return lambda tally: fairness.power_mean(tally.over_counted(tally.auc(name)))


def _jigsaw_score(tally: Tally) -> Floats:
    aucs = (tally.over_counted(tally.auc(name)) for name in ("subgroup_auc", "bpsn_auc", "bnsp_auc"))
    return fairness.jigsaw_score(tally.auc("roc_auc")[..., 0], *aucs)


def _mean_of(rate: Callable[[Counts], Floats]) -> Callable[[Tally], Floats]:
    return lambda tally: mean_over(rate(tally.counts), tally.prepared.enough_non_toxic)


def _largest(rate: Callable[[Counts], Floats]) -> Callable[[Tally], Floats]:
    return lambda tally: np.fmax.reduce(tally.over_counted(rate(tally.counts)), axis=-1)


def _smallest(rate: Callable[[Counts], Floats]) -> Callable[[Tally], Floats]:
    return lambda tally: np.fmin.reduce(tally.over_counted(rate(tally.counts)), axis=-1)


def _smallest_auc(name: str) -> Callable[[Tally], Floats]:
    return lambda tally: np.fmin.reduce(tally.over_counted(tally.auc(name)), axis=-1)


def _gap(rate: Callable[[Counts], Floats]) -> Callable[[Tally], Floats]:
    def gap(tally: Tally) -> Floats:
        values = tally.over_counted(rate(tally.counts))
        compared = (~np.isnan(values)).sum(axis=-1) >= GAP_MINIMUM
        return np.where(compared, np.fmax.reduce(values, axis=-1) - np.fmin.reduce(values, axis=-1), np.nan)

    return gap


def _equalized_odds_gap(tally: Tally) -> Floats:
    return np.maximum(_gap(fairness.fpr)(tally), _gap(fairness.tpr)(tally))


LOWER_IS_BETTER = {"ideal": 0, "higher_is_better": False}
EXTREME = {"leans": True, **LOWER_IS_BETTER}
OF_CLASSES = {"minimum": CLASS_MINIMUM, "interval": "influence"}

_OVERALL = (
    Measure("accuracy", lambda t: t.mean("hit"), _all, is_share=True),
    Measure("balanced_accuracy", lambda t: performance.balanced_accuracy(t.confusion), _class_rows),
    Measure("macro_precision", lambda t: performance.macro_precision(t.confusion), _class_rows),
    Measure("macro_recall", lambda t: performance.macro_recall(t.confusion), _class_rows),
    Measure("macro_f1", lambda t: performance.macro_f1(t.confusion), _class_rows),
    Measure("weighted_precision", lambda t: performance.weighted_precision(t.confusion), _class_rows),
    Measure("weighted_recall", lambda t: performance.weighted_recall(t.confusion), _class_rows, is_share=True),
    Measure("weighted_f1", lambda t: performance.weighted_f1(t.confusion), _class_rows),
    Measure("mcc", lambda t: performance.mcc(t.confusion), _class_rows, range=(-1, 1)),
    Measure("roc_auc", lambda t: t.auc("roc_auc")[..., 0], _both_classes, **OF_CLASSES),
    Measure("roc_auc_ovr", _level_auc, _class_rows, interval="influence"),
    Measure("average_precision", lambda t: t.auc("average_precision")[..., 0], _both_classes, **OF_CLASSES),
    Measure("ece", _ece, _all, **EXTREME),
    Measure("brier", lambda t: t.mean("squared_error"), _all, **LOWER_IS_BETTER),
    Measure("jigsaw_score", _jigsaw_score, _both_classes, **OF_CLASSES),
    Measure("generalized_mean_subgroup_auc", _over_subgroups("subgroup_auc"), _counted_classes, **OF_CLASSES),
    Measure("generalized_mean_bpsn_auc", _over_subgroups("bpsn_auc"), _counted_classes, **OF_CLASSES),
    Measure("generalized_mean_bnsp_auc", _over_subgroups("bnsp_auc"), _counted_classes, **OF_CLASSES),
    Measure("mean_subgroup_fpr", _mean_of(fairness.fpr), _measurable_non_toxic, **LOWER_IS_BETTER),
    Measure("worst_fpr", _largest(fairness.fpr), _counted_non_toxic, **EXTREME),
    Measure("worst_tpr", _smallest(fairness.tpr), _counted_toxic, leans=True),
    Measure("worst_subgroup_auc", _smallest_auc("subgroup_auc"), _both_classes, minimum=CLASS_MINIMUM, leans=True),
    Measure("worst_bpsn", _smallest_auc("bpsn_auc"), _both_classes, minimum=CLASS_MINIMUM, leans=True),
    Measure("worst_bnsp", _smallest_auc("bnsp_auc"), _both_classes, minimum=CLASS_MINIMUM, leans=True),
    Measure("fpr_gap", _gap(fairness.fpr), _counted_non_toxic, **EXTREME),
    Measure("equal_opportunity_gap", _gap(fairness.tpr), _counted_toxic, **EXTREME),
    Measure("equalized_odds_gap", _equalized_odds_gap, _counted_classes, **EXTREME),
    Measure("selection_rate_gap", _gap(fairness.selection_rate), _counted, **EXTREME),
    Measure("mean_group_kl", _mean_of(fairness.group_kl), _measurable_non_toxic, range=(0, inf), **EXTREME),
    Measure("worst_group_kl", _largest(fairness.group_kl), _counted_non_toxic, range=(0, inf), **EXTREME),
    Measure("mean_kl_to_uniform", lambda t: t.mean("kl_to_uniform"), _all, range=(0, log(3)), ideal=None, higher_is_better=None),
)

MEASURES: dict[str, Measure] = {measure.name: measure for measure in _OVERALL}

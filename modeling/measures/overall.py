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


def _measurable_non_toxic(prepared: Prepared) -> tuple[Mask, ...]:
    s = prepared.scored
    return (~s.toxic & s.in_subgroup[:, prepared.enough_non_toxic].any(axis=1),)


def _average_precision(tally: Tally) -> Floats:
    return ranking.average_precision(tally.scored.toxic, tally.prepared.ranks, tally.weights)


def _ece(tally: Tally) -> Floats:
    return calibration.expected_calibration_error(tally.prepared.calibration_gaps, tally.weights)


def _mean_kl(tally: Tally) -> Floats:
    return tally.mean(tally.prepared.kl_to_uniform)


def _mean_subgroup_fpr(tally: Tally) -> Floats:
    rates = fairness.fpr(tally.counts)[..., tally.prepared.enough_non_toxic]
    defined = ~np.isnan(rates)
    return statistics.divide(np.where(defined, rates, 0).sum(axis=-1), defined.sum(axis=-1))


def _worst_fpr(tally: Tally) -> Floats:
    return np.fmax.reduce(tally.over_counted(fairness.fpr(tally.counts)), axis=-1)


def _worst_bpsn(tally: Tally) -> Floats:
    return np.fmin.reduce(tally.over_counted(fairness.bpsn_auc(tally.wins)), axis=-1)


def _fpr_gap(tally: Tally) -> Floats:
    rates = tally.over_counted(fairness.fpr(tally.counts))
    return np.fmax.reduce(rates, axis=-1) - np.fmin.reduce(rates, axis=-1)


LOWER_IS_BETTER = {"ideal": 0, "higher_is_better": False}

_OVERALL = (
    Measure("accuracy", lambda t: performance.accuracy(t.scored.hit, t.weights), _all, is_share=True),
    Measure("balanced_accuracy", lambda t: performance.balanced_accuracy(t.confusion), _class_rows),
    Measure("macro_precision", lambda t: performance.macro_precision(t.confusion), _class_rows),
    Measure("macro_recall", lambda t: performance.macro_recall(t.confusion), _class_rows),
    Measure("macro_f1", lambda t: performance.macro_f1(t.confusion), _class_rows),
    Measure("weighted_f1", lambda t: performance.weighted_f1(t.confusion), _class_rows),
    Measure("mcc", lambda t: performance.mcc(t.confusion), _class_rows, range=(-1, 1)),
    Measure("roc_auc", lambda t: fairness.overall_auc(t.wins), _both_classes, minimum=CLASS_MINIMUM),
    Measure("average_precision", _average_precision, _both_classes, minimum=CLASS_MINIMUM),
    Measure("ece", _ece, _all, leans=True, **LOWER_IS_BETTER),
    Measure("brier", lambda t: t.mean(t.prepared.squared_error), _all, **LOWER_IS_BETTER),
    Measure("jigsaw_score", lambda t: fairness.jigsaw_score(t.wins, t.scored.counted), _both_classes, minimum=CLASS_MINIMUM, leans=True),
    Measure("mean_subgroup_fpr", _mean_subgroup_fpr, _measurable_non_toxic, **LOWER_IS_BETTER),
    Measure("worst_fpr", _worst_fpr, _counted_non_toxic, leans=True, **LOWER_IS_BETTER),
    Measure("fpr_gap", _fpr_gap, _counted_non_toxic, leans=True, **LOWER_IS_BETTER),
    Measure("worst_bpsn", _worst_bpsn, _both_classes, minimum=CLASS_MINIMUM, leans=True),
    Measure("mean_kl_to_uniform", _mean_kl, _all, range=(0, log(3)), ideal=None, higher_is_better=None),
)

MEASURES: dict[str, Measure] = {measure.name: measure for measure in _OVERALL}

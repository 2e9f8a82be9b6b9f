"""Every measure of a subgroup against the background. A new one is one function in `fairness` and one entry here."""

from collections.abc import Callable
from math import inf
from typing import Any

from modeling.measures import fairness
from modeling.measures.data import Floats
from modeling.measures.described import SubgroupMeasure
from modeling.measures.fairness import Counts

NO_DIRECTION = {"ideal": None, "higher_is_better": None}
AROUND_ZERO = {"range": (-1, 1), "ideal": 0, "higher_is_better": None}
TOXIC, NON_TOXIC, MEMBERS, FLAGGED = ("toxic",), ("non_toxic",), ("members",), ("flagged",)


def _rate(name: str, fn: Callable[[Counts], Floats], own: tuple[str, ...], background: tuple[str, ...] = (), **described: Any) -> SubgroupMeasure:
    return SubgroupMeasure(name, lambda tally: fn(tally.counts), own, background, **described)


def _auc(name: str, own: tuple[str, ...], background: tuple[str, ...] = ()) -> SubgroupMeasure:
    return SubgroupMeasure(name, lambda tally: tally.auc(name), own, background, interval="influence")


_PER_SUBGROUP = (
    _rate("prevalence", fairness.prevalence, MEMBERS, is_share=True, **NO_DIRECTION),
    _rate("selection_rate", fairness.selection_rate, MEMBERS, is_share=True, **NO_DIRECTION),
    _rate("fpr", fairness.fpr, NON_TOXIC, is_share=True, ideal=0, higher_is_better=False),
    _rate("tpr", fairness.tpr, TOXIC, is_share=True),
    _rate("fpr_difference", fairness.fpr_difference, NON_TOXIC, NON_TOXIC, **AROUND_ZERO),
    _rate("equal_opportunity_difference", fairness.equal_opportunity_difference, TOXIC, TOXIC, **AROUND_ZERO),
    _rate("average_odds_difference", fairness.average_odds_difference, TOXIC + NON_TOXIC, TOXIC + NON_TOXIC, **AROUND_ZERO),
    _rate("statistical_parity_difference", fairness.statistical_parity_difference, MEMBERS, MEMBERS, **AROUND_ZERO),
    _rate("disparate_impact", fairness.disparate_impact, MEMBERS, MEMBERS, range=(0, inf), higher_is_better=None),
    _auc("subgroup_auc", TOXIC + NON_TOXIC),
    _auc("bpsn_auc", NON_TOXIC, TOXIC),
    _auc("bnsp_auc", TOXIC, NON_TOXIC),
    _rate("precision", fairness.precision, FLAGGED, is_share=True),
    _rate("recall", fairness.recall, TOXIC, is_share=True),
    _rate("f1", fairness.f1, TOXIC + NON_TOXIC),
    _rate("calibration_gap", fairness.calibration_gap, MEMBERS, MEMBERS, **{**AROUND_ZERO, "range": (-2, 2)}),
    _rate("group_kl", fairness.group_kl, NON_TOXIC, NON_TOXIC, range=(0, inf), ideal=0, higher_is_better=False, leans=True),
)

SUBGROUP_MEASURES: dict[str, SubgroupMeasure] = {measure.name: measure for measure in _PER_SUBGROUP}

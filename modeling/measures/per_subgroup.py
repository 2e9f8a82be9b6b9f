"""Every measure of a subgroup against the background. A new one is one function in `fairness` and one entry here."""

from math import inf

from modeling.measures import fairness
from modeling.measures.described import SubgroupMeasure

AROUND_ZERO = {"range": (-1, 1), "ideal": 0, "higher_is_better": None}

_PER_SUBGROUP = (
    SubgroupMeasure("selection_rate", lambda t: fairness.selection_rate(t.counts), ("members",), is_share=True, ideal=None, higher_is_better=None),
    SubgroupMeasure("fpr", lambda t: fairness.fpr(t.counts), ("non_toxic",), is_share=True, ideal=0, higher_is_better=False),
    SubgroupMeasure("tpr", lambda t: fairness.tpr(t.counts), ("toxic",), is_share=True),
    SubgroupMeasure("fpr_difference", lambda t: fairness.fpr_difference(t.counts), ("non_toxic",), ("non_toxic",), **AROUND_ZERO),
    SubgroupMeasure("equal_opportunity_difference", lambda t: fairness.equal_opportunity_difference(t.counts), ("toxic",), ("toxic",), **AROUND_ZERO),
    SubgroupMeasure(
        "disparate_impact", lambda t: fairness.disparate_impact(t.counts), ("members",), ("members",), range=(0, inf), higher_is_better=None
    ),
    SubgroupMeasure("subgroup_auc", lambda t: fairness.subgroup_auc(t.wins), ("toxic", "non_toxic")),
    SubgroupMeasure("bpsn_auc", lambda t: fairness.bpsn_auc(t.wins), ("non_toxic",), ("toxic",)),
    SubgroupMeasure("bnsp_auc", lambda t: fairness.bnsp_auc(t.wins), ("toxic",), ("non_toxic",)),
    SubgroupMeasure("precision", lambda t: fairness.precision(t.counts), ("flagged",), is_share=True),
    SubgroupMeasure("recall", lambda t: fairness.recall(t.counts), ("toxic",), is_share=True),
    SubgroupMeasure("f1", lambda t: fairness.f1(t.counts), ("toxic", "non_toxic")),
)

SUBGROUP_MEASURES: dict[str, SubgroupMeasure] = {measure.name: measure for measure in _PER_SUBGROUP}

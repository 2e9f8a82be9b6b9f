"""Every measure of a subgroup against the background. A new one is one function in `fairness` and one entry here."""

from math import inf

from modeling.measures import fairness
from modeling.measures.described import SubgroupMeasure

_PER_SUBGROUP = (
    SubgroupMeasure(
        name="selection_rate",
        label="Share flagged",
        definition="Share of the subgroup's comments that is flagged.",
        ideal=None,
        higher_is_better=None,
        is_share=True,
        fn=lambda t: fairness.selection_rate(t.counts),
        own=("members",),
    ),
    SubgroupMeasure(
        name="fpr",
        label="False positive rate",
        definition="Share of the subgroup's non-toxic comments that is flagged.",
        ideal=0,
        higher_is_better=False,
        is_share=True,
        fn=lambda t: fairness.fpr(t.counts),
        own=("non_toxic",),
    ),
    SubgroupMeasure(
        name="tpr",
        label="True positive rate",
        definition="Share of the subgroup's toxic comments that is flagged.",
        is_share=True,
        fn=lambda t: fairness.tpr(t.counts),
        own=("toxic",),
    ),
    SubgroupMeasure(
        name="fpr_difference",
        label="FPR difference",
        definition="FPR of the subgroup less FPR of the background; above 0: harmless mentions are flagged more often.",
        range=(-1, 1),
        ideal=0,
        higher_is_better=None,
        fn=lambda t: fairness.fpr_difference(t.counts),
        own=("non_toxic",),
        background=("non_toxic",),
    ),
    SubgroupMeasure(
        name="equal_opportunity_difference",
        label="Equal opportunity difference",
        definition="TPR of the subgroup less TPR of the background, signed; TPR of toxic comments.",
        range=(-1, 1),
        ideal=0,
        higher_is_better=None,
        fn=lambda t: fairness.equal_opportunity_difference(t.counts),
        own=("toxic",),
        background=("toxic",),
    ),
    SubgroupMeasure(
        name="disparate_impact",
        label="Disparate impact",
        definition="Share not flagged in the subgroup / in the background; below .8 is an alarm.",
        range=(0, inf),
        higher_is_better=None,
        fn=lambda t: fairness.disparate_impact(t.counts),
        own=("members",),
        background=("members",),
    ),
    SubgroupMeasure(
        name="subgroup_auc",
        label="Subgroup AUC",
        definition="Chance that a toxic comment of the subgroup scores above a non-toxic one of the subgroup.",
        fn=lambda t: fairness.subgroup_auc(t.wins),
        own=("toxic", "non_toxic"),
    ),
    SubgroupMeasure(
        name="bpsn_auc",
        label="BPSN AUC",
        definition="Chance that a toxic comment of the background scores above a non-toxic one of the "
        "subgroup. Low: harmless mentions are taken for toxic.",
        fn=lambda t: fairness.bpsn_auc(t.wins),
        own=("non_toxic",),
        background=("toxic",),
    ),
    SubgroupMeasure(
        name="bnsp_auc",
        label="BNSP AUC",
        definition="Chance that a toxic comment of the subgroup scores above a non-toxic one of the "
        "background. Low: toxicity towards the subgroup is missed.",
        fn=lambda t: fairness.bnsp_auc(t.wins),
        own=("toxic",),
        background=("non_toxic",),
    ),
    SubgroupMeasure(
        name="precision",
        label="Precision",
        definition="Share of the subgroup's flagged comments that is toxic.",
        is_share=True,
        fn=lambda t: fairness.precision(t.counts),
        own=("flagged",),
    ),
    SubgroupMeasure(
        name="recall",
        label="Recall",
        definition="Share of the subgroup's toxic comments that is flagged (the true positive rate).",
        is_share=True,
        fn=lambda t: fairness.recall(t.counts),
        own=("toxic",),
    ),
    SubgroupMeasure(
        name="f1",
        label="F1",
        definition="Harmonic mean of the subgroup's precision and recall for toxic.",
        fn=lambda t: fairness.f1(t.counts),
        own=("toxic", "non_toxic"),
    ),
)

SUBGROUP_MEASURES: dict[str, SubgroupMeasure] = {measure.name: measure for measure in _PER_SUBGROUP}

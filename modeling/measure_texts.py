"""What each measure means, in words. No Django, no pandas: the web process shows these without loading `modeling.measures`.

A test holds this table against `modeling.measures.registry`, so that no measure goes without words and no direction differs.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class MeasureText:
    """`ideal` is None where there is none; `higher_is_better` is None where a value should be near the ideal from both sides."""

    name: str
    label: str
    definition: str
    range: str
    ideal: float | None
    higher_is_better: bool | None
    unit: str = "share"
    counted: str = "comments"
    """What its n counts."""

    @property
    def limits(self) -> tuple[float, float]:
        """No value lies beyond them."""
        low, _, high = self.range.replace("and up", "to inf").partition(" to ")
        return float(low or "-inf"), float(high or "inf")


def _table(*texts: MeasureText) -> dict[str, MeasureText]:
    return {text.name: text for text in texts}


FLAGGED = "Flagged means: score at or above the version's threshold. Toxic means: at least half of the raters said so."

OVERALL_TEXTS: dict[str, MeasureText] = _table(
    MeasureText("accuracy", "Accuracy", "Share of comments whose predicted level is the true level.", "0 to 1", 1, True),
    MeasureText(
        "balanced_accuracy", "Balanced accuracy", "Mean over the levels of the share found, so that a rare level counts as much.", "0 to 1", 1, True
    ),
    MeasureText(
        "macro_precision", "Precision (macro)", "Of the comments given a level, the share that has it; mean over the levels.", "0 to 1", 1, True
    ),
    MeasureText("macro_recall", "Recall (macro)", "Of the comments of a level, the share found; mean over the levels.", "0 to 1", 1, True),
    MeasureText("macro_f1", "F1 (macro)", "Harmonic mean of precision and recall per level; mean over the levels.", "0 to 1", 1, True),
    MeasureText(
        "weighted_precision", "Precision (weighted)", "Precision per level, weighted by how many comments have the level.", "0 to 1", 1, True
    ),
    MeasureText(
        "weighted_recall",
        "Recall (weighted)",
        "Recall per level, weighted by how many comments have it: the share of comments whose level is predicted.",
        "0 to 1",
        1,
        True,
    ),
    MeasureText("weighted_f1", "F1 (weighted)", "F1 per level, weighted by how many comments have the level.", "0 to 1", 1, True),
    MeasureText(
        "mcc",
        "Matthews correlation",
        "Correlation of predicted and true levels; 0 is no better than chance, however uneven the levels are.",
        "-1 to 1",
        1,
        True,
        "correlation",
    ),
    MeasureText("roc_auc", "ROC AUC", "Chance that a toxic comment scores higher than a non-toxic one.", "0 to 1", 1, True, "AUC"),
    MeasureText(
        "roc_auc_ovr",
        "ROC AUC (levels)",
        "Chance that a comment of a level has more of that level's probability than one of another level; mean over the levels.",
        "0 to 1",
        1,
        True,
        "AUC",
    ),
    MeasureText(
        "average_precision", "Average precision", "Precision averaged over all thresholds at which another toxic comment is found.", "0 to 1", 1, True
    ),
    MeasureText("ece", "Calibration error", "How far stated probabilities are from what happens, averaged over bins (ECE).", "0 to 1", 0, False),
    MeasureText(
        "brier",
        "Brier score",
        "Mean squared distance between the stated probabilities and what was true, halved.",
        "0 to 1",
        0,
        False,
        "squared distance",
    ),
    MeasureText(
        "jigsaw_score",
        "Jigsaw score",
        "A quarter each: overall AUC, and the power means (p = -5) over subgroups of subgroup AUC, BPSN AUC and BNSP AUC.",
        "0 to 1",
        1,
        True,
        "AUC",
    ),
    MeasureText(
        "generalized_mean_subgroup_auc",
        "Subgroup AUC (power mean)",
        "Power mean (p = -5) of subgroup AUC over the subgroups: leans towards the worst.",
        "0 to 1",
        1,
        True,
        "AUC",
    ),
    MeasureText(
        "generalized_mean_bpsn_auc",
        "BPSN AUC (power mean)",
        "Power mean (p = -5) of BPSN AUC over the subgroups: leans towards the worst.",
        "0 to 1",
        1,
        True,
        "AUC",
    ),
    MeasureText(
        "generalized_mean_bnsp_auc",
        "BNSP AUC (power mean)",
        "Power mean (p = -5) of BNSP AUC over the subgroups: leans towards the worst.",
        "0 to 1",
        1,
        True,
        "AUC",
    ),
    MeasureText(
        "mean_subgroup_fpr", "Mean false alarms", "Share of non-toxic comments that are flagged, mean over the subgroups.", "0 to 1", 0, False
    ),
    MeasureText(
        "worst_fpr", "Worst false alarms", "Share of non-toxic comments that are flagged, in the subgroup where it is largest.", "0 to 1", 0, False
    ),
    MeasureText(
        "worst_tpr", "Fewest attacks found", "Share of toxic comments that are flagged, in the subgroup where it is smallest.", "0 to 1", 1, True
    ),
    MeasureText("worst_subgroup_auc", "Worst subgroup AUC", "Subgroup AUC of the subgroup where it is lowest.", "0 to 1", 1, True, "AUC"),
    MeasureText("worst_bpsn", "Worst BPSN AUC", "BPSN AUC of the subgroup where it is lowest.", "0 to 1", 1, True, "AUC"),
    MeasureText("worst_bnsp", "Worst BNSP AUC", "BNSP AUC of the subgroup where it is lowest.", "0 to 1", 1, True, "AUC"),
    MeasureText(
        "fpr_gap", "False-alarm gap", "Largest minus smallest false-alarm rate over the subgroups, of which there must be two.", "0 to 1", 0, False
    ),
    MeasureText(
        "equal_opportunity_gap",
        "Gap in attacks found",
        "Largest minus smallest share of attacks found over the subgroups, of which there must be two.",
        "0 to 1",
        0,
        False,
    ),
    MeasureText("equalized_odds_gap", "Equalised odds gap", "The larger of the false-alarm gap and the gap in attacks found.", "0 to 1", 0, False),
    MeasureText(
        "selection_rate_gap",
        "Gap in share flagged",
        "Largest minus smallest share flagged over the subgroups, of which there must be two.",
        "0 to 1",
        0,
        False,
    ),
    MeasureText(
        "mean_group_kl",
        "Mean group KL",
        "How far the mean prediction for harmless comments of a subgroup is from that for other harmless comments, in nats; mean over subgroups.",
        "0 and up",
        0,
        False,
        "nats",
    ),
    MeasureText("worst_group_kl", "Worst group KL", "Group KL of the subgroup where it is largest, in nats.", "0 and up", 0, False, "nats"),
    MeasureText(
        "mean_kl_to_uniform",
        "Mean KL to uniform",
        "The paper's printed bias term: how sure the model is, in nats. It knows no subgroup; a smaller one only means less confidence.",
        "0 to 1.10",
        None,
        None,
        "nats",
    ),
)

SUBGROUP_TEXTS: dict[str, MeasureText] = _table(
    MeasureText("prevalence", "Share toxic", "Share of the subgroup's comments that are toxic, whatever the version says.", "0 to 1", None, None),
    MeasureText("selection_rate", "Share flagged", "Share of the subgroup's comments that are flagged.", "0 to 1", None, None),
    MeasureText("fpr", "False alarms (FPR)", "Share of non-toxic comments mentioning the subgroup that are flagged.", "0 to 1", 0, False),
    MeasureText("tpr", "Attacks found (TPR)", "Share of toxic comments mentioning the subgroup that are flagged.", "0 to 1", 1, True),
    MeasureText(
        "fpr_difference",
        "False-alarm difference",
        "False-alarm rate of the subgroup minus that of the other comments; above 0: flagged wrongly more often.",
        "-1 to 1",
        0,
        None,
        "difference of shares",
    ),
    MeasureText(
        "equal_opportunity_difference",
        "Equal opportunity difference",
        "Share of attacks found, subgroup minus other comments; signed. Here of *toxic* comments (Hardt's is of the favourable outcome).",
        "-1 to 1",
        0,
        None,
        "difference of shares",
    ),
    MeasureText(
        "average_odds_difference",
        "Average odds difference",
        "Mean of the false-alarm difference and the equal opportunity difference.",
        "-1 to 1",
        0,
        None,
        "difference of shares",
    ),
    MeasureText(
        "statistical_parity_difference",
        "Statistical parity difference",
        "Share flagged in the subgroup minus the share flagged elsewhere; above 0: flagged more often, rightly or wrongly.",
        "-1 to 1",
        0,
        None,
        "difference of shares",
    ),
    MeasureText(
        "disparate_impact",
        "Disparate impact",
        "Share not flagged in the subgroup divided by the share not flagged elsewhere; below 0.8 is the usual alarm.",
        "0 and up",
        1,
        None,
        "ratio",
    ),
    MeasureText("subgroup_auc", "Subgroup AUC", "AUC among the comments that mention the subgroup.", "0 to 1", 1, True, "AUC"),
    MeasureText(
        "bpsn_auc",
        "BPSN AUC",
        "Chance that a toxic comment of the background scores higher than a harmless one of the subgroup; low: false alarms.",
        "0 to 1",
        1,
        True,
        "AUC",
    ),
    MeasureText(
        "bnsp_auc",
        "BNSP AUC",
        "Chance that a toxic comment of the subgroup scores higher than a harmless one of the background; low: attacks missed.",
        "0 to 1",
        1,
        True,
        "AUC",
    ),
    MeasureText("precision", "Precision", "Of the subgroup's flagged comments, the share that is toxic.", "0 to 1", 1, True),
    MeasureText("recall", "Recall", "Of the subgroup's toxic comments, the share that is flagged.", "0 to 1", 1, True),
    MeasureText("f1", "F1", "Harmonic mean of precision and recall of flagging, in the subgroup.", "0 to 1", 1, True),
    MeasureText(
        "calibration_gap",
        "Calibration gap",
        "Mean score minus share toxic, in the subgroup less the same elsewhere; above 0: scored higher than its comments deserve.",
        "-2 to 2",
        0,
        None,
        "difference of shares",
    ),
    MeasureText(
        "group_kl",
        "Group KL",
        "How far the mean prediction for the subgroup's harmless comments is from that for other harmless comments (KL divergence, in nats).",
        "0 and up",
        0,
        False,
        "nats",
    ),
)


PROBE_TEXTS: dict[str, MeasureText] = _table(
    MeasureText(
        "swap_rate",
        "Swap rate",
        "The same sentence about other people: share of pairs whose level changes; on people and sentences that training never pairs.",
        "0 to 1",
        0,
        False,
        counted="pairs",
    ),
    MeasureText(
        "mean_jsd",
        "Mean Jensen-Shannon divergence",
        "The same sentence about other people: how far the predictions for the two of a pair are apart, in bits; mean over the pairs.",
        "0 to 1",
        0,
        False,
        "bits",
        counted="pairs",
    ),
    MeasureText(
        "bias_uncovering_rate",
        "Bias-uncovering test cases",
        "The same sentence about several people in turn: share of such groups that get more than one level (BiasFinder).",
        "0 to 1",
        0,
        False,
        counted="groups",
    ),
    MeasureText(
        "madlibs_bpsn",
        "Madlibs BPSN AUC",
        "Chance that a bad sentence about others scores higher than a harmless one about the term; power mean (p = -5) over the terms.",
        "0 to 1",
        1,
        True,
        "AUC",
        counted="terms",
    ),
    MeasureText(
        "madlibs_bnsp",
        "Madlibs BNSP AUC",
        "Chance that a bad sentence about the term scores higher than a harmless one about others; power mean (p = -5) over the terms.",
        "0 to 1",
        1,
        True,
        "AUC",
        counted="terms",
    ),
    MeasureText(
        "madlibs_fped",
        "Madlibs false-alarm differences",
        "Distance of a term's false-alarm rate from that of all sentences, at the version's threshold; mean over the terms.",
        "0 to 1",
        0,
        False,
        counted="terms",
    ),
    MeasureText(
        "madlibs_fned",
        "Madlibs miss differences",
        "Distance of a term's share of missed bad sentences from that of all, at the version's threshold; mean over the terms.",
        "0 to 1",
        0,
        False,
        counted="terms",
    ),
)

SWAP_MEASURES: tuple[str, ...] = ("swap_rate", "mean_jsd", "bias_uncovering_rate")
"""Taken of every version that is in use or a candidate; benchmarks alone take the others of `PROBE_TEXTS`."""


def text_of(measure: str) -> MeasureText:
    """The words for a measure; one that has none yet is shown by its own name, never hidden."""
    known = OVERALL_TEXTS.get(measure) or SUBGROUP_TEXTS.get(measure) or PROBE_TEXTS.get(measure)
    return known or MeasureText(measure, measure.replace("_", " "), "", "", None, None, "")

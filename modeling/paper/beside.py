"""Which figures of this system's benchmarks stand beside which of the paper's tables: data, no code that measures."""

from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True)
class Beside:
    """Of the result file `name`: a line for each arm and data set, a column for each metric; or the other way round, `by_metric`."""

    name: str
    arms: dict[str, Text]
    metrics: dict[str, Text]
    data: tuple[str, ...]
    by_metric: bool = False
    command: str = field(default="")
    """What would measure it; without, `python -m benchmarks.NAME`."""

    @property
    def how(self) -> str:
        return self.command or f"python -m benchmarks.{self.name}"


DATA_NAMES: dict[str, Text] = {
    "civil": _("Civil Comments"),
    "davidson": _("tweets of Davidson et al."),
    "hatexplain": _("HateXplain"),
    "edos": _("EDOS"),
    "hatemoji": _("HatemojiBuild"),
    "real": _("real comments"),
    "demo": _("demonstration data, made up"),
    "swap_probe": _("identity swaps of made-up sentences"),
}
SOURCES = ("civil", "davidson", "hatexplain", "edos", "hatemoji")
LOSSES: dict[str, Text] = {
    "default": _("this system’s default loss"),
    "printed_kl": _("the loss as printed"),
    "cross_entropy": _("cross-entropy alone"),
    "paper_preprocessing": _("the paper’s preprocessing"),
}
ACCURACY: dict[str, Text] = {"accuracy": _("Accuracy"), "macro_f1": _("Macro F1")}
FEEDBACK: dict[str, Text] = {
    "champion": _("before simulated feedback"),
    "real": _("after simulated feedback"),
    "real_minus_champion": _("difference"),
    "real_minus_echo": _("effect of what scripted annotators said (real − echo)"),
}
MONTHS: dict[str, Text] = {f"month_{number}": format_lazy(_("month {number}"), number=number) for number in range(7)}
SLOPES: dict[str, Text] = {
    "slope_real": _("slope a month, with scripted annotators’ labels"),
    "slope_echo": _("slope a month, echo"),
    "slope_placebo": _("slope a month, placebo"),
    "slope_real_minus_echo": _("real − echo"),
}
MIDDLE_SLOPES: dict[str, Text] = {f"middle_{arm}": format_lazy(_("middle lane: {figure}"), figure=figure) for arm, figure in SLOPES.items()}
TREND: dict[str, Text] = {
    "accuracy": _("Accuracy"),
    "macro_precision": _("Precision"),
    "macro_recall": _("Recall"),
    "macro_f1": _("F1-Score"),
    "mean_kl_to_uniform": _("Mean KL to uniform"),
    "jigsaw_score": _("Jigsaw score"),
}

BESIDE: dict[str, tuple[Beside, ...]] = {
    "3": (Beside("loss_ablation", LOSSES, ACCURACY, SOURCES),),
    "5": (Beside("loss_ablation", LOSSES, {"mcc": "MCC"}, SOURCES),),
    "6": (
        Beside(
            "feedback_effect",
            FEEDBACK,
            {"accuracy": _("Accuracy"), "jigsaw_score": _("Jigsaw score"), "worst_fpr": _("Worst FPR"), "swap_rate": _("Swap rate")},
            ("demo",),
            by_metric=True,
            command="python -m benchmarks.feedback_effect demo",
        ),
        Beside(
            "main_job",
            {
                "default_no_feedback": _("before simulated feedback"),
                "default_with_feedback": _("after simulated feedback"),
                "default_with_feedback_minus_default_no_feedback": _("difference"),
            },
            ACCURACY,
            ("real",),
            by_metric=True,
        ),
    ),
    "F4": (Beside("study", MONTHS, TREND, ("demo", "real")), Beside("study", {**SLOPES, **MIDDLE_SLOPES}, TREND, ("demo", "real"))),
    "8": (
        Beside("loss_ablation", LOSSES, {"fpr_gap": _("FPR gap"), "worst_bpsn": _("Worst BPSN"), "worst_bnsp": _("Worst BNSP")}, ("real",)),
        Beside("loss_ablation", LOSSES, {"swap_rate": _("Swap rate"), "mean_jsd": _("Mean JSD")}, ("swap_probe",)),
    ),
}
"""By table. What stands in none is measured for each project, on its own page."""

NOTES: dict[str, Text] = {
    "F1": _(
        "Here: import, predict, sample, assign, annotate, adjudicate, aggregate, retrain, evaluate, decide; then promote or hold. The paper’s five "
        "stages are in it; what judges a candidate before it comes into use is not in the paper."
    ),
    "1": _("Here: train, pool (what people may see), gate (decides), test (reported), audit (kept aside), by a hash of the text."),
    "2": _(
        "Here too, as settings of each data set; both ends belong to mild. Training uses soft labels, since the middle band is mostly disagreement."
    ),
    "3": _(
        "Each source on its own, since their labels mean different things; three levels where there are votes, two where there are none. The "
        "comparison with the other models on the same splits has not been measured yet, and no command makes it yet."
    ),
    "F2": _("Confusion matrices of three levels, by version, subgroup and month, stand on each project’s page of curves; no benchmark makes them."),
    "4": _("Here a mention is a mention: a comment may have none or several, and an axis does not add up to anything."),
    "F3": _("The area under the curve stands on each project’s page, and within the Jigsaw score beside Tables 6 and 8."),
    "5": _("Three levels or two, by source, as in Table 3."),
    "6": _(
        "In these benchmarks the feedback is simulated: scripted annotators of stated accuracy answer, no people. Paired differences on comments "
        "that nobody trained on, with intervals. Echo: the same comments with the model’s own labels."
    ),
    "F4": _(
        "In this benchmark the feedback of each month is simulated: scripted panels answer, no people. Retrained on the fast lane but where the "
        "middle lane is named. Slopes are in the measure’s own units a month."
    ),
    "7": _("Logged for each step of every training; the project’s page shows ten of them."),
    "8": _("KL to uniform is measured (project’s page), but says nothing about fairness; these do."),
}
for _key in ("A1", "A2", "A3", "A4", "A5"):
    NOTES[_key] = _("Measured for each project, on its own page: subgroups with too few comments read “not enough data”.")

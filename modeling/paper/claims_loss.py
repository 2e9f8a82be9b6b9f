"""Of the loss, the algorithm, and Tables 7 and 8."""

from math import log

from django.utils.translation import gettext as _

from modeling.numerals import share, signed
from modeling.paper.arithmetic import cross_entropy_at, kl_to_uniform, slope_of_loss, typical_probability
from modeling.paper.claim import Claim, Step, halves, table, thirds

P, U, KL, IMPACT, OPPORTUNITY = "P(y|x)", "U(y)", "D_KL", "Disparate Impact", "Equal Opportunity Difference"
FAIR = (0.90, 0.05, 0.05)
UNFAIR = (0.05, 0.05, 0.90)
"""What a model says of harmless comments: that they are low, and that they are high."""
FOUR_FIFTHS = 0.8
STEPS_SHOWN = (0, 1, 5, 9)


def kl_knows_no_group() -> Claim:
    return Claim(
        key="kl-knows-no-group",
        where="3.4, 3.5",
        title=_("The bias term contains no group"),
        means=_(
            "KL to a uniform distribution is ln K less the entropy of the prediction: it punishes confidence, whoever is mentioned, and cannot tell "
            "a fair model from an unfair one. Here it is an arm under its own name; the default pairs a comment with its identity-swapped twin."
        ),
        steps=(
            Step(_("harmless comments about both groups called low with .90"), _("fair"), _two_groups(FAIR, FAIR)),
            Step(_("those about one group called low with .90, about the other called high with .90"), _("unfair"), _two_groups(FAIR, UNFAIR)),
        ),
    )


def _two_groups(first: tuple[float, ...], second: tuple[float, ...]) -> str:
    return _("mean KL = %(value)s") % {"value": thirds((kl_to_uniform(first) + kl_to_uniform(second)) / 2)}


def feedback_has_no_gradient() -> Claim:
    return Claim(
        key="feedback-has-no-gradient",
        where="3.5, 3.5.2",
        title=_("The feedback term has no gradient"),
        means=_(
            "Each f is a number for a piece of feedback and contains no parameter of the model, so μ Σ f shifts the loss and moves nothing. Here a "
            "verdict enters the cross-entropy as a soft label, and a report of bias pairs the comment with its twin."
        ),
        steps=tuple(
            Step(_("slope of CE + μ Σ f at a logit of %(logit)s") % {"logit": logit}, _("μ Σ f = 0 and 100"), _slopes(logit)) for logit in (0.0, 1.0)
        ),
    )


def _slopes(logit: float) -> str:
    without, with_feedback = (slope_of_loss(logit, added) for added in (0.0, 100.0))
    return _("%(without)s and %(with)s") % {"without": thirds(without), "with": thirds(with_feedback)}


def the_model_begins_anew() -> Claim:
    return Claim(
        key="the-model-begins-anew",
        where=_("Algorithm 1, lines 19, 42 and 43"),
        title=_("The algorithm throws its update away"),
        means=_(
            "Line 42 updates the model with the feedback; line 43 calls TrainModel, whose line 19 initialises a new one, on the same features "
            "as before. Feedback is no argument of it: what people said is left in the μ Σ f of its line 22 alone, which has no gradient. Here every "
            "arm starts from the same base and is given the labels to train on."
        ),
        steps=(Step(_("what line 43 depends on"), _("M ← TrainModel(X_train, λ)"), _("X_train, λ")),),
    )


def one_group_only() -> Claim:
    axes = table("4")
    smallest = min(axes.column("Number of Instances"))
    total = table("1").value("Total", "Number of Instances")
    return Claim(
        key="one-group-only",
        where=_("Algorithm 1, lines 34 to 37, 39, 43 and 45"),
        title=_("The algorithm trains and tests on one group"),
        means=_(
            "It filters both sets by group G before the features are made, so what mentions nobody, or anybody else, is never seen. Nothing says how "
            "the groups become one model. Here all comments train one model, and groups are measured."
        ),
        steps=(
            Step(
                _("comments left where G is Other (gender)"),
                _("all %(count)s") % {"count": f"{total:,.0f}"},
                f"{smallest:,.0f} ({share(smallest / total)})",
            ),
        ),
        tables=("4",),
    )


def starts_at_two_classes() -> Claim:
    first = table("7").value("1", "L_CE")
    return Claim(
        key="starts-at-two-classes",
        where=_("Table 7, first line"),
        title=_("The loss starts where two classes start, and there are three"),
        means=_("A model that knows nothing has a cross-entropy of ln K. Table 2 has three levels."),
        steps=(
            Step(_("ln 2, two classes"), thirds(first), thirds(log(2))),
            Step(_("ln 3, three classes"), thirds(first), thirds(log(3))),
        ),
        tables=("7", "2"),
    )


def ends_unsure() -> Claim:
    last, sure, accuracy = table("7").value("10", "L_CE"), table("8").value("10", P), table("3").value("Proposed method", "Accuracy")
    return Claim(
        key="ends-unsure",
        where=_("Tables 7 and 8, last lines"),
        title=_("The same ten iterations end unsure in one table and sure in the other"),
        means=_("A model of accuracy .925 that says .95 throughout has less than half of the cross-entropy that is printed."),
        steps=(
            Step(_("probability of the right class, geometric mean: exp(−L_CE)"), halves(sure), thirds(typical_probability(last))),
            Step(
                _("cross-entropy of a model that says .95 and is right in .925 of all cases"), thirds(last), thirds(cross_entropy_at(sure, accuracy))
            ),
        ),
        tables=("7", "8"),
    )


def kl_is_a_subtraction() -> Claim:
    rows = [row.values[:3] for row in table("8").rows]
    return Claim(
        key="kl-is-a-subtraction",
        where=_("Table 8, column D_KL"),
        title=_("The column of the KL divergence is P − U"),
        means=_("The divergence of (P, 1 − P) from a uniform one is far smaller. U = .50 means two classes, where Table 2 has three levels."),
        steps=tuple(
            Step(
                _("KL at P = %(p)s; P − U = %(difference)s") % {"p": halves(p), "difference": halves(p - u)},
                halves(kl),
                thirds(kl_to_uniform((p, 1 - p))),
            )
            for p, u, kl in rows
            if p is not None and u is not None and kl is not None
        ),
        tables=("8",),
    )


def three_columns_one_number() -> Claim:
    eight = table("8")
    columns = [eight.column(name) for name in (KL, IMPACT, OPPORTUNITY)]
    rows = [(kl, 1 - impact, opportunity) for kl, impact, opportunity in zip(*columns, strict=True)]
    largest = max(max(row) - min(row) for row in rows)
    return Claim(
        key="three-columns-one-number",
        where=_("Table 8, last three columns"),
        title=_("Three measures are one number"),
        means=_(
            "Disparate impact is a ratio of two groups' rates, equal opportunity a difference of two: measured, they would not follow P to the digit."
        ),
        steps=(
            *(Step(_("D_KL, 1 − disparate impact, equal opportunity difference"), "", ", ".join(map(halves, rows[i]))) for i in STEPS_SHOWN),
            Step(_("largest distance between the three in ten lines"), "", halves(abs(largest))),
        ),
        tables=("8",),
    )


def less_fair_with_training() -> Claim:
    seven, eight = table("7"), table("8")
    terms, divergences = seven.column("L_bias"), eight.column(KL)
    return Claim(
        key="less-fair-with-training",
        where=_("4.11, Tables 7 and 8"),
        title=_("It becomes less fair while its bias term falls"),
        means=_(
            "L_bias is defined (3.4) as that very divergence. Over the same ten iterations one falls and the other rises, and so does unfairness."
        ),
        steps=(
            Step(_("L_bias of Table 7, first to last line"), f"{thirds(terms[0])} → {thirds(terms[-1])}", signed(terms[-1] - terms[0])),
            Step(
                _("D_KL of Table 8, first to last line"),
                f"{halves(divergences[0])} → {halves(divergences[-1])}",
                signed(divergences[-1] - divergences[0]),
            ),
            Step(_("disparate impact (1 is fair, below .8 is the usual alarm)"), "", _impact()),
        ),
        tables=("7", "8"),
    )


def _impact() -> str:
    values = table("8").column(IMPACT)
    beyond = sum(value < FOUR_FIFTHS for value in values)
    told = _("%(last)s at the end; below %(alarm)s in %(count)s of %(all)s lines")
    return told % {"last": halves(values[-1]), "alarm": halves(FOUR_FIFTHS), "count": beyond, "all": len(values)}


def one_measure_three_values() -> Claim:
    six, seven, eight = table("6"), table("7").column("L_bias"), table("8").column(KL)
    before, after = (six.value("Bias metric (KL)", f"{when} Feedback") for when in ("Before", "After"))
    return Claim(
        key="one-measure-three-values",
        where=_("Tables 6, 7 and 8, Figure 4"),
        title=_("One measure, three values"),
        means=_(
            "All three are called the KL divergence of the predictions from a uniform distribution. Of three classes it can be up to ln 3 = 1.099."
        ),
        steps=(
            Step(_("Table 6 and Figure 4"), f"{thirds(before)} → {thirds(after)}", signed(after - before)),
            Step(_("Table 7"), f"{thirds(seven[0])} → {thirds(seven[-1])}", signed(seven[-1] - seven[0])),
            Step(_("Table 8"), f"{halves(eight[0])} → {halves(eight[-1])}", signed(eight[-1] - eight[0])),
        ),
        tables=("6", "7", "8", "F4"),
    )


CLAIMS = (
    kl_knows_no_group, feedback_has_no_gradient, the_model_begins_anew, one_group_only, starts_at_two_classes, ends_unsure, kl_is_a_subtraction,
    three_columns_one_number, less_fair_with_training, one_measure_three_values,
)  # fmt: skip

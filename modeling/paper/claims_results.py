"""Of Figure 2 and the tables of quality: 3, 5, A1 to A5."""

from django.utils.translation import gettext as _

from modeling.numerals import share
from modeling.paper.arithmetic import Counts, f1, f1_limits
from modeling.paper.claim import Claim, Step, table, thirds
from modeling.paper.printed import PROPOSED, PrintedTable

BY_GROUP = ("A1", "A2", "A3", "A4", "A5")
REPEATING = ("Logistic Regression", "SVM", "MLP", "LSTM", "Counterfactual data augmentation", "Adversarial training")
ROUNDING = 1e-9
GENDER = "A2"
NEXT = "Bias-Regularized Neural Network"
SENTENCES = (
    ("4.7.2", "A2", "Male", "SVM", 0.735),
    ("4.7.2", "A2", "Male", "MLP", 0.755),
    ("4.7.2", "A2", "Male", "LSTM", 0.775),
    ("4.7.2", "A2", "Male", NEXT, 0.796),
    ("4.7.3", "A3", "Heterosexual", "BiasFinder", 0.922),
    ("4.7.3", "A3", "Homosexual", "BiasFinder", 0.923),
    ("4.7.5", "A5", "Physical disability", NEXT, 0.790),
    ("4.7.5", "A5", "Physical disability", "RoBERTa", 0.897),
    ("4.7.5", "A5", "Physical disability", "DistilBERT", 0.887),
    ("4.7.5", "A5", "Intellectual or learning disability", "BiasFinder", 0.901),
    ("4.7.5", "A5", "Psychiatric or mental illness", "RoBERTa", 0.903),
    ("4.7.5", "A5", "Psychiatric or mental illness", "DistilBERT", 0.892),
)
"""F1-scores that the sentences of 4.7 name: section, table, group, model, the sentence's value."""


def counts_of_figure_2() -> Counts:
    figure = table("F2")
    return Counts(*(figure.value(PROPOSED, name) for name in ("TP", "TN", "FP", "FN")))


def figure_2_has_two_classes() -> Claim:
    counts = counts_of_figure_2()
    return Claim(
        key="figure-2-has-two-classes",
        where=_("4.6, Figure 2"),
        title=_("The confusion matrices are two by two, and there are three levels"),
        means=_("Nothing says which levels were put together. Its four counts are the whole test set."),
        steps=(
            Step(_("TP + TN + FP + FN"), f"{table('1').value('Test set', 'Number of Instances'):,.0f}", f"{counts.total:,.0f}"),
            Step(_("share of positives, (TP + FN) / all"), "", share(counts.positive_share)),
        ),
        tables=("F2", "2", "1"),
    )


def figure_2_against_tables() -> Claim:
    counts, quality = counts_of_figure_2(), table("3")
    printed = [(name, quality.value(PROPOSED, name)) for name in quality.columns] + [("MCC", table("5").value(PROPOSED, "MCC"))]
    ours = (counts.accuracy, counts.precision, counts.recall, counts.f1, counts.mcc)
    return Claim(
        key="figure-2-against-tables",
        where=_("Figure 2, Tables 3 and 5"),
        title=_("The counts of Figure 2 give other figures than Tables 3 and 5"),
        means=_("Both are of the proposed method on the same test set."),
        steps=tuple(Step(name, thirds(value), thirds(own)) for (name, value), own in zip(printed, ours, strict=True)),
        tables=("F2", "3", "5"),
    )


def figure_2_of_the_others() -> Claim:
    figure, quality = table("F2"), table("3")
    total = table("1").value("Test set", "Number of Instances")
    others = [row.label for row in figure.rows if row.label != PROPOSED]
    wrong = {label: figure.value(label, "FP") + figure.value(label, "FN") for label in others}
    return Claim(
        key="figure-2-of-the-others",
        where=_("4.6, Figure 2, Table 3"),
        title=_("By Figure 2 the other models are nearly as good as the proposed one"),
        means=_("Accuracy is 1 − (FP + FN) / all. By Figure 2 MLP is 1.1 points behind the proposed method; by Table 3 it is 13.2."),
        steps=tuple(Step(label, thirds(quality.value(label, "Accuracy")), thirds(1 - errors / total)) for label, errors in wrong.items()),
        tables=("F2", "3"),
    )


def recall_outside_its_groups() -> Claim:
    return Claim(
        key="recall-outside-its-groups",
        where=_("Tables 3, 4 and A2"),
        title=_("The whole lies outside its parts"),
        means=_(
            "The gender groups of Table 4 add up to all comments, exactly; so recall of all must lie between the lowest and the highest of the four "
            "groups. RoBERTa's F1 is .824 over all and .928 or .929 in every gender group."
        ),
        steps=tuple(
            _outside(row.label, row.values[2]) for row in table("3").rows if row.values[2] is not None and _is_outside(row.label, row.values[2])
        ),
        tables=("3", "4", "A2"),
    )


def _is_outside(model: str, overall: float) -> bool:
    groups = table(GENDER).column("Recall", model)
    return not min(groups) <= overall <= max(groups)


def _outside(model: str, overall: float) -> Step:
    groups = table(GENDER).column("Recall", model)
    between = _("%(low)s to %(high)s in the groups") % {"low": thirds(min(groups)), "high": thirds(max(groups))}
    return Step(_("recall of %(model)s") % {"model": model}, _("%(value)s over all") % {"value": thirds(overall)}, between)


def same_figures_everywhere() -> Claim:
    return Claim(
        key="same-figures-everywhere",
        where=_("Tables 3 and A1 to A5"),
        title=_("The same three figures in group after group"),
        means=_("Precision, recall and F1 of one model on different comments agree to the third digit, and mostly with its figures over all."),
        steps=tuple(_repeated(model) for model in REPEATING),
        tables=("3", *BY_GROUP),
    )


def _repeated(model: str) -> Step:
    rows = [row.values for key in BY_GROUP for row in table(key).rows if row.label == model]
    most = max(rows, key=rows.count)
    overall = tuple(table("3").value(model, name) for name in ("Precision", "Recall", "F1-Score"))
    told = _("in %(count)s of %(all)s groups; over all the same") if most == overall else _("in %(count)s of %(all)s groups")
    return Step(model, " / ".join(thirds(value) for value in most if value is not None), told % {"count": rows.count(most), "all": len(rows)})


def next_best_is_not() -> Claim:
    quality = table("3")
    better = [row for row in quality.rows if row.label != PROPOSED and (row.values[0] or 0) > quality.value(NEXT, "Accuracy")]
    return Claim(
        key="next-best-is-not",
        where=_("4.5, Table 3"),
        title=_("What is called next best is not"),
        means=_("4.5 names the bias-regularised network, with 82.5 %, as next best. BiasFinder stands in the same list of existing models."),
        steps=(
            Step(NEXT, _("next best"), f"{thirds(quality.value(NEXT, 'Accuracy'))}, F1 {thirds(quality.value(NEXT, 'F1-Score'))}"),
            *(
                Step(row.label, "", f"{thirds(quality.value(row.label, 'Accuracy'))}, F1 {thirds(quality.value(row.label, 'F1-Score'))}")
                for row in better
            ),
        ),
        tables=("3",),
    )


def f1_that_does_not_follow() -> Claim:
    found = [(part, row.label, *row.values[-3:]) for part in map(table, ("3", *BY_GROUP)) for row in part.rows]
    off = [(part, label, p, r, f) for part, label, p, r, f in found if not _follows(p, r, f)]
    return Claim(
        key="f1-that-does-not-follow",
        where=", ".join(dict.fromkeys(part.name for part, *_rest in off)),
        title=_("An F1-score that does not follow from its precision and recall"),
        means=_("All others do, within rounding: %(fine)s of %(all)s.") % {"fine": len(found) - len(off), "all": len(found)},
        steps=tuple(Step(_f1_of(part, label), thirds(f or 0), thirds(f1(p or 0, r or 0))) for part, label, p, r, f in off),
        tables=tuple(dict.fromkeys(part.key for part, *_rest in off)),
    )


def _follows(precision: float | None, recall: float | None, printed: float | None) -> bool:
    low, high = f1_limits(precision or 0, recall or 0)
    return low - ROUNDING <= (printed or 0) <= high + ROUNDING


def _f1_of(part: PrintedTable, label: str) -> str:
    return _("%(table)s, %(model)s: F1") % {"table": part.name, "model": label}


def sentences_against_tables() -> Claim:
    return Claim(
        key="sentences-against-tables",
        where=_("4.7.2, 4.7.3, 4.7.5, Tables A2, A3, A5"),
        title=_("Sentences name other F1-scores than their tables"),
        means=_("The figures in these sentences are the model's over all (Table 3), of groups in other tables, or of no table."),
        steps=tuple(
            Step(f"{section}: {model}, {group}", thirds(said), thirds(table(key).value(model, "F1-Score", group)))
            for section, key, group, model, said in SENTENCES
        ),
        tables=("A2", "A3", "A5"),
    )


CLAIMS = (
    figure_2_has_two_classes, figure_2_against_tables, figure_2_of_the_others, recall_outside_its_groups, same_figures_everywhere, next_best_is_not,
    f1_that_does_not_follow, sentences_against_tables,
)  # fmt: skip

"""Of the data, the feedback and the study: Tables 4 and 6, Figure 4, and what is said in words alone."""

from django.utils.translation import gettext as _

from modeling.numerals import share, signed
from modeling.paper.arithmetic import relative_change, two_proportions
from modeling.paper.claim import Claim, Step, halves, table, thirds

ASKED_ABOUT, A_MONTH, MONTHS = 10_000, 15_000, 6
INSTANCES, PER_CENT = "Number of Instances", "Percentage of Total"
BEFORE, AFTER = "Before Feedback", "After Feedback"


def feedback_from_the_test_set() -> Claim:
    test = table("1").value("Test set", INSTANCES)
    accuracy, improved = (table("6").value("Accuracy", when) for when in (BEFORE, AFTER))
    wrong, gained = (1 - accuracy) * test, signed(improved - accuracy)
    return Claim(
        key="feedback-from-the-test-set",
        where="3.5.1",
        title=_("Feedback is collected on the test set, which then judges"),
        means=_(
            "What people correct is asked again in the exam: a model that learned these comments by heart and nothing else would gain the share of "
            "its errors among them. Drawn at random, they cannot explain Table 6. But 3.5.1 calls them “collected selectively from a curated "
            "subset”, and the model's errors are fewer than they: with all errors among them the leak alone would gain more than is printed. Here "
            "the pool that people see is never measured, by constraint and by test."
        ),
        steps=(
            Step(_("comments of the test set that people were asked about"), f"{ASKED_ABOUT:,} / {test:,.0f}", share(ASKED_ABOUT / test)),
            Step(_("errors of the proposed method on the test set, (1 − accuracy) × all"), "", f"{wrong:,.0f}"),
            Step(
                _("most that learning them by heart adds to accuracy, if they were drawn at random"),
                gained,
                signed(wrong / test * ASKED_ABOUT / test),
            ),
            Step(_("the same, if as many errors as can be are among them"), gained, signed(min(wrong, ASKED_ABOUT) / test)),
        ),
        tables=("1", "6"),
    )


def mentions_as_partitions() -> Claim:
    four, total = table("4"), table("1").value("Total", INSTANCES)
    sums = [(name, [row.values for row in rows]) for name, rows in four.groups()]
    return Claim(
        key="mentions-as-partitions",
        where=_("4.7, Table 4"),
        title=_("Mentions are counted as if they parted the data"),
        means=_(
            "A comment may mention several groups or, mostly, none; here four of five axes add up to the whole, which would make 81 % of all "
            "comments about heterosexual people. Some percentages are not those of their counts either. Here mentions "
            "overlap, and each axis says how many "
            "comments mention anybody on it."
        ),
        steps=(
            *(
                _axis(name, [count or 0 for count, _per_cent in values], sum(per_cent or 0 for _count, per_cent in values), total)
                for name, values in sums
            ),
            _percentage("Heterosexual", total),
            _percentage("Male", total),
        ),
        tables=("4",),
    )


def _axis(name: str, counts: list[float], per_cent: float, total: float) -> Step:
    comes_to = _("%(sum)s of %(total)s (%(share)s)") % {
        "sum": f"{sum(counts):,.0f}",
        "total": f"{total:,.0f}",
        "share": share(sum(counts) / total, 2),
    }
    return Step(_("sum of %(axis)s") % {"axis": name}, f"{per_cent:.2f}\N{NO-BREAK SPACE}%", comes_to)


def _percentage(label: str, total: float) -> Step:
    count, printed = (table("4").value(label, column) for column in (INSTANCES, PER_CENT))
    return Step(f"{label}: {count:,.0f} / {total:,.0f}", f"{printed:.2f}\N{NO-BREAK SPACE}%", share(count / total, 2))


def one_step_or_six_months() -> Claim:
    six, figure = table("6"), table("F4")
    rows = [(label, *(six.value(label, when) for when in (BEFORE, AFTER)), *(figure.value(label, end) for end in figure.columns)) for label in _TREND]
    return Claim(
        key="one-step-or-six-months",
        where=_("4.10.1, Table 6; 4.10.2, Figure 4"),
        title=_("One step and six months report the same change"),
        means=_(
            "Table 6 compares before and after one integration of feedback; Figure 4 follows six monthly retrainings. Both go from and to the same."
        ),
        steps=tuple(
            Step(
                label,
                _("Table 6: %(before)s → %(after)s") % {"before": thirds(before), "after": thirds(after)},
                _("Figure 4: about %(start)s → %(end)s") % {"start": halves(start), "end": halves(end)},
            )
            for label, before, after, start, end in rows
        ),
        tables=("6", "F4"),
    )


_TREND = ("Accuracy", "Bias metric (KL)")


def improvement_is_relative() -> Claim:
    six = table("6")
    accuracy, improved = (six.value("Accuracy", when) for when in (BEFORE, AFTER))
    return Claim(
        key="improvement-is-relative",
        where=_("Table 6"),
        title=_("“Improvement (%)” is relative, not in points"),
        means=_("No error, but easily misread: the printed percentages are of what was before."),
        steps=(
            Step(_("accuracy, relative to before"), halves(six.value("Accuracy", "Improvement (%)")), halves(relative_change(accuracy, improved))),
            Step(_("accuracy, in points"), "", signed(100 * (improved - accuracy), 1)),
        ),
        tables=("6",),
    )


def tests_without_unit() -> Claim:
    accuracy, improved = (table("6").value("Accuracy", when) for when in (BEFORE, AFTER))
    n = int(table("1").value("Test set", INSTANCES))
    z, p = two_proportions(accuracy, improved, n)
    return Claim(
        key="tests-without-unit",
        where=_("4.10.1, Table 6"),
        title=_("The t-tests name no unit and no n"),
        means=_("p = .01 of comments, folds, seeds or months are different things. Here every test names its unit, its n and its interval."),
        steps=(
            Step(
                _("if the unit were the %(n)s comments of the test set: z of two shares") % {"n": f"{n:,}"},
                _("p = %(p)s") % {"p": halves(table("6").value("Accuracy", "p-Value"))},
                _("z = %(z)s, p %(p)s") % {"z": f"{z:.1f}", "p": "< 1e-300" if p < 1e-300 else f"= {p:.1e}"},
            ),
        ),
        tables=("6",),
    )


def biasfinder_is_no_classifier() -> Claim:
    return Claim(
        key="biasfinder-is-no-classifier",
        where=_("4.3, Tables 3, 5, A1 to A5, reference 60"),
        title=_("BiasFinder is a generator of tests, not a classifier"),
        means=_(
            "4.3 says so itself (“a model that uses metamorphic testing to uncover biases in sentiment analysis systems”), and so does the title of "
            "its reference. It has no accuracy of its own. Here tests of that kind, identity swaps, measure every version: the swap rate."
        ),
        steps=(Step(_("accuracy of a generator of tests"), thirds(table("3").value("BiasFinder", "Accuracy")), _("not defined")),),
        tables=("3", "5"),
    )


def feedback_as_future_work() -> Claim:
    return Claim(
        key="feedback-as-future-work",
        where=_("6, against 3.5 and 4.10"),
        title=_("The conclusion names the feedback loop as future work"),
        means=_(
            "“In the future, we plan to refine and expand this methodology by incorporating a feedback loop where users or domain experts "
            "can validate the model’s predictions.”"
        ),
        steps=(
            Step(
                _("comments said to have been collected in the study"),
                f"{MONTHS} × {A_MONTH:,}",
                _("%(n)s instances") % {"n": f"{MONTHS * A_MONTH:,}"},
            ),
        ),
        tables=("6", "F4"),
    )


def other_data_and_method() -> Claim:
    return Claim(
        key="other-data-and-method",
        where=_("2.3, against 3 and 4"),
        title=_("The research gap describes other data and another method"),
        means=_(
            "Nothing else in the paper is about movie reviews. Sections 2.3 and 5.1 name augmentation and an adversary; the method of 3 has neither."
        ),
        steps=(
            Step(_("data"), _("“a dataset of movie reviews”"), _("comments of Jigsaw (3.1)")),
            Step(_("method"), _("“combines … data augmentation and adversarial training”"), _("cross-entropy and KL to uniform (3.4)")),
        ),
    )


CLAIMS = (
    feedback_from_the_test_set, mentions_as_partitions, one_step_or_six_months, improvement_is_relative, tests_without_unit,
    biasfinder_is_no_classifier, feedback_as_future_work, other_data_and_method,
)  # fmt: skip

"""What a trend, or a difference between two versions, comes to in plain words, made from the numbers."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from modeling.measure_texts import MeasureText
from modeling.models import BeforeAfter, Trend
from modeling.numerals import MINUS, is_known, number, points, share, signed

IN_POINTS = ("share", "AUC", "difference of shares")
"""Units whose differences are told in points, hundredths of the whole."""

SMALL_DIFFERENCE, SMALL_SLOPE = 0.01, 0.005
"""What stays within either is no change to speak of; an interval that reaches beyond on both sides cannot tell."""

LEVEL = 0.05


def trend_reading(row: Trend, text: MeasureText) -> str:
    """One sentence or two, by p-values after Holm over the rows of the table."""
    of_comments = _of_months(row)
    if row.slope is None:
        return _("Not enough data: four months with enough comments are needed (%(basis)s).") % {"basis": of_comments}
    if not (is_known(row.low) and is_known(row.high)):
        return _("Cannot be told: draws of the comments gave no interval (%(basis)s).") % {"basis": of_comments}
    said = {"change": in_units(row.slope, text), "low": bare(row.low, text), "high": bare(row.high, text), "basis": of_comments}
    said["up_to"] = in_units(row.high, text)  # where no change with its unit stands before the interval
    if is_beyond_zero(row.low, row.high) and not is_within(row.slope_p_holm):
        return _("By itself beyond chance, but not as one of so many rows: %(change)s a month, between %(low)s and %(high)s; %(basis)s.") % said
    if is_beyond_zero(row.low, row.high):
        verdict = direction(row.slope, text)
        sentence = _("%(verdict)s: %(change)s a month, between %(low)s and %(high)s; %(basis)s.") % {**said, "verdict": verdict}
        return f"{sentence} {_by_order(row)}".strip()
    if is_small(row.low, row.high, SMALL_SLOPE):
        return _("No change beyond chance: between %(low)s and %(up_to)s a month; %(basis)s.") % said
    return _("Cannot be told: between %(low)s and %(up_to)s a month; %(basis)s.") % said


def step_reading(row: Trend) -> str:
    """Of the largest step between months; empty where there is none to tell of."""
    if not row.change_month or row.change_p_holm is None:
        return ""
    said = {"month": row.change_month, "p": p_in_sentence(row.change_p_holm)}
    if not is_within(row.change_p_holm):
        return _("No step beyond chance (%(p)s).") % said
    return _("From %(month)s on (%(p)s).") % said


def change_reading(row: BeforeAfter, text: MeasureText) -> str:
    of_comments = _of_units(row)
    if row.difference is None:
        return _("Not enough data: %(basis)s.") % {"basis": of_comments}
    if row.difference == 0 and row.p == 1:
        return _("No difference: both versions come to the same (%(basis)s).") % {"basis": of_comments}
    if not (is_known(row.low) and is_known(row.high)):
        return _("Cannot be told: draws of the comments gave no interval (%(basis)s).") % {"basis": of_comments}
    said = {"change": in_units(row.difference, text), "low": bare(row.low, text), "high": bare(row.high, text), "basis": of_comments}
    said["up_to"] = in_units(row.high, text)  # where no change with its unit stands before the interval
    if is_beyond_zero(row.low, row.high) and is_within(row.p_holm):
        return _("%(verdict)s: %(change)s, between %(low)s and %(high)s; %(basis)s.") % {**said, "verdict": direction(row.difference, text)}
    if is_beyond_zero(row.low, row.high):
        return _("By itself beyond chance, but not as one of so many rows: %(change)s, between %(low)s and %(high)s; %(basis)s.") % said
    if is_small(row.low, row.high, SMALL_DIFFERENCE):
        return _("No change beyond chance: between %(low)s and %(up_to)s; %(basis)s.") % said
    return _("Cannot be told: between %(low)s and %(up_to)s; %(basis)s.") % said


def direction(change: float, text: MeasureText) -> str:
    if text.higher_is_better is None:
        return (
            _("Probably higher, which is neither better nor worse by itself")
            if change > 0
            else _("Probably lower, which is neither better nor worse by itself")
        )
    return _("Probably better") if (change > 0) == text.higher_is_better else _("Probably worse")


def in_units(value: float | None, text: MeasureText) -> str:
    """A difference with its sign and unit: `+1.8 points`, `−.031 nats`."""
    if text.unit in IN_POINTS and is_known(value):
        return _("%(value)s points") % {"value": bare(value, text)}
    return f"{bare(value, text)} {text.unit if is_known(value) else ''}".strip()


def bare(value: float | None, text: MeasureText) -> str:
    if text.unit not in IN_POINTS:
        return signed(value)
    # Slopes are small: a tenth of a point is not enough to tell them from nothing.
    return points(value, 2 if value is not None and abs(value) < SMALL_DIFFERENCE else 1)


def level_words(value: float | None, text: MeasureText) -> str:
    return share(value) if text.unit in IN_POINTS else number(value)


def p_words(p: float | None) -> str:
    """As it stands in a table: `< .001`, `.012`; a dash where there was no test."""
    if p is None:
        return "–"
    return "< .001" if p < 0.001 else number(p)


def p_in_sentence(p: float) -> str:
    """`p < .001`, `p = .012`."""
    return f"p {p_words(p)}" if p < 0.001 else f"p = {p_words(p)}"


def percent_change(before: float | None, after: float | None) -> str:
    """The paper's "Improvement (%)": by how much of what it was it changed."""
    if before is None or after is None or not before:
        return "–"
    change = 100 * (after - before) / before
    rounded = f"{abs(change):.1f}"
    sign = "" if not float(rounded) else "+" if change > 0 else MINUS
    return f"{sign}{rounded}\N{NO-BREAK SPACE}%"


def is_beyond_zero(low: float | None, high: float | None) -> bool:
    return (low is not None and low > 0) or (high is not None and high < 0)


def is_within(p: float | None) -> bool:
    return p is not None and p <= LEVEL


def is_small(low: float | None, high: float | None, small: float) -> bool:
    return low is not None and high is not None and -small <= low and high <= small


def _by_order(row: Trend) -> str:
    """What Mann-Kendall adds, where it does not agree: it knows the months' ups and downs, and nothing of the comments."""
    if row.p_holm is None or is_within(row.p_holm):
        return ""
    return _("The order of the %(count)s months alone does not show it (%(p)s).") % {"count": row.month_count, "p": p_in_sentence(row.p_holm)}


def _of_months(row: Trend) -> str:
    comments = ngettext("%(n)s comment", "%(n)s comments", row.n) % {"n": f"{row.n:,}"}
    months = ngettext("%(n)s month", "%(n)s months", row.month_count) % {"n": row.month_count}
    return _("%(comments)s in %(months)s") % {"comments": comments, "months": months}


def _of_units(row: BeforeAfter) -> str:
    comments = ngettext("%(n)s comment", "%(n)s comments", row.n) % {"n": f"{row.n:,}"}
    if row.unit == "comment":
        return comments
    return _("%(comments)s; %(units)s originals in all") % {"comments": comments, "units": f"{row.units:,}"}

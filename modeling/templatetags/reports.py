"""Figures of `modeling.reports` in one tag: tables of a verdict have hundreds of them."""

from collections.abc import Callable
from functools import partial

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from modeling import numerals
from modeling.numerals import NOT_ENOUGH, is_known, number, signed
from modeling.reports.figures import Figure
from modeling.reports.verdicts import short_verdict
from modeling.templatetags.figures import count

register = template.Library()
register.filter("short_verdict", short_verdict)
NO_INTERVAL = "no interval"
"""Why there is none stands above each table: repeated in every cell it drowns the figures."""


@register.simple_tag
def figure(shown: Figure | None, is_difference: bool = False, counted: str = "") -> SafeString | str:
    """A value with its 95 % interval and n below it in smaller grey; "–" where nothing was measured. `counted`: what n counts, if not comments."""
    if shown is None:
        return "–"
    n = f"{count(shown.n)} {counted}".strip()
    if not is_known(shown.value):
        return format_html('<span class="unknown">{}</span> <span class="aside">n = {}</span>', NOT_ENOUGH, n)
    show = signed if is_difference else number
    has_interval = is_known(shown.low) and is_known(shown.high)
    interval = (
        format_html('<span class="aside">{} to {}</span> ', show(shown.low), show(shown.high))
        if has_interval
        else format_html('<span class="aside">{}</span> ', NO_INTERVAL)
    )
    return format_html('<span class="value">{}</span> {}<span class="aside">n = {}</span>', show(shown.value), interval, n)


@register.simple_tag
def figure_or_text(shown: Figure | str | None) -> SafeString | str:
    """A cell of a table whose columns are counts and texts as well as measures."""
    return shown if isinstance(shown, str) else figure(shown)


@register.simple_tag
def change(shown: Figure) -> SafeString | str:
    """A difference with its sign and interval in one line; "not enough data" where it could not be taken."""
    if not (is_known(shown.value) and is_known(shown.low) and is_known(shown.high)):
        return signed(shown.value)
    return format_html(
        '<span class="value">{}</span> <span class="aside">({} to {})</span>', signed(shown.value), signed(shown.low), signed(shown.high)
    )


@register.simple_tag
def brief(shown: Figure) -> str:
    """A known value and its interval in one line, for places where n stands beside it already."""
    has_interval = is_known(shown.low) and is_known(shown.high)
    return f"{number(shown.value)} ({number(shown.low)} to {number(shown.high)})" if has_interval else f"{number(shown.value)} ({NO_INTERVAL})"


@register.simple_tag
def share(shown: Figure, with_n: bool = True) -> SafeString | str:
    """A share in per cent with its interval, and n unless it stands beside it already."""
    return _measured(shown, numerals.share, with_n)


@register.simple_tag
def points(shown: Figure, with_n: bool = True) -> SafeString | str:
    """A difference of shares in percentage points with its interval, and n."""
    return _measured(shown, numerals.points, with_n)


@register.simple_tag
def brief_share(shown: Figure) -> str:
    """A known share and its interval in one line, for places where n stands beside it already."""
    limits = gettext("%(low)s to %(high)s") % {"low": numerals.share(shown.low), "high": numerals.share(shown.high)}
    return f"{numerals.share(shown.value)} ({limits})"


@register.simple_tag
def amount(shown: Figure) -> SafeString:
    """A quantity with one digit, such as minutes, with its interval and n."""
    return _measured(shown, partial(number, digits=1), with_n=True)


@register.simple_tag
def minutes(shown: Figure) -> SafeString:
    """A time in minutes, written in seconds below one minute, with its interval and n."""
    return _measured(shown, numerals.time_of_minutes, with_n=True)


def _measured(shown: Figure, show: Callable[[float | None], str], with_n: bool) -> SafeString:
    n = format_html(' <span class="aside">n = {}</span>', count(shown.n)) if with_n else ""
    if not is_known(shown.value):
        return format_html('<span class="unknown">{}</span>{}', NOT_ENOUGH, n)
    has_interval = is_known(shown.low) and is_known(shown.high)
    limits = gettext("%(low)s to %(high)s") % {"low": show(shown.low), "high": show(shown.high)} if has_interval else NO_INTERVAL
    return format_html('<span class="value">{}</span> <span class="aside">{}</span>{}', show(shown.value), limits, n)

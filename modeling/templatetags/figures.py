"""Numbers as they are shown: with n and interval, and "not enough data" instead of a guess.

Loaded into every template (settings.TEMPLATES), so no page says `load figures`.
"""

import math
from typing import Any

from django import template
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from modeling.labels import Level, LevelKind
from modeling.names import LEVEL_NAMES, subgroup_name
from modeling.numerals import NOT_ENOUGH, is_known, number, signed

register = template.Library()

# Mark, tone, word. Word and mark say it; the tone only helps the eye.
STATES: dict[str, tuple[str, str, str]] = {
    "requested": ("○", "quiet", _("requested")),
    "free": ("○", "quiet", _("free")),
    "open": ("○", "busy", _("open")),
    "running": ("◐", "busy", _("running")),
    "drawing": ("◐", "busy", _("drawing")),
    "training": ("◐", "busy", _("training")),
    "evaluating": ("◐", "busy", _("evaluating")),
    "done": ("✓", "good", _("done")),
    "eligible": ("✓", "good", _("eligible")),
    "promoted": ("✓", "good", _("promoted")),
    "champion": ("✓", "good", _("champion")),
    "ok": ("✓", "good", _("ok")),
    "passed": ("✓", "good", _("passed")),
    "held": ("■", "bad", _("held")),
    "failed": ("✕", "bad", _("failed")),
    "harmed": ("✕", "bad", _("harmed")),
    "not passed": ("✕", "bad", _("not passed")),
    "cannot_tell": ("?", "quiet", _("cannot tell")),
    "cancelled": ("–", "quiet", _("cancelled")),
    "closed": ("–", "quiet", _("closed")),
}

register.filter("number", number)
register.filter("signed", signed)


@register.filter
def percent(value: float | None, digits: int = 0) -> str:
    """A share in [0, 1] as `69 %` (with a space that does not break)."""
    return f"{value * 100:.{digits}f}\N{NO-BREAK SPACE}%" if value is not None and math.isfinite(value) else NOT_ENOUGH


@register.filter
def count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


@register.filter
def words(value: object) -> str:
    return str(value).replace("_", " ")


@register.filter
def subgroup(value: str) -> str:
    return subgroup_name(value)


@register.filter
def duration(seconds: float | None) -> str:
    """`40 s`, `3 min`, `1 h 20 min`."""
    if seconds is None:
        return "–"
    if round(seconds) < 60:
        return f"{max(0, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


@register.inclusion_tag("components/_value.html")
def measured(value: float | None, low: float | None, high: float | None, n: int | None, is_difference: bool = False) -> dict[str, Any]:
    """A value with its 95 % interval and n in smaller grey; `is_difference` shows the sign."""
    show = signed if is_difference else number
    known = is_known(value)
    interval = gettext("%(low)s to %(high)s") % {"low": show(low), "high": show(high)} if known and is_known(low) and is_known(high) else ""
    return {"value": show(value), "known": known, "interval": interval, "n": None if n is None else count(n)}


@register.inclusion_tag("components/_level.html")
def level(value: str, kind: str = LevelKind.TOXICITY) -> dict[str, Any]:
    """A level as a pill, in the data set's own words (low or negative, mild or neutral, high or positive)."""
    return {"level": value, "word": LEVEL_NAMES[LevelKind(kind)][Level(value)] if value else ""}


@register.inclusion_tag("components/_state.html")
def state(value: str, word: str = "") -> dict[str, Any]:
    """A state as mark and word; unknown states are shown plainly."""
    mark, tone, said = STATES.get(str(value), ("·", "quiet", words(value)))
    return {"mark": mark, "tone": tone, "word": word or said}


@register.inclusion_tag("components/_bar.html")
def bar(share: float | None, tone: str = "") -> dict[str, Any]:
    """A horizontal bar of `share` in [0, 1], for the eye only: the number stands beside it in text."""
    return {"width": f"{min(max(share or 0, 0), 1) * 100:.1f}", "tone": tone}


@register.inclusion_tag("components/_progress.html")
def progress(done: float, total: float, label: str, aside: str = "") -> dict[str, Any]:
    """A progress bar with its label above and `aside` (an estimate, a count) at its right."""
    return {"done": min(done, total), "total": total or 1, "label": label, "aside": aside, "share": min(done / total, 1) if total else 0}


@register.inclusion_tag("components/_field.html")
def field(bound: Any, wide: bool = False) -> dict[str, Any]:
    """A form field with label, help and errors tied to it for screen readers."""
    return {"field": bound, "wide": wide, "is_choice": bound.widget_type in {"checkbox"}}

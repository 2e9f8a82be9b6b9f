"""What a round asks of its stream beside the sample: known answers, repeats, own levels first, and how people are spared."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MOST: dict[str, float] = {"gold_rate": 0.5, "repeat_rate": 0.5, "blind_share": 1, "time_floor": 60, "exposure_budget": 1_000, "break_minutes": 480}
SETTINGS = tuple(MOST)
SHARES = ("gold_rate", "repeat_rate", "blind_share")
PERCENT = 100


def wrong_settings(settings: Mapping[str, float]) -> dict[str, str]:
    """Field -> what is wrong with it."""
    unknown = {name: gettext("There is no such setting.") for name in settings if name not in MOST}
    told = gettext("Choose between 0 and %(most)s.")
    return unknown or {name: told % {"most": f"{MOST[name]:g}"} for name, value in settings.items() if not 0 <= value <= MOST[name]}


def _typed(name: str, initial: int, label: str, help_text: str, field: type[forms.IntegerField] = forms.IntegerField) -> forms.IntegerField:
    """The field of a setting: `initial` is what the form proposes, of a share in %."""
    most = round(MOST[name] * (PERCENT if name in SHARES else 1))
    return field(required=False, min_value=0, max_value=most, initial=initial, label=label, help_text=help_text)


class StreamFields(forms.Form):
    """Part of the form that opens a round. Shares are typed in %, and given back as shares."""

    gold_rate = _typed(
        "gold_rate",
        5,
        _("Known answers, in %"),
        _("Comments whose answer you know, mixed in unseen: they show how well each person reads. Needs known answers; without any, none come."),
    )
    repeat_rate = _typed("repeat_rate", 3, _("Repeats, in %"), _("Comments shown to the same person again: whether they answer as they did before."))
    blind_share = _typed(
        "blind_share",
        20,
        _("Own level first, in %"),
        _("The prediction stays hidden until they have said a level themselves: this measures how far people follow the machine."),
    )
    time_floor = _typed(
        "time_floor",
        1,
        _("Fastest honest answer, in seconds"),
        _("Who answers faster again and again is paused and told why. 0: nobody is paused for speed."),
        forms.FloatField,
    )
    exposure_budget = _typed(
        "exposure_budget",
        40,
        _("Hard reading until a break"),
        _("Severe comments count about one point each, harmless ones hardly anything. 0: no budget."),
    )
    break_minutes = _typed("break_minutes", 45, _("Minutes until a break is proposed"), _("People may go on all the same. 0: never by time."))

    def clean(self) -> dict[str, Any]:
        """What is left empty is what the form proposes."""
        cleaned = super().clean() or {}
        for name in SETTINGS:
            if name in cleaned:
                value = self.fields[name].initial if cleaned[name] is None else cleaned[name]
                cleaned[name] = value / PERCENT if name in SHARES else value
        return cleaned

    @property
    def stream_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in SETTINGS]

    @property
    def has_wrong_settings(self) -> bool:
        return any(name in self.errors for name in SETTINGS) if self.is_bound else False


def typed(settings: Any) -> dict[str, Any]:
    """A round's settings as its form has them."""
    values = {name: getattr(settings, name) for name in SETTINGS}
    return {**values, **{name: round(PERCENT * values[name]) for name in SHARES}}

"""Filters in the address. Only what was summed up can be chosen; anything else in the address falls back to the default."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from feedback.over_time.periods import QUESTION_NAMES, OverTimeChoices, OverTimeFilter


class OverTimeForm(forms.Form):
    by = forms.ChoiceField(required=False, label=_("One point for each"), choices=[("month", _("month")), ("round", _("round"))])
    panel = forms.TypedChoiceField(required=False, label=_("Panel"), coerce=int, empty_value=None)
    kind = forms.ChoiceField(required=False, label=_("Answers of"))
    first = forms.ChoiceField(required=False, label=_("From"))
    last = forms.ChoiceField(required=False, label=_("To"))
    what = forms.ChoiceField(required=False, label=_("Biases"), choices=[("reported", _("reported")), ("confirmed", _("confirmed"))])
    question = forms.ChoiceField(required=False, label=_("Agreement on"), choices=list(QUESTION_NAMES.items()))

    def __init__(self, *args: Any, choices: OverTimeChoices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.default_kind = "scripted" if choices.kinds == (True,) else "people"
        months = [(month, month) for month in choices.months]
        shown = {
            "panel": [("", _("Everybody")), *((panel.pk, panel.name) for panel in choices.panels)],
            "kind": [("scripted" if kind else "people", _("scripted annotators") if kind else _("people")) for kind in choices.kinds],
            "first": [("", _("the first month")), *months],
            "last": [("", _("the last month")), *months],
        }
        for name, options in shown.items():
            self.fields[name].choices = options  # type: ignore[attr-defined]  # form fields are typed by their base class

    def chosen(self) -> OverTimeFilter:
        self.is_valid()
        values = self.cleaned_data
        return OverTimeFilter(
            by=values.get("by") or "month",
            panel=values.get("panel"),
            scripted=(values.get("kind") or self.default_kind) == "scripted",
            first=values.get("first", ""),
            last=values.get("last", ""),
            what=values.get("what") or "reported",
            question=values.get("question") or "level",
        )

    @staticmethod
    def initial_of(chosen: OverTimeFilter) -> dict[str, Any]:
        return {**vars(chosen), "kind": "scripted" if chosen.scripted else "people"}

"""Which versions are looked at closely, and beside which: filters in the address, as `forms.DashboardForm` has them."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from modeling.models import ModelVersion
from modeling.names import subgroup_name
from modeling.reports import CompareFilter, CurvesFilter, DashboardChoices


class CurvesForm(forms.Form):
    """Only what was measured can be chosen; anything else in the address falls back to the default."""

    version = forms.TypedChoiceField(required=False, label=_("Version"), coerce=int, empty_value=None)
    against = forms.TypedChoiceField(required=False, label=_("Beside"), coerce=int, empty_value=None)
    split = forms.ChoiceField(required=False, label=_("Split"))
    of = forms.ChoiceField(required=False, label=_("Comments"))

    def __init__(self, *args: Any, choices: DashboardChoices, subgroups: Sequence[str], months: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = [(v.number, str(v)) for v in choices.versions]
        about = [(_("that mention"), [(name, subgroup_name(name)) for name in subgroups]), (_("written in"), [(month, month) for month in months])]
        offered = {
            "version": [("", _("The one in use")), *versions],
            "against": [("", _("nothing")), *versions],
            "split": [(split, split) for split in choices.splits],
            "of": [("", _("all")), *((title, group) for title, group in about if group)],
        }
        for name, values in offered.items():
            self.fields[name].choices = values  # type: ignore[attr-defined]  # form fields are typed by their base class
        self.default_split = "test" if "test" in choices.splits else next(iter(choices.splits), "test")

    def chosen(self) -> CurvesFilter:
        self.is_valid()
        values = self.cleaned_data
        return CurvesFilter(values.get("version"), values.get("against"), values.get("split") or self.default_split, values.get("of", ""))


class CompareForm(forms.Form):
    """As `CurvesForm`."""

    a = forms.TypedChoiceField(required=False, label=_("Version"), coerce=int, empty_value=None)
    b = forms.TypedChoiceField(required=False, label=_("With"), coerce=int, empty_value=None)
    split = forms.ChoiceField(required=False, label=_("Split"))
    subgroup = forms.ChoiceField(required=False, label=_("Comments"))

    def __init__(self, *args: Any, choices: DashboardChoices, subgroups: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = [(v.number, str(v)) for v in choices.versions]
        mention = [(name, subgroup_name(name)) for name in subgroups]
        offered = {
            "a": versions,
            "b": versions,
            "split": [(split, split) for split in choices.splits],
            "subgroup": [("", _("all")), *([(_("that mention"), mention)] if mention else [])],
        }
        for name, values in offered.items():
            self.fields[name].choices = values  # type: ignore[attr-defined]  # form fields are typed by their base class
        self.default_split = "test" if "test" in choices.splits else next(iter(choices.splits), "test")

    def chosen(self) -> CompareFilter:
        self.is_valid()
        values = self.cleaned_data
        return CompareFilter(values.get("a"), values.get("b"), values.get("split") or self.default_split, values.get("subgroup", ""))


class LossesForm(forms.Form):
    """As `CurvesForm`; control arms can be chosen too."""

    version = forms.TypedChoiceField(required=False, label=_("Version"), coerce=int, empty_value=None)

    def __init__(self, *args: Any, versions: Sequence[ModelVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].choices = [(v.number, f"{v} ({v.arm})") for v in versions]  # type: ignore[attr-defined]  # as above

    @property
    def number(self) -> int | None:
        self.is_valid()
        return self.cleaned_data.get("version")

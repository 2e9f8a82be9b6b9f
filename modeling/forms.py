"""What a lead can type. Limits of the database are checked here too, so that they are met as words and not as errors."""

import re
from pathlib import PurePath
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from modeling.labels import Lane, LevelKind
from modeling.map_engines import DEFAULT_MAP, MOST_LAYERS, MapEngine, MapKey
from modeling.measure_texts import OVERALL_TEXTS
from modeling.ml.what_if import VariantKind
from modeling.models import Dataset, Project, ShareSummary, WorkState
from modeling.models.dynamics import ENGINES
from modeling.names import MAP_NAMES, subject_name
from modeling.pipeline.watch_words import LONGEST, SHORTEST
from modeling.pipeline.what_if import LONGEST_TEXT
from modeling.reports import CellFilter, DashboardChoices, DashboardFilter, DynamicsChoices, DynamicsFilter

RESERVED_SLUGS = frozenset({"new", "predictions"})
"""Words that stand where a project's name stands in an address."""


LANES = (
    (Lane.MIDDLE.value, _("Middle lane: the top two layers and the head; minutes. The usual choice.")),
    (Lane.FAST.value, _("Fast lane: the head only; seconds, and the same bytes each time.")),
    (Lane.FULL.value, _("Full lane: all layers; the longest.")),
)


class ProjectForm(forms.Form):
    name = forms.CharField(max_length=120, label=_("Name"), help_text=_("As people will see it."))
    slug = forms.SlugField(
        max_length=50,
        required=False,
        label=_("Name in the address"),
        help_text=_("Letters, digits and hyphens. Made from the name if you leave it empty."),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        slug = values.get("slug") or slugify(values.get("name", ""))[:50]
        if "slug" in self.errors or "name" in self.errors:
            return values
        if not slug:
            self.add_error("slug", _("No address can be made from this name. Type one with letters or digits."))
        elif slug in RESERVED_SLUGS:
            self.add_error("slug", _("“%(slug)s” is used by the site itself. Choose another one.") % {"slug": slug})
        elif Project.objects.filter(slug=slug).exists():
            self.add_error("slug", _("There is a project at “%(slug)s” already. Choose another one.") % {"slug": slug})
        return {**values, "slug": slug}


class MapForm(forms.Form):
    """Which map of a comment; nothing asked for is the default one."""

    engine = forms.ChoiceField(
        required=False, choices=list(MAP_NAMES.items()), error_messages={"invalid_choice": _("There is no map of that name. Choose one below.")}
    )
    layer = forms.IntegerField(required=False, min_value=1, max_value=MOST_LAYERS)
    head = forms.IntegerField(required=False, min_value=1, max_value=MOST_LAYERS)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                values["key"] = MapKey(MapEngine(values["engine"] or DEFAULT_MAP.engine), values["layer"], values["head"])
            except ValueError as error:
                raise forms.ValidationError(_("Only the attention map has layers and heads, and a head needs its layer.")) from error
        return values

    @property
    def key(self) -> MapKey:
        return self.cleaned_data["key"] if self.is_valid() else DEFAULT_MAP


class SettingsForm(forms.Form):
    promote_at_once = forms.BooleanField(
        required=False,
        label=_("Promote an eligible candidate at once"),
        help_text=_("Off: it waits for a lead’s click. On: it comes into use as soon as the gate lets it through."),
    )
    monthly = forms.BooleanField(
        required=False,
        label=_("Start a cycle each month"),
        help_text=_("On the first at 03:00 UTC, when new labels have come in since the last one."),
    )
    labels_for_cycle = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=1_000_000,
        label=_("Start a cycle at so many new labels"),
        help_text=_("One label is one comment of a closed round. Empty: labels alone start nothing."),
    )
    cycle_lane = forms.ChoiceField(
        choices=LANES, widget=forms.RadioSelect, label=_("How much of the model learns"), help_text=_("In cycles that nobody starts by hand.")
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        stands = {name: getattr(project, name) for name in ("promote_at_once", "labels_for_cycle", "cycle_lane")}
        super().__init__(*args, initial={**stands, "monthly": project.monthly_since is not None}, **kwargs)


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, CSV in gzip, Parquet or JSON Lines."),
        error_messages={"empty": _("This file is empty. Choose one with a header line and at least one comment.")},
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.gz,.parquet,.jsonl,.ndjson"}),
    )
    name = forms.CharField(max_length=120, required=False, label=_("Name of the data set"), help_text=_("The file’s name if you leave it empty."))
    level_kind = forms.ChoiceField(
        label=_("What its levels say"),
        choices=[(LevelKind.TOXICITY, _("Toxicity: low, mild, high")), (LevelKind.SENTIMENT, _("Sentiment: negative, neutral, positive"))],
        initial=LevelKind.TOXICITY,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if "file" not in values or "name" in self.errors:
            return values
        name = values["name"] or PurePath(values["file"].name).name[:120]
        # One whose import failed gives its place to a mended file.
        if Dataset.objects.filter(project=self.project, name=name).exclude(state=WorkState.FAILED).exists():
            self.add_error("name", _("This project has a data set “%(name)s” already. Give this one another name.") % {"name": name})
        return {**values, "name": name}


class CycleForm(forms.Form):
    lane = forms.ChoiceField(
        label=_("How much of the model learns"),
        choices=LANES,
        initial=Lane.MIDDLE,
        widget=forms.RadioSelect,
    )
    seed = forms.IntegerField(
        min_value=0, max_value=2**31 - 1, initial=0, label=_("Seed"), help_text=_("The same seed on the same labels gives the same cycle again.")
    )


class PromoteForm(forms.Form):
    """`needs_reason`: the candidate was held, so promoting it must be argued for."""

    reason = forms.CharField(max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, needs_reason: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = self.fields["reason"]
        reason.label = _("Why it should come into use all the same") if needs_reason else _("Remark")
        reason.required = needs_reason
        reason.error_messages["required"] = _("Write down why it should come into use all the same. The reason is kept in the ledger.")


class RollBackForm(forms.Form):
    in_use = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        max_length=2000, required=False, label=_("Why"), widget=forms.Textarea(attrs={"rows": 3}), help_text=_("Kept in the ledger with your name.")
    )

    def clean(self) -> dict[str, Any]:
        # Of the whole form: nobody sees a message beside a hidden field.
        if self.cleaned_data.get("in_use") is None:
            raise forms.ValidationError(_("This page does not say which version is in use. Load it again."))
        return self.cleaned_data


BY_MONTH_FIRST = ("audit", "test")
"""Audit is there to be looked at by month: nobody trains on it and nothing is decided by it."""


class DashboardForm(forms.Form):
    """Filters in the address. Only what was measured can be chosen; anything else in the address falls back to the default."""

    version = forms.TypedChoiceField(required=False, label=_("Version"), coerce=int, empty_value=None)
    measure = forms.ChoiceField(required=False, label=_("Measure"), choices=[(name, text.label) for name, text in OVERALL_TEXTS.items()])
    split = forms.ChoiceField(required=False, label=_("Split"))
    first = forms.ChoiceField(required=False, label=_("From"))
    last = forms.ChoiceField(required=False, label=_("To"))

    def __init__(self, *args: Any, choices: DashboardChoices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].choices = [("", _("All versions")), *((v.number, str(v)) for v in choices.versions)]  # type: ignore[attr-defined]  # form fields are typed by their base class
        self.fields["split"].choices = [(split, split) for split in choices.splits]  # type: ignore[attr-defined]  # form fields are typed by their base class
        for name, word in (("first", _("the first month")), ("last", _("the last month"))):
            self.fields[name].choices = [("", word), *((month, month) for month in choices.months)]  # type: ignore[attr-defined]  # form fields are typed by their base class
        self.default_split = next((split for split in BY_MONTH_FIRST if split in choices.splits), next(iter(choices.splits), "test"))

    def chosen(self) -> DashboardFilter:
        self.is_valid()
        values = self.cleaned_data
        return DashboardFilter(
            version=values.get("version"),
            measure=values.get("measure") or "accuracy",
            split=values.get("split") or self.default_split,
            first=values.get("first", ""),
            last=values.get("last", ""),
        )


class DynamicsForm(forms.Form):
    """Filters in the address. Only what was read can be chosen; anything else in the address falls back to the default."""

    subject = forms.ChoiceField(required=False, label=_("Words"))
    engine = forms.ChoiceField(
        required=False,
        label=_("Read from"),
        choices=[(ENGINES[0].value, _("attribution")), (ENGINES[1].value, _("attention"))],
    )
    version = forms.TypedChoiceField(required=False, label=_("Version"), coerce=int, empty_value=None)

    def __init__(self, *args: Any, choices: DynamicsChoices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        subjects = [("", _("all identity words")), *((subject, subject_name(subject)) for subject in choices.subjects if subject)]
        self.fields["subject"].choices = subjects  # type: ignore[attr-defined]  # form fields are typed by their base class
        self.fields["version"].choices = [("", _("The one in use")), *((v.number, str(v)) for v in choices.versions)]  # type: ignore[attr-defined]  # as above

    def chosen(self) -> DynamicsFilter:
        self.is_valid()
        values = self.cleaned_data
        return DynamicsFilter(values.get("engine") or ENGINES[0].value, values.get("subject", ""), values.get("version"))


PLACES: dict[str, str] = {
    ShareSummary.Cut.MONTH: r"\d{4}-(0[1-9]|1[0-2])",
    ShareSummary.Cut.DATASET: r"\d{1,18}",
    ShareSummary.Cut.THREAD: r"\d{1,18}:.+",
}
"""What a cell's place looks like, by what the shares are cut by."""


class WatchForm(forms.Form):
    word = forms.CharField(
        max_length=LONGEST,
        min_length=SHORTEST,
        label=_("Watch a word"),
        help_text=_("A word, a name, or a token without meaning that the model may have learnt to rest on. Case does not matter."),
    )


class CellForm(forms.Form):
    """Which cell of the social dynamics: a share's, or two subgroups that comments mention together."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    engine = forms.ChoiceField(required=False, choices=[(engine.value, engine.value) for engine in ENGINES])
    subject = forms.CharField(required=False, max_length=60)
    cut = forms.ChoiceField(required=False, choices=ShareSummary.Cut.choices)
    place = forms.CharField(required=False, max_length=80)
    first = forms.CharField(required=False, max_length=60)
    second = forms.CharField(required=False, max_length=60)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        form = PLACES.get(values.get("cut", ""))
        if form and "place" not in self.errors and not re.fullmatch(form, values.get("place", "")):
            self.add_error("place", _("A month is YYYY-MM, a data set its number, a thread its data set’s number, a colon and its own name."))
        return values

    @property
    def cell(self) -> CellFilter:
        """Of a valid form."""
        values = self.cleaned_data
        engine, cut = values["engine"] or ENGINES[0].value, values["cut"] or ShareSummary.Cut.ALL
        return CellFilter(engine, values["subject"], cut, values["place"], values["first"], values["second"])


class NeededWithItsKind(forms.CharField):
    """The form asks for it where its kind is chosen, and shows it there alone: no page calls it optional."""

    is_conditional = True


class WhatIfForm(forms.Form):
    text = forms.CharField(max_length=LONGEST_TEXT, label=_("Comment"), widget=forms.Textarea(attrs={"rows": 3}))
    kind = forms.ChoiceField(
        label=_("What if…"),
        choices=[
            (VariantKind.SWAP.value, _("it were about somebody else")),
            (VariantKind.ABLATION.value, _("a word were not there")),
            (VariantKind.EDIT.value, _("it were worded as I say")),
        ],
        initial=VariantKind.SWAP,
        widget=forms.RadioSelect,
    )
    word = forms.CharField(max_length=100, required=False, label=_("The word"), help_text=_("Empty: each word in turn."))
    edited = NeededWithItsKind(max_length=LONGEST_TEXT, required=False, label=_("In your wording"), widget=forms.Textarea(attrs={"rows": 3}))
    prediction = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("kind") == VariantKind.EDIT and "edited" not in self.errors:
            if not values.get("edited"):
                self.add_error("edited", _("Write the comment as you would word it."))
            elif values["edited"] == values.get("text"):
                self.add_error("edited", _("This is the comment as it stands. Change something in it."))
        return values


class TrendsForm(forms.Form):
    """A filter in the address: what makes no sense shows the default."""

    version = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)

    def chosen_version(self) -> int | None:
        return self.cleaned_data.get("version") if self.is_valid() else None


class ReportForm(forms.Form):
    month = forms.ChoiceField(label=_("Month"))

    def __init__(self, *args: Any, months: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [(month, month) for month in months]  # type: ignore[attr-defined]  # form fields are typed by their base class

"""What people may send: an answer, a reason to skip, a new round, an export."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from feedback.deadline import require_still_to_come
from feedback.models import AnnotationRound, Panel, SamplingStrategy
from feedback.round_settings import StreamFields
from modeling.labels import AXES, DEFAULT_PRIMARY_MEASURE, BiasPattern, BiasType, Level, Verdict
from modeling.models import Project
from modeling.reports import AXIS_NAMES, SUBGROUP_NAMES, awaits_gate_measures, primary_choices, proposed_primary

BIAS_NAMES: dict[BiasType, str] = {
    BiasType.RACIAL: _("Racial"),
    BiasType.GENDER: _("Gender"),
    BiasType.CULTURAL: _("Cultural"),
    BiasType.RELIGIOUS: _("Religious"),
    BiasType.SEXUAL_ORIENTATION: _("Sexual orientation"),
    BiasType.DISABILITY: _("Disability"),
    BiasType.AGE: _("Age"),
    BiasType.OTHER: _("Other"),
}
BIAS_KEYS: dict[BiasType, str] = {
    BiasType.RACIAL: "r",
    BiasType.GENDER: "g",
    BiasType.CULTURAL: "c",
    BiasType.RELIGIOUS: "e",
    BiasType.SEXUAL_ORIENTATION: "x",
    BiasType.DISABILITY: "d",
    BiasType.AGE: "a",
    BiasType.OTHER: "o",
}
VERDICT_NAMES: dict[Verdict, str] = {Verdict.CORRECT: _("Correct"), Verdict.INCORRECT: _("Incorrect"), Verdict.UNSURE: _("Not sure")}
LEVEL_KEYS: dict[Level, str] = {Level.LOW: "l", Level.MILD: "m", Level.HIGH: "h"}

PATTERN_NAMES: dict[BiasPattern, str] = {
    BiasPattern.IDENTITY_TERM: _("A harmless mention of people is taken for toxic"),
    BiasPattern.RECLAIMED_SLUR: _("A word that people have made their own is taken for an insult"),
    BiasPattern.SLUR_HOMONYM: _("A word is meant in another, harmless sense"),
    BiasPattern.COUNTER_SPEECH: _("Someone answers or quotes hate"),
    BiasPattern.NEGATION: _("A “not” is overlooked"),
    BiasPattern.PROFANITY: _("Swearing that attacks nobody"),
    BiasPattern.DIALECT: _("Dialect or spelling is taken for hostility"),
    BiasPattern.STEREOTYPE: _("It rests on a stereotype"),
    BiasPattern.IMPLICIT_HATE_MISSED: _("Hidden hate is missed"),
    BiasPattern.OTHER: _("Something else"),
}
SEVERITIES = ((1, _("slight")), (2, _("clear")), (3, _("severe")))
SEVERITY_KEYS = {1: "4", 2: "5", 3: "6"}

SKIP_REASONS: tuple[tuple[str, str], ...] = (
    ("not understood", _("I do not understand it")),
    ("language", _("It is not in a language I read")),
    ("too upsetting", _("I would rather not read this")),
    ("no context", _("It cannot be judged without its context")),
)

STRATEGY_TEXTS: dict[str, str] = {
    SamplingStrategy.BIAS_SEEKING: _(
        "Prefers comments on which the model is likely to treat a subgroup unfairly: by how its subgroup is scored, what "
        "happens when the identity is swapped, and what people reported about comments like it. Finds most biases per label."
    ),
    SamplingStrategy.STRATIFIED: _("The same share from every subgroup and predicted level. Good for comparing subgroups."),
    SamplingStrategy.LEAST_CONFIDENCE: _("Prefers comments whose predicted level has a low probability."),
    SamplingStrategy.MARGIN: _("Prefers comments whose two most probable levels are close."),
    SamplingStrategy.ENTROPY: _("Prefers comments whose three probabilities are most alike."),
    SamplingStrategy.DISAGREEMENT: _("Prefers comments on which models trained on other parts of the same data would disagree."),
    SamplingStrategy.RANDOM: _("Every comment has the same chance. Good for honest estimates, slow at finding bias."),
}


SUBGROUP_CHOICES = tuple(
    (capfirst(AXIS_NAMES[axis]), tuple((name, capfirst(SUBGROUP_NAMES[name])) for name in members)) for axis, members in AXES.items()
)
"""(axis, ((subgroup, name), ...)). Extra subgroups of a data set are for the measures, not for people."""


class SkipForm(forms.Form):
    reason = forms.CharField(max_length=200, required=False)
    flagged = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        answer = super().clean() or {}
        if not answer.get("reason", "").strip():
            raise forms.ValidationError(_("Say in a few words why, so that the lead can act on it."))
        return answer


class RoundForm(StreamFields):
    name = forms.CharField(max_length=80, label=_("Name"), help_text=_("How people will know it, such as a month."))
    item_count = forms.IntegerField(min_value=1, max_value=100_000, initial=100, label=_("Items"), help_text=_("Comments to be judged."))
    overlap = forms.IntegerField(
        min_value=1, max_value=20, initial=2, label=_("Answers per item"), help_text=_("Different people who judge each comment.")
    )
    strategy = forms.ChoiceField(
        choices=[(value, capfirst(SamplingStrategy(value).label)) for value in STRATEGY_TEXTS],
        initial=SamplingStrategy.BIAS_SEEKING,
        widget=forms.RadioSelect,
        label=_("Which comments"),
    )
    random_share = forms.IntegerField(
        min_value=10,
        max_value=100,
        initial=25,
        label=_("Of them at random, in %"),
        help_text=_("At least a tenth: it keeps the round's estimates honest."),
    )
    primary_measure = forms.ChoiceField(required=False, widget=forms.RadioSelect, label=_("What the next model must be better at"))
    panels = forms.ModelMultipleChoiceField(
        queryset=Panel.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Panels"),
        help_text=_("Who may answer. None chosen means everybody."),
    )
    guidelines = forms.CharField(
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        label=_("Guidelines"),
        help_text=_("In Markdown. Shown to annotators before and during their work; starts from the last round's."),
    )
    deadline = forms.DateField(
        required=False,
        validators=[require_still_to_come],
        widget=forms.DateInput(attrs={"type": "date"}),
        label=_("Deadline"),
        help_text=_("The day by which you would like to have the answers. Everybody sees it; the round stays open until you close it."),
    )

    # As they stand on the page, then the stream's: errors are listed in this order.
    field_order = ("name", "item_count", "overlap", "strategy", "guidelines", "primary_measure", "random_share", "deadline", "panels")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["panels"].queryset = project.panels.all()
        self.known_measures = {choice.name: choice for choice in primary_choices(project)}
        self.fields["primary_measure"].choices = [(choice.name, choice.label) for choice in self.known_measures.values()]
        self.is_being_measured = awaits_gate_measures(project)
        self.fields["primary_measure"].initial = "" if self.is_being_measured else proposed_primary(project)

    def measure_instead(self) -> tuple[str, str] | None:
        """(the usual measure, the one that is ticked) where gate cannot tell the usual one; their labels."""
        usual, ticked = self.known_measures[DEFAULT_PRIMARY_MEASURE], self.known_measures.get(str(self["primary_measure"].value()))
        return (usual.label, ticked.label) if usual.is_missing and ticked and ticked != usual else None

    def primary_measures(self) -> list[dict[str, Any]]:
        """Each choice with the sentence that explains it, for the template."""
        radios = [(radio, self.known_measures[str(radio.data["value"])]) for radio in self["primary_measure"]]
        return [{"radio": radio, "text": choice.sentence, "is_missing": choice.is_missing} for radio, choice in radios]

    def strategies(self, without_ensemble: bool) -> list[dict[str, Any]]:
        """Each choice with the sentence that explains it, for the template."""
        missing = {SamplingStrategy.DISAGREEMENT.value} if without_ensemble else set()
        radios = [(radio, radio.data["value"]) for radio in self["strategy"]]
        return [{"radio": radio, "text": STRATEGY_TEXTS[value], "is_missing": value in missing} for radio, value in radios]

    def clean_random_share(self) -> float:
        return self.cleaned_data["random_share"] / 100


class GateRoundForm(forms.Form):
    item_count = forms.IntegerField(
        min_value=1, max_value=10_000, initial=100, label=_("Comments"), help_text=_("Drawn at random from what nobody has met.")
    )
    overlap = forms.IntegerField(
        min_value=1, max_value=20, initial=2, label=_("Answers per comment"), help_text=_("Different experts who judge each comment.")
    )
    panels = forms.ModelMultipleChoiceField(
        queryset=Panel.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        label=_("Experts"),
        help_text=_("Only panels of experts may judge."),
        error_messages={"required": _("Choose at least one panel of experts.")},
    )
    guidelines = forms.CharField(
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        label=_("Guidelines"),
        help_text=_("Shown to experts before and during their work."),
    )

    def __init__(self, *args: Any, panels: list[Panel], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["panels"].queryset = Panel.objects.filter(pk__in=[panel.pk for panel in panels])
        self.fields["panels"].initial = [panel.pk for panel in panels]

    def clean_panels(self) -> list[Panel]:
        return list(self.cleaned_data["panels"])


class ExportForm(forms.Form):
    round = forms.ModelChoiceField(queryset=AnnotationRound.objects.none(), required=False, label=_("Round"), empty_label=_("All rounds"))
    format = forms.ChoiceField(
        choices=[("csv", _("CSV, for a spreadsheet")), ("jsonl", _("JSON Lines, for a program"))],
        initial="csv",
        widget=forms.RadioSelect,
        label=_("Format"),
    )

    def __init__(self, *args: Any, rounds: QuerySet[AnnotationRound], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["round"].queryset = rounds

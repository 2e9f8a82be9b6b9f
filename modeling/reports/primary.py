"""The measure that decides: which ones a round may choose, which of them gate can tell now, and why a cycle has the one that it has."""

from collections.abc import Sequence
from dataclasses import dataclass

from modeling.intake import rules_for
from modeling.labels import DEFAULT_PRIMARY_MEASURE, Split
from modeling.measure_texts import MeasureText, text_of
from modeling.models import Comment, Evaluation, FeedbackBatch, Project, RetrainingCycle
from modeling.primary_measures import PRIMARY_MEASURES


@dataclass(frozen=True)
class PrimaryChoice:
    """`is_missing`: as gate was measured last, it has no value of the version in use, so a cycle would stop before its verdict."""

    name: str
    label: str
    sentence: str
    is_missing: bool


@dataclass(frozen=True)
class DecidedBy:
    """`chosen_with`: whose labels brought the measure in; empty where no round did. `is_usual`: nobody chose any. `others`: what rounds that
    opened before asked for."""

    measure: MeasureText
    chosen_with: str
    is_usual: bool
    others: tuple[str, ...]

    @property
    def why(self) -> str:
        if self.is_usual:
            return "the usual one, as no round chose another"
        if not self.chosen_with:
            return "chosen with the request for this cycle"
        chosen = f"chosen when {self.chosen_with} opened"
        return f"{chosen}; rounds that opened before chose {', '.join(self.others)}, and the last to open counts" if self.others else chosen


def primary_choices(project: Project) -> tuple[PrimaryChoice, ...]:
    """Every measure that a round may choose, in the order in which they are offered."""
    missing = missing_on_gate(project)
    return tuple(PrimaryChoice(one.name, text_of(one.name).label, one.sentence, one.name in missing) for one in PRIMARY_MEASURES.values())


def proposed_primary(project: Project) -> str:
    """The first that gate can tell, as far as is known."""
    return next((choice.name for choice in primary_choices(project) if not choice.is_missing), DEFAULT_PRIMARY_MEASURE)


def awaits_gate_measures(project: Project) -> bool:
    """Whether the version in use has yet to be measured on gate, which has labelled comments: until then nobody knows what gate can tell."""
    if project.champion_id is None or Evaluation.objects.filter(version=project.champion_id, split=Split.GATE).exists():
        return False
    return Comment.objects.of(project).in_split(Split.GATE).labelled().exists()


def missing_on_gate(project: Project) -> frozenset[str]:
    """Measures that have no value, or none with an interval, for the version in use on gate. Empty before it was measured there."""
    rows = Evaluation.objects.filter(version=project.champion_id, split=Split.GATE, source="", month="", measure__in=PRIMARY_MEASURES)
    return frozenset(name for name, value, low in rows.values_list("measure", "value", "low") if value is None or low is None)


def decided_by(cycle: RetrainingCycle, batches: Sequence[FeedbackBatch]) -> DecidedBy:
    """`batches`: those of the cycle."""
    return _decided_by(cycle.gate_config.get("primary_measure", DEFAULT_PRIMARY_MEASURE), batches)


def would_decide(batches: Sequence[FeedbackBatch]) -> DecidedBy:
    """What a cycle on these labels would be decided by."""
    return _decided_by(rules_for(batches).primary_measure, batches)


def _decided_by(measure: str, batches: Sequence[FeedbackBatch]) -> DecidedBy:
    deciding, text = FeedbackBatch.deciding(batches), text_of(measure)
    if deciding is None or deciding.primary_measure != measure:
        return DecidedBy(text, chosen_with="", is_usual=deciding is None and measure == DEFAULT_PRIMARY_MEASURE, others=())
    others = dict.fromkeys(text_of(batch.primary_measure).label for batch in batches if batch.primary_measure not in ("", measure))
    return DecidedBy(text, deciding.provenance, is_usual=False, others=tuple(others))

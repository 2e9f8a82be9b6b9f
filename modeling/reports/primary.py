"""The measure that decides: which ones a round may choose, which of them gate can tell now, and why a cycle has the one that it has."""

from collections.abc import Sequence
from dataclasses import dataclass

from modeling.labels import DEFAULT_PRIMARY_MEASURE, Split
from modeling.measure_texts import MeasureText, text_of
from modeling.models import Evaluation, FeedbackBatch, Project, RetrainingCycle
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
    """`chosen_with`: whose labels brought the measure in; empty where the rules were given with the request. `others`: what older labels
    asked for."""

    measure: MeasureText
    chosen_with: str
    others: tuple[str, ...]

    @property
    def why(self) -> str:
        chosen = f"chosen when {self.chosen_with} opened" if self.chosen_with else "chosen with the request for this cycle"
        return f"{chosen}; earlier rounds chose {', '.join(self.others)}, and the newest counts" if self.others else chosen


def primary_choices(project: Project) -> tuple[PrimaryChoice, ...]:
    """Every measure that a round may choose, in the order in which they are offered."""
    missing = missing_on_gate(project)
    return tuple(PrimaryChoice(one.name, text_of(one.name).label, one.sentence, one.name in missing) for one in PRIMARY_MEASURES.values())


def proposed_primary(project: Project) -> str:
    """The first that gate can tell, as far as is known."""
    return next((choice.name for choice in primary_choices(project) if not choice.is_missing), DEFAULT_PRIMARY_MEASURE)


def missing_on_gate(project: Project) -> frozenset[str]:
    """Measures that have no value, or none with an interval, for the version in use on gate. Empty before it was measured there."""
    rows = Evaluation.objects.filter(version=project.champion_id, split=Split.GATE, source="", month="", measure__in=PRIMARY_MEASURES)
    return frozenset(name for name, value, low in rows.values_list("measure", "value", "low") if value is None or low is None)


def decided_by(cycle: RetrainingCycle, batches: Sequence[FeedbackBatch]) -> DecidedBy:
    """`batches`: those of the cycle, the oldest first."""
    return _decided_by(cycle.gate_config.get("primary_measure", DEFAULT_PRIMARY_MEASURE), batches)


def would_decide(batches: Sequence[FeedbackBatch]) -> DecidedBy:
    """What a cycle on these labels, the oldest first, would be decided by."""
    return _decided_by(batches[-1].primary_measure if batches else DEFAULT_PRIMARY_MEASURE, batches)


def _decided_by(measure: str, batches: Sequence[FeedbackBatch]) -> DecidedBy:
    newest = batches[-1] if batches else None
    others = dict.fromkeys(text_of(batch.primary_measure).label for batch in batches[:-1] if batch.primary_measure != measure)
    is_chosen = newest is not None and newest.primary_measure == measure
    return DecidedBy(text_of(measure), newest.provenance if newest and is_chosen else "", tuple(others))

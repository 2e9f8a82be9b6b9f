"""Cycles in the order in which they ran, with what was decided of each and what people's labels did: one line each."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from modeling.labels import Arm, Split
from modeling.measure_texts import MeasureText, text_of
from modeling.models import Difference, FeedbackBatch, Project, RetrainingCycle, VersionChange
from modeling.reports.figures import Figure
from modeling.reports.verdicts import short_verdict

HEAVY = ("live_losses", "training_config", *(f"{side}__{name}" for side in ("champion", "candidate") for name in ("loss_steps", "manifest")))


@dataclass(frozen=True)
class CycleLine:
    """`verdict` in a few words; empty until it is decided. `effect`: real - echo on the measure that decides, on gate. `is_overridden`:
    promoted against the gate. `is_simulated`: scripted annotators gave labels that it trained on."""

    cycle: RetrainingCycle
    verdict: str
    measure: MeasureText | None
    effect: Figure | None
    is_overridden: bool
    is_simulated: bool


def cycle_history(project: Project, *, first: str = "", last: str = "", most: int = 24) -> list[CycleLine]:
    """The newest `most` that were asked for in these months (`YYYY-MM`; empty: no bound), oldest first; three queries."""
    cycles = project.cycles.select_related("champion", "candidate").defer(*HEAVY).order_by("-number")
    if first:
        cycles = cycles.filter(requested_at__date__gte=f"{first}-01")
    if last:
        cycles = cycles.filter(requested_at__year__lte=int(last[:4])).exclude(requested_at__year=int(last[:4]), requested_at__month__gt=int(last[5:]))
    scripted = FeedbackBatch.objects.filter(cycles=OuterRef("pk"), simulated=True)
    found = list(reversed(cycles.annotate(is_simulated=Exists(scripted))[:most]))
    effects = _effects(found)
    overridden = set(VersionChange.objects.filter(cycle__in=found, kind=VersionChange.Kind.OVERRIDDEN).values_list("cycle", flat=True))
    return [_line(cycle, effects, cycle.pk in overridden) for cycle in found]


def _effects(cycles: list[RetrainingCycle]) -> dict[tuple[int, str], Figure]:
    sides = {"version__arm": Arm.REAL, "against__arm": Arm.ECHO}
    measures = {_measure(cycle) for cycle in cycles}
    rows = Difference.objects.filter(cycle__in=cycles, split=Split.GATE, subgroup="", measure__in=measures, **sides)
    return {(row.cycle_id, row.measure): Figure.of(row) for row in rows}


def _measure(cycle: RetrainingCycle) -> str:
    return cycle.decision.get("primary", {}).get("measure", "")


def _line(cycle: RetrainingCycle, effects: dict[tuple[int, str], Figure], is_overridden: bool) -> CycleLine:
    measure = _measure(cycle)
    text = text_of(measure) if measure else None
    return CycleLine(cycle, short_verdict(cycle.decision), text, effects.get((cycle.pk, measure)), is_overridden, cycle.is_simulated)  # type: ignore[attr-defined]  # annotated

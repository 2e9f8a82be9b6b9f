"""The verdict of a cycle, put together from stored rows: what the gate decided, before and after, arms, subgroups."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modeling.labels import CYCLE_ARMS, JUDGED_SPLITS, Arm, Split
from modeling.measure_texts import OVERALL_TEXTS, MeasureText, text_of
from modeling.models import Difference, ModelVersion, RetrainingCycle
from modeling.reports.cycle_measures import MeasuredRow, Sides, measured_rows, pk_of
from modeling.reports.cycle_subgroups import SubgroupAxis, subgroup_axes
from modeling.reports.figures import Figure, direction
from modeling.reports.probes import ProbeTable, probe_table
from modeling.reports.verdicts import plain_verdict, unjudged_subgroups

ANSWERS: dict[bool | None, str] = {True: "passed", False: "not passed", None: "cannot_tell"}
OTHER_ARMS: tuple[Arm, ...] = (Arm.ECHO, Arm.PLACEBO, Arm.NONE)


@dataclass(frozen=True)
class Effect:
    """What people's labels did: candidate minus the arm with the champion's own labels, on the primary measure.

    `noise` is placebo minus echo: how far shuffled labels alone move it. Shuffled within predicted level and mention they keep what people
    said of each such kind of comment on average, so a bias against all that mentions somebody shows in it too.
    """

    measure: MeasureText
    split: str
    figure: Figure
    direction: str
    noise: Figure | None


@dataclass(frozen=True)
class MeasureRow:
    """One overall measure, before and after. `state`: passed, not passed, cannot_tell, or empty where the gate does not ask."""

    measure: MeasureText
    champion: Figure | None
    candidate: Figure | None
    difference: Figure | None
    arms: tuple[tuple[str, Figure | None], ...]
    margin: float | None
    is_primary: bool
    state: str
    direction: str
    said: str
    """The answer in words, as the gate's rule reads for this measure; where it does not ask, what the interval says."""


@dataclass(frozen=True)
class SplitReport:
    """Before and after on one split. Only the gate split decides; test is what is reported.

    `asked`: the measures that the gate asks about, the primary one first; `others`: the rest.
    """

    split: str
    decides: bool
    n: int
    asked: tuple[MeasureRow, ...]
    others: tuple[MeasureRow, ...]
    axes: tuple[SubgroupAxis, ...]


@dataclass(frozen=True)
class CycleReport:
    """`reasons`: why it is held and what would settle it; empty when eligible. `notes`: what could not be told, and decided nothing."""

    is_eligible: bool
    sentence: str
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    n: int
    alpha: float | None
    primary: MeasureText | None
    unjudged: tuple[tuple[str, int, int], ...]
    """(subgroup, toxic, non-toxic comments)"""
    has_controls: bool
    effect: Effect | None
    splits: tuple[SplitReport, ...]
    probes: ProbeTable
    """Champion and candidate on sentences of ours, which belong to no split; it decides nothing."""


def cycle_report(cycle: RetrainingCycle) -> CycleReport:
    """Everything that the verdict page and the API show of a decided cycle; at most six queries, whatever the cycle's size."""
    decision = cycle.decision
    sides = _sides(cycle)
    measured = measured_rows(cycle, sides)
    differences = list(Difference.objects.filter(cycle=cycle))
    primary = decision.get("primary", {})
    overall = {(row.version_id, row.against_id, row.split, row.measure): Figure.of(row) for row in differences if not row.subgroup}
    return CycleReport(
        is_eligible=bool(decision.get("eligible")),
        sentence=plain_verdict(decision, str(cycle.candidate or "The candidate"), str(cycle.champion)),
        reasons=tuple(decision.get("reasons", ())),
        notes=tuple(decision.get("notes", ())),
        n=decision.get("n", 0),
        alpha=primary.get("alpha"),
        primary=text_of(primary["measure"]) if primary else None,
        unjudged=unjudged_subgroups(decision),
        has_controls=any(arm in sides for arm in OTHER_ARMS),
        effect=_effect(primary.get("measure", ""), sides, overall),
        splits=tuple(_split_report(cycle, split, sides, measured, overall, differences) for split in JUDGED_SPLITS),
        probes=_probes(cycle),
    )


def _probes(cycle: RetrainingCycle) -> ProbeTable:
    candidate = {f"Candidate {cycle.candidate}": cycle.candidate.pk} if cycle.candidate else {}
    return probe_table({f"Champion {cycle.champion}": cycle.champion_id, **candidate})


def _sides(cycle: RetrainingCycle) -> dict[str, ModelVersion]:
    trained = {version.arm: version for version in cycle.versions.only("cycle", "number", "arm")}
    return {"champion": cycle.champion, **{str(arm): trained[arm] for arm in CYCLE_ARMS if arm in trained}}


def _effect(measure: str, sides: Sides, overall: Mapping[tuple[int, int, str, str], Figure]) -> Effect | None:
    """On the gate split, where the primary measure is judged; None when the arms were not compared."""
    real, echo, placebo = (pk_of(sides, arm) for arm in (Arm.REAL, Arm.ECHO, Arm.PLACEBO))
    figure = overall.get((real, echo, Split.GATE, measure))
    if figure is None:
        return None
    text = text_of(measure)
    towards = direction(figure, higher_is_better=text.higher_is_better)
    return Effect(text, Split.GATE, figure, towards, noise=overall.get((placebo, echo, Split.GATE, measure)))


def _split_report(
    cycle: RetrainingCycle,
    split: Split,
    sides: Sides,
    measured: Sequence[MeasuredRow],
    overall: Mapping[tuple[int, int, str, str], Figure],
    differences: list[Difference],
) -> SplitReport:
    decides = split == Split.GATE
    asked = _asked(cycle.decision)
    figures = {(row.side, row.measure): row.figure for row in measured if row.split == split and not row.subgroup}
    measures = {measure for _, measure in figures}

    def rows(names: Iterable[str]) -> tuple[MeasureRow, ...]:
        pair = (pk_of(sides, Arm.REAL), pk_of(sides, "champion"), split)
        answers = asked if decides else {}
        known = [name for name in names if name in measures]
        return tuple(_measure_row(name, figures, overall.get((*pair, name)), answers.get(name, {})) for name in known)

    first, rest = rows(asked), rows(name for name in OVERALL_TEXTS if name not in asked)
    counted = [row.champion.n for row in (*first, *rest) if row.champion]
    return SplitReport(split, decides, max(counted, default=0), first, rest, subgroup_axes(cycle, split, sides, measured, differences))


def _asked(decision: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What the gate asked of overall measures, the primary one first."""
    primary = decision.get("primary")
    asked = {primary["measure"]: {**primary, "is_primary": True}} if primary else {}
    return {**asked, **{check["measure"]: check for check in decision.get("checks", ())}}


def _measure_row(name: str, figures: Mapping[tuple[str, str], Figure], difference: Figure | None, asked: Mapping[str, Any]) -> MeasureRow:
    text = text_of(name)
    if difference and asked.get("low_95") is not None:
        # The gate's own interval, so that the sentence and the table agree.
        difference = Figure(asked["difference"], asked["low_95"], asked["high_95"], difference.n)
    towards = direction(difference, higher_is_better=text.higher_is_better)
    is_primary, passed = bool(asked.get("is_primary")), asked.get("passed")
    return MeasureRow(
        measure=text,
        champion=figures.get(("champion", name)),
        candidate=figures.get((Arm.REAL, name)),
        difference=difference,
        arms=tuple((arm, figures[arm, name]) for arm in OTHER_ARMS if (arm, name) in figures),
        margin=asked.get("margin"),
        is_primary=is_primary,
        state=ANSWERS[passed] if asked else "",
        direction=towards,
        said=_said(towards, is_primary, passed) if asked else towards,
    )


def _said(towards: str, is_primary: bool, passed: bool | None) -> str:
    if passed is None:
        return "not enough data"
    if is_primary:
        return "shown to be better" if passed else "not shown to be better"
    if not passed:
        return "may be worse by more than the margin"
    return {"better": "better", "worse": "worse, but within the margin"}.get(towards, "no worse than the margin")

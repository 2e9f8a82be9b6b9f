"""Sum up what people did, round by round and month by month: when a round closes, and in the background while it is open."""

import time
from collections import defaultdict
from dataclasses import asdict
from math import isfinite
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery

from feedback.crowd.tally import QUESTIONS, Tally, agreement_of, total
from feedback.models import Annotation, AnnotationRound, Joining, MonthSummary, RoundSummary
from feedback.pipeline.read_round import EVERYBODY, Months, read_round
from feedback.pipeline.reassign import panels_kept
from modeling.models import Project

SLICE_SECONDS = 30.0
"""After so long other jobs have their turn."""

MonthKey = tuple[str, int | None, bool, bool]
"""Month, panel, whether scripted, whether open rounds count."""


def summarise_rounds(*, project: Project | None = None, anew: bool = False, seconds: float = float("inf")) -> int:
    """Bring up to date what is out of date, or `anew` all; when the time is up, the next call goes on. Again, it does nothing. Returns how many
    rounds were read. First those never summed up, then what was longest ago: a busy round, due each time, holds up no other."""
    made_at = RoundSummary.objects.filter(round=OuterRef("pk"), panel=EVERYBODY).values("made_at")
    rounds = may_be_summed_up().select_related("project").alias(made_at=Subquery(made_at)).order_by(F("made_at").asc(nulls_first=True), "pk")
    wanted = [round for round in (rounds if project is None else rounds.filter(project=project)) if anew or _is_due(round)]
    until = time.monotonic() + seconds
    for done, round in enumerate(wanted, start=1):
        summarise_round(round)
        if time.monotonic() >= until:
            return done
    return len(wanted)


def summarise_round(round: AnnotationRound) -> None:
    """Read all its answers once, then write its rows and those of the months that they fall into. Nothing of a gate round that was opened again."""
    standing = may_be_summed_up().filter(pk=round.pk).first()
    if standing is not None:
        _write(standing, _source(standing), read_round(standing))


def forget_round(round: AnnotationRound) -> None:
    """When it is opened again: figures of an open gate round are nobody's to know. In the caller's transaction, which holds the project."""
    _summarise_months(round.project, _forget(round))


def _write(round: AnnotationRound, source: str, found: dict[int | None, Months]) -> None:
    with transaction.atomic():
        project = Project.objects.select_for_update(no_key=True).get(pk=round.project_id)
        if AnnotationRound.objects.filter(pk=round.pk, state=round.state, batch=round.batch_id).exists():  # else: closed or opened again meanwhile
            months = _forget(round) | {month for of_panel in found.values() for month in of_panel}
            RoundSummary.objects.bulk_create(_rows(round, found, source))
            _summarise_months(project, months)


def _forget(round: AnnotationRound) -> set[str]:
    """The months that it fell into."""
    rows = RoundSummary.objects.filter(round=round)
    months = {month for row in rows for month in row.months}
    rows.delete()
    return months


def may_be_summed_up() -> QuerySet[AnnotationRound]:
    """Nothing of an open gate round: whoever answers it would know what others say."""
    state = AnnotationRound.State
    return AnnotationRound.objects.filter(Q(state=state.CLOSED) | Q(state=state.OPEN, kind=AnnotationRound.Kind.POOL))


def _is_due(round: AnnotationRound) -> bool:
    """A closed round's answers change no more: only how they were joined, or that it was opened again."""
    last = RoundSummary.objects.filter(round=round, panel=EVERYBODY).values_list("source", flat=True).first()
    if last is None:
        return Annotation.of_any_purpose.filter(item__round=round).exists()
    if round.state == AnnotationRound.State.OPEN:
        return last != _source(round)
    return not last.endswith(_standing(round))


def _source(round: AnnotationRound) -> str:
    answers = Annotation.of_any_purpose.filter(item__round=round).aggregate(count=Count("pk"), newest=Max("pk"))
    return f"{answers['count']} answers to {answers['newest']}{_standing(round)}"


def _standing(round: AnnotationRound) -> str:
    """With how it is counted: what was counted in another way is read again."""
    who = "scripted" if round.simulated else "people"
    return f"; {round.state}, batch {round.batch_id}, {who}, blind {round.blind_share:g} by round"


def _rows(round: AnnotationRound, found: dict[int | None, Months], source: str) -> list[RoundSummary]:
    frozen, people = _frozen_agreement(round), _people(round)
    return [
        RoundSummary(
            round=round,
            panel_id=panel,
            months=months,
            agreement=frozen.get(panel) or _agreement(total(months.values())),
            people=people.get(panel, 0),
            source=source,
        )
        for panel, months in found.items()
    ]


def _people(round: AnnotationRound) -> dict[int | None, int]:
    kept, of_panel = panels_kept(round.pk), defaultdict(set)
    for who, panel in Annotation.objects.filter(item__round=round).order_by().values_list("annotator", "annotator__panel").distinct():
        for place in (EVERYBODY, kept.get(who, panel)):
            of_panel[place].add(who)
    return {panel: len(who) for panel, who in of_panel.items()}


def _frozen_agreement(round: AnnotationRound) -> dict[int | None, dict[str, Any]]:
    """As the round's own page shows it: of independent voices, worked out when its answers were joined."""
    found: dict[int | None, dict[str, Any]] = defaultdict(dict)
    joining = Joining.objects.filter(round=round).first()
    for row in joining.agreement if joining else ():
        if row["question"] in QUESTIONS:
            found[row["panel"]][row["question"]] = {name: value for name, value in row.items() if name not in ("panel", "question")}
    return dict(found)


def _agreement(tally: Tally) -> dict[str, Any]:
    return {question: _plain(asdict(agreement_of(tally, question))) for question in QUESTIONS}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """As JSON has it: what is not a number is null."""
    return {name: None if isinstance(value, float) and not isfinite(value) else value for name, value in values.items()}


def _summarise_months(project: Project, months: set[str]) -> None:
    """From the rows of its rounds alone."""
    parts: dict[MonthKey, list[tuple[int, Tally]]] = defaultdict(list)
    rows = RoundSummary.objects.filter(round__project=project).select_related("round").order_by("round__number")
    for row in rows.only("panel", "months", "round__number", "round__state", "round__simulated"):
        for month in months & row.months.keys():
            for with_open in (True, False) if row.round.state == AnnotationRound.State.CLOSED else (True,):
                parts[month, row.panel_id, row.round.simulated, with_open].append((row.round.number, row.months[month]))
    sums: dict[tuple[str, int | None, tuple[int, ...]], tuple[Tally, dict[str, Any]]] = {}
    MonthSummary.objects.filter(project=project, month__in=months).delete()
    MonthSummary.objects.bulk_create(_month(project, key, found, sums) for key, found in parts.items())


def _month(project: Project, key: MonthKey, found: list[tuple[int, Tally]], sums: dict[Any, tuple[Tally, dict[str, Any]]]) -> MonthSummary:
    """`sums`: what was worked out already. With open rounds and without is mostly the same."""
    month, panel, simulated, with_open = key
    numbers = tuple(number for number, _ in found)
    if (month, panel, numbers) not in sums:
        tally = total(tally for _, tally in found)
        sums[month, panel, numbers] = tally, _agreement(tally)
    tally, agreement = sums[month, panel, numbers]
    own = {"month": month, "panel_id": panel, "simulated": simulated, "with_open": with_open}
    return MonthSummary(project=project, rounds=list(numbers), tally=tally, agreement=agreement, **own)

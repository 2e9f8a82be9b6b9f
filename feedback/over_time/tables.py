"""The tables of the page as files: CSV, one row per round or month (and panel, and type)."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping

from feedback.over_time.report import OverTime, PeriodRow
from feedback.pipeline.export import cell
from modeling.reports import Figure

Cells = list[object]
INTERVAL = ("value", "low", "high", "n")
PERIOD = ("period", "rounds", "simulated", "open")


def csv_of(table: str, found: OverTime, marks: Mapping[str, bool]) -> str:
    """`marks`: what is simulated about the project, on each row that says nothing of it for itself. Raises KeyError: no such table."""
    header, rows_of = TABLES[table]
    more = {name: value for name, value in marks.items() if name not in header}
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([*header, *more])
    writer.writerows([cell(one) for one in (*row, *more.values())] for row in rows_of(found))
    return buffer.getvalue()


def _bias(found: OverTime) -> Iterator[Cells]:
    for row in found.rows:
        for one in row.types:
            yield [*_period(row, found), one.name, row.judged, *_plain(one.reported)[:3], *_plain(one.confirmed)[:3]]


def _subgroups(found: OverTime) -> Iterator[Cells]:
    for one in found.subgroups:
        yield [one.name, found.chosen.scripted, one.reported.n, *_plain(one.reported)[:3], *_plain(one.confirmed)[:3]]


def _agreement(found: OverTime) -> Iterator[Cells]:
    for row in found.rows:
        for one in row.agreement:
            yield [*_period(row, found), one.panel, one.question, *_plain(one.alpha)[:3], *_plain(one.ac1)]


def _cost(found: OverTime) -> Iterator[Cells]:
    for row in found.rows:
        cost = row.cost
        counts = [cost.answers, cost.checks, cost.labels, cost.confirmed, cost.minutes]
        yield [*_period(row, found), *counts, *_plain(cost.seconds), *_plain(cost.per_label)[:3], *_plain(cost.per_confirmed)[:3]]


def _following(found: OverTime) -> Iterator[Cells]:
    for row in found.rows:
        one = row.following
        shares = [part for share in (one.moved, one.agree_blind, one.agree_shown) for part in (share.value, share.low, share.high, share.n)]
        yield [*_period(row, found), *shares, one.pull.value, one.pull.low, one.pull.high]


def _cycles(found: OverTime) -> Iterator[Cells]:
    for line in found.cycles:
        cycle, effect = line.cycle, line.effect or Figure(None, None, None, 0)
        measure = line.measure.name if line.measure else ""
        yield [
            cycle.number,
            line.is_simulated,
            cycle.requested_at.isoformat(),
            cycle.state,
            line.verdict,
            line.is_overridden,
            measure,
            *_plain(effect),
        ]


def _events(found: OverTime) -> Iterator[Cells]:
    for event in found.events:
        yield [event.at.isoformat(), event.text]


def _period(row: PeriodRow, found: OverTime) -> Cells:
    period = row.period
    return [period.key, ";".join(map(str, period.rounds)), found.chosen.scripted, period.is_open]


def _plain(figure: Figure) -> Cells:
    return [figure.value, figure.low, figure.high, figure.n]


def _columns(*names: str, n: bool = False) -> tuple[str, ...]:
    return tuple(f"{name}_{part}" for name in names for part in (INTERVAL if n else INTERVAL[:3]))


TABLES: dict[str, tuple[tuple[str, ...], Callable[[OverTime], Iterator[Cells]]]] = {
    "bias": ((*PERIOD, "bias", "judged", *_columns("reported", "confirmed")), _bias),
    "subgroups": (("subgroup", "simulated", "judged", *_columns("reported", "confirmed")), _subgroups),
    "agreement": ((*PERIOD, "panel", "question", *_columns("alpha"), *_columns("ac1", n=True)), _agreement),
    "cost": (
        (
            *(*PERIOD, "answers", "checks", "labels", "confirmed", "minutes"),
            *_columns("seconds", n=True),
            *_columns("minutes_per_label", "minutes_per_confirmed"),
        ),
        _cost,
    ),
    "following": ((*PERIOD, *_columns("moved", "as_model_blind", "as_model_shown", n=True), *_columns("difference")), _following),
    "cycles": (("cycle", "simulated", "asked_for", "state", "verdict", "against_the_gate", "measure", *_columns("real_minus_echo", n=True)), _cycles),
    "events": (("at", "what"), _events),
}
"""Name in the address -> its columns, and its rows."""

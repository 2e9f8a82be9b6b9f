"""Every figure of a monthly report, as plain data: what its page is made of, and what stands in the archive beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from modeling.in_use import changes_of, first_of, first_of_next, in_use_at_end_of
from modeling.labels import Split
from modeling.measure_texts import text_of
from modeling.models import Evaluation, ModelVersion, Project, SubgroupScore, VersionChange, WorkState
from modeling.names import subgroup_name
from modeling.reports.cycle_subgroups import SUBGROUP_COLUMNS
from modeling.reports.dashboard import BIAS, PERFORMANCE
from modeling.reports.events import change_event, month_marks
from modeling.reports.monthly_shares import reported_biases, shares_on_words
from modeling.reports.simulated import what_is_simulated
from modeling.reports.trends import BeforeAfterRow, BeforeAfterTable, TrendRow, made_up_data

SHOWN = (*PERFORMANCE, *BIAS, "jigsaw_score", "mean_kl_to_uniform", "ece")
TREND_FIGURES = ("slope", "low", "high", "slope_p", "slope_p_holm", "n", "month_count", "last_month", "tau", "p", "p_holm")
TREND_FIGURES += ("change_month", "change_p", "change_p_holm", "pettitt_p", "pettitt_p_holm")
MOST_MONTHS = 24
Data = dict[str, Any]


@dataclass(frozen=True)
class ReportTrends:
    """Of what was in use, and of the version of the report, up to its month; and what changed in that month."""

    in_use: tuple[TrendRow, ...]
    of_version: tuple[TrendRow, ...]
    tables: tuple[BeforeAfterTable, ...]


def monthly_data(*, project: Project, month: str, trends: ReportTrends) -> Data:
    """`month`: YYYY-MM. Only what stands in rows, or was made for this report; a value without enough comments is None."""
    changes = changes_of(project)
    used = in_use_at_end_of(month, changes)
    version = used or project.champion
    series, basis = _series(project, changes, version, month)
    return {
        "project": {"name": project.name, "slug": project.slug},
        "month": month,
        "is_over": first_of_next(month) <= timezone.now(),
        "version": str(version) if version else None,
        "was_in_use": used is not None,
        "made_up": list(made_up_data(project)),
        **what_is_simulated(project),
        "events": _events(project, changes, month),
        "cycles": _cycles(project, month),
        "labels": _labels(project, month),
        "basis": basis,
        "series": series,
        "marks": month_marks(list(map(change_event, changes)), sorted({row["month"] for row in series})),
        "trends_in_use": [_trend(row) for row in trends.in_use],
        "trends_of_version": [_trend(row) for row in trends.of_version],
        "changes": [{"name": _name(table.change), "rows": [_before_after(row) for row in table.rows]} for table in trends.tables],
        "subgroups": _subgroups(version) if version else [],
        "biases": reported_biases(project, month),
        "dynamics": shares_on_words(version) if version else [],
    }


def data_rows(data: Data) -> list[Data]:
    """All figures of one report as flat rows, for a table in a file."""
    rows = [{"section": "series", **row} for row in data["series"]]
    for section in ("trends_in_use", "trends_of_version"):
        rows += [{"section": section, **row, "value": row["slope"]} for row in data[section]]
    rows += [
        {"section": "changes", "change": change["name"], **row, "value": row["difference"]} for change in data["changes"] for row in change["rows"]
    ]
    # Reports that were made before these were told of have none.
    rows += [{"section": "biases", "month": data["month"], "measure": row["bias"] or "any", **row} for row in data.get("biases", [])]
    rows += [{"section": "dynamics", "version": data["version"], "subgroup": row["subject"], **row} for row in data.get("dynamics", [])]
    return rows + [{"section": "subgroups", "subgroup": row["subgroup"], **cell} for row in data["subgroups"] for cell in row["cells"]]


def _series(project: Project, changes: Sequence[VersionChange], version: ModelVersion | None, month: str) -> tuple[list[Data], str]:
    """Values on audit by month. By what was in use at each month's end; where that is no two months, by the version of the report."""
    rows = Evaluation.objects.filter(version__project=project, split=Split.AUDIT, source="", measure__in=SHOWN, month__gt="", month__lte=month)
    by_cell = {(row.version_id, row.month, row.measure): row for row in rows.filter(version__in={change.version_id for change in changes})}
    months = sorted({at for _version, at, _measure in by_cell})[-MOST_MONTHS:]
    in_use = {at: used for at in months if (used := in_use_at_end_of(at, changes))}
    basis = "in_use" if len(in_use) > 1 else "version"
    wanted = in_use if basis == "in_use" else {at: version for at in months if version}
    cells = [(at, used, by_cell.get((used.pk, at, name))) for at, used in wanted.items() for name in SHOWN]
    return [_value(row, month=at, version=str(used), measure=row.measure) for at, used, row in cells if row], basis


def _value(row: Any, **named: Any) -> Data:
    return {**named, "label": text_of(row.measure).label, "value": row.value, "low": row.low, "high": row.high, "n": row.n}


def _trend(found: TrendRow) -> Data:
    row = found.row
    figures = {name: getattr(row, name) for name in TREND_FIGURES}
    return {"measure": row.measure, "label": found.text.label, **figures, "reading": found.reading, "step": found.step}


def _before_after(found: BeforeAfterRow) -> Data:
    row = found.row
    names = ("before", "after", "difference", "low", "high", "n", "unit", "units", "test", "p", "p_holm")
    shown = {"shown": [found.before, found.after, found.percent, found.difference, found.low, found.high, found.p, found.p_holm]}
    return {"measure": row.measure, "label": found.text.label, **{name: getattr(row, name) for name in names}, "reading": found.reading, **shown}


def _subgroups(version: ModelVersion) -> list[Data]:
    """On test, all months together: a month of audit has too few comments of most subgroups."""
    found: dict[str, list[Data]] = {}
    scores = SubgroupScore.objects.filter(version=version, split=Split.TEST, measure__in=SUBGROUP_COLUMNS)
    by_cell = {(score.subgroup, score.measure): score for score in scores}
    for subgroup in sorted({name for name, _measure in by_cell}):
        cells = [by_cell[subgroup, measure] for measure in SUBGROUP_COLUMNS if (subgroup, measure) in by_cell]
        found[subgroup] = [_value(row, measure=row.measure) for row in cells]
    return [{"subgroup": subgroup, "name": subgroup_name(subgroup), "cells": cells} for subgroup, cells in found.items()]


def _events(project: Project, changes: Sequence[VersionChange], month: str) -> list[Data]:
    """What may have moved a figure: changes of the version in use, and imports."""
    moved = [{"at": change.at, "text": f"{_name(change)}. {change.reason}".strip()} for change in changes if is_in(month, change)]
    imported = project.datasets.filter(state=WorkState.DONE, finished_at__gte=first_of(month), finished_at__lt=first_of_next(month))
    said = _("Imported: %(name)s, %(count)s comments")
    moved += [{"at": dataset.finished_at, "text": said % {"name": dataset.name, "count": f"{dataset.row_count:,}"}} for dataset in imported]
    return [{"at": event["at"].isoformat(), "text": event["text"]} for event in sorted(moved, key=lambda event: event["at"])]


def _cycles(project: Project, month: str) -> list[Data]:
    decided = project.cycles.filter(decided_at__gte=first_of(month), decided_at__lt=first_of_next(month)).order_by("number")
    return [
        {
            "number": cycle.number,
            "state": cycle.state,
            "lane": cycle.lane,
            "provenance": cycle.provenance,
            "reasons": cycle.decision.get("reasons", []),
        }
        for cycle in decided.defer("live_losses", "training_config").order_by("number")
    ]


def _labels(project: Project, month: str) -> list[Data]:
    batches = project.feedback_batches.filter(created_at__gte=first_of(month), created_at__lt=first_of_next(month)).annotate(count=Count("labels"))
    return [
        {"provenance": batch.provenance, "annotations": batch.annotation_count, "labels": batch.count, "simulated": batch.simulated}
        for batch in batches.order_by("pk")
    ]


def _name(change: VersionChange) -> str:
    words = {
        "version": change.version,
        "previous": change.previous,
        "kind": change.get_kind_display().lower(),
        "day": date_format(change.at, "j M Y"),
    }
    return (_("%(version)s after %(previous)s: %(kind)s on %(day)s") if change.previous else _("%(version)s: %(kind)s on %(day)s")) % words


def is_in(month: str, change: VersionChange) -> bool:
    return first_of(month) <= change.at < first_of_next(month)

"""The rows behind the page of social dynamics, as they are downloaded."""

from collections.abc import Iterable
from typing import Any

from modeling.reports.co_mentions import MentionRow
from modeling.reports.dynamics import Dynamics, PlaceRow, Share, SubjectRow
from modeling.reports.sheets import Sheet, named, values_of


def dynamics_sheets(shown: Dynamics) -> dict[str, Sheet]:
    """By the name that stands in the address."""
    about = {"engine": shown.chosen.engine}
    own = {**about, "version": str(shown.focus), "subject": shown.chosen.subject}
    return {
        shown.by_version.key: [{**about, **row} for row in _by_version(shown)],
        shown.by_month.key: [{**own, **row} for row in shown.by_month.data],
        "subjects": [{**about, "version": str(shown.focus), **_subject(row)} for row in shown.subjects if row.share],
        "thread": [{**own, **row} for row in _places(shown.threads)],
        "dataset": [{**own, **row} for row in _places(shown.datasets)],
        "mentions": [{"version": str(shown.focus), "subgroup": row.first, **_mention(row)} for row in shown.network.nodes],
        shown.network.chart.key: [
            {"version": str(shown.focus), "first": row.first, "second": row.second, **_pair(row)} for row in shown.network.edges
        ],
    }


def _by_version(shown: Dynamics) -> Iterable[dict[str, Any]]:
    for row in shown.subjects:
        for version, cell in zip(shown.versions, row.cells, strict=True):
            if cell:
                yield {"version": str(version), "subject": row.subject, **_share(cell)}


def _subject(row: SubjectRow) -> dict[str, Any]:
    return {"subject": row.subject, **(_share(row.share) if row.share else {}), **named("change", row.change)}


def _places(rows: Iterable[PlaceRow]) -> Iterable[dict[str, Any]]:
    return ({"place": row.place, "name": row.name, **_share(row.share)} for row in rows)


def _share(share: Share) -> dict[str, Any]:
    return {**values_of(share.figure), "originals": share.families, **named("chance", share.chance)}


def _mention(row: MentionRow) -> dict[str, Any]:
    return {**named("score", row.score), **named("flagged", row.flag_rate)}


def _pair(row: MentionRow) -> dict[str, Any]:
    return {**named("lift", row.lift), **_mention(row)}

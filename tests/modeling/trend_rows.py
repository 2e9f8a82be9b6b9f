"""Trends and a before/after table as rows, as the worker leaves them: no prediction is read for them."""

from datetime import UTC, datetime
from typing import Any

from modeling.models import BeforeAfter, ModelVersion, Project, Trend, VersionChange
from tests.factories import make_version

MEASURES = ("accuracy", "macro_f1", "mean_kl_to_uniform", "fpr_gap")


def trend(project: Project, version: ModelVersion | None, measure: str = "accuracy", **fields: Any) -> Trend:
    values = {"slope": 0.018, "low": 0.009, "high": 0.027, "n": 4_000, "month_count": 6, "first_month": "2026-03", "last_month": "2026-08"}
    tests = {"tau": 0.87, "p": 0.0167, "change_month": "2026-06", "change_p": 0.0004, "pettitt_p": 0.1, "slope_p": 0.002}
    tests |= {"slope_p_holm": 0.006, "p_holm": 0.05, "change_p_holm": 0.0008, "pettitt_p_holm": 0.3}
    return Trend.objects.create(project=project, version=version, measure=measure, **{**values, **tests, **fields})


def before_after(change: VersionChange, measure: str = "accuracy", **fields: Any) -> BeforeAfter:
    values = {"before": 0.925, "after": 0.943, "difference": 0.018, "low": 0.009, "high": 0.027, "n": 4_000, "unit": "comment", "units": 4_000}
    tests = {"test": "McNemar (mid-p)", "p": 0.0002, "p_holm": 0.0016}
    return BeforeAfter.objects.create(change=change, measure=measure, **{**values, **tests, **fields})


NOTHING = {"slope": None, "low": None, "high": None, "tau": None, "p": None, "change_month": "", "change_p": None, "pettitt_p": None}
NOTHING |= dict.fromkeys(("slope_p", "slope_p_holm", "p_holm", "change_p_holm", "pettitt_p_holm"))
NO_ROW = {"before": None, "after": None, "difference": None, "low": None, "high": None, "test": "", "p": None, "p_holm": None}


def make_trended(project: Project) -> VersionChange:
    """Two versions that were in use, with all their rows; false alarms have too few comments."""
    versions = [make_version(project, champion=True) for _ in range(2)]
    project.version_changes.filter(version=versions[1]).update(kind="promoted", at=datetime(2026, 6, 3, tzinfo=UTC))
    add_trends(project)
    return project.version_changes.get(version=versions[1])


def add_trends(project: Project) -> None:
    """To the newest change of the version in use, and the two versions of it."""
    change = project.version_changes.exclude(previous=None).first()
    for measure in MEASURES:
        few = {"n": 40, "month_count": 2, **NOTHING} if measure == "fpr_gap" else {}
        for version in (None, change.previous, change.version):
            trend(project, version, measure, **few)
        before_after(change, measure, **({"n": 40, **NO_ROW} if measure == "fpr_gap" else {}))

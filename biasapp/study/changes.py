"""When a study's versions came into use: in the months that are replayed, as its rounds and answers do."""

from datetime import timedelta
from typing import TYPE_CHECKING

from modeling.in_use import first_of, first_of_next
from modeling.models import Project, RetrainingCycle, VersionChange

if TYPE_CHECKING:
    from django.db.models import QuerySet

_LAST = timedelta(seconds=1)
BY_STUDY = (VersionChange.Kind.INSTALLED, VersionChange.Kind.PROMOTED)
"""What somebody rolls back or overrides in the study's project, they do when they do it."""


def date_first_version(project: Project, month: str) -> None:
    """It is in use when the first month begins."""
    _changes(project, None).update(at=first_of(month))


def date_promotion(cycle: RetrainingCycle, month: str) -> None:
    """At the end of the cycle's month, so that the month is the new version's on dashboards; without a promotion there is nothing to date.

    The time of the change alone is set, and in the study's own project: the ledger keeps when it was made in truth.
    """
    _changes(cycle.project, cycle).update(at=first_of_next(month) - _LAST)


def _changes(project: Project, cycle: RetrainingCycle | None) -> "QuerySet[VersionChange]":
    return project.version_changes.filter(cycle=cycle, kind__in=BY_STUDY)

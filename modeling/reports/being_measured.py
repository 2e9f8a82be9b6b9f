"""The version that has just come into use and of which the worker has not told everything yet."""

from django.db.models import Exists, OuterRef, QuerySet

from modeling.models import Project, ScoringRun, VersionChange, WorkState


def with_measuring(changes: QuerySet[VersionChange]) -> QuerySet[VersionChange]:
    """Each with `is_being_measured`: whether a run that scores and measures its version waits or goes on."""
    under_way = ScoringRun.objects.filter(version=OuterRef("version"), state__in=(WorkState.REQUESTED, WorkState.RUNNING))
    return changes.annotate(is_being_measured=Exists(under_way))


def being_measured(project: Project) -> VersionChange | None:
    """How the version in use came, as long as it is being measured."""
    return newest_measured(with_measuring(project.version_changes.select_related("version").defer("version__loss_steps", "version__manifest"))[:1])


def newest_measured(changes: QuerySet[VersionChange] | list[VersionChange]) -> VersionChange | None:
    """The first of `with_measuring`, if its version is being measured."""
    newest = next(iter(changes), None)
    return newest if newest and newest.is_being_measured else None

"""The version that has just come into use and of which the worker has not told everything yet."""

from modeling.models import Project, VersionChange, WorkState


def being_measured(project: Project) -> VersionChange | None:
    """How the version in use came, as long as a run that scores and measures it waits or goes on."""
    change = project.version_changes.select_related("version").defer("version__loss_steps", "version__manifest").first()
    if change is None:
        return None
    under_way = change.version.scoring_runs.filter(state__in=(WorkState.REQUESTED, WorkState.RUNNING))
    return change if under_way.exists() else None

"""Which version was in use when, from the history of changes."""

from collections.abc import Sequence
from datetime import UTC, datetime

from modeling.models import ModelVersion, Project, VersionChange


def changes_of(project: Project) -> list[VersionChange]:
    """Oldest first, with their versions, without what a version's training logged."""
    related = project.version_changes.order_by("pk").select_related("version", "previous", "cycle")
    return list(related.defer(*(f"{one}__{large}" for one in ("version", "previous") for large in ("loss_steps", "manifest")), "cycle__live_losses"))


def in_use_at_end_of(month: str, changes: Sequence[VersionChange]) -> ModelVersion | None:
    """`month`: YYYY-MM. `changes` as `changes_of` gives them. None before the first."""
    ended = first_of_next(month)
    return next((change.version for change in reversed(changes) if change.at < ended), None)


def first_of(month: str) -> datetime:
    return datetime(int(month[:4]), int(month[5:]), 1, tzinfo=UTC)


def first_of_next(month: str) -> datetime:
    year, place = divmod(12 * int(month[:4]) + int(month[5:]), 12)
    return datetime(year, place + 1, 1, tzinfo=UTC)

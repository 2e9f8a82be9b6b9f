"""Which version is in use: promotion, override, roll-back, and back again."""

from typing import TYPE_CHECKING

from django.db import transaction

from modeling import ledger
from modeling.errors import NotEligibleError, NothingToRollBackError
from modeling.lifecycle.dynamics import request_dynamics
from modeling.lifecycle.scoring import request_scoring
from modeling.models import ModelVersion, Project, RetrainingCycle, VersionChange

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def promote(*, cycle: RetrainingCycle, by: "User | None" = None, reason: str = "") -> VersionChange:
    """Bring a cycle's candidate into use: an eligible one as it is, a held one only with a written reason.

    Raises:
        NotEligibleError: there is no candidate, it is held and no reason is given, or the champion has changed since.
    """
    states = RetrainingCycle.State
    with transaction.atomic():
        project = Project.objects.select_for_update().get(pk=cycle.project_id)
        cycle.refresh_from_db()
        if cycle.candidate is None or cycle.state not in (states.ELIGIBLE, states.HELD):
            raise NotEligibleError(f"Cycle {cycle.number} is {cycle.state}: it has no candidate that waits for promotion.")
        if cycle.state == states.HELD and not reason.strip():
            raise NotEligibleError("This candidate is held. Write down why it should come into use all the same.")
        if project.champion_id != cycle.champion_id:
            raise NotEligibleError(
                f"The candidate was compared with v{cycle.champion.number}, but v{project.champion.number if project.champion else '-'} is "
                "in use now. Start a new cycle, so that it is compared with what it would replace."
            )
        kind = VersionChange.Kind.PROMOTED if cycle.state == states.ELIGIBLE else VersionChange.Kind.OVERRIDDEN
        RetrainingCycle.objects.filter(pk=cycle.pk).update(state=states.PROMOTED)
        change = put_into_use(project=project, version=cycle.candidate, kind=kind, by=by, reason=reason, cycle=cycle)
    cycle.refresh_from_db()
    return change


def roll_back(*, project: Project, in_use: int | None = None, by: "User | None" = None, reason: str = "") -> VersionChange:
    """Bring the version before the champion back into use. Its predictions were never deleted, so they are the same bytes.

    `in_use`: number of the version that should go. Whoever asks twice, by a double click or because an answer was lost, goes back once;
    None means the version in use, unless a roll-back has just brought it back: going back further must be meant.

    Raises:
        NothingToRollBackError: the champion is the first version, or another one than `in_use`, or `in_use` is missing after a roll-back.
    """
    with transaction.atomic():
        project = _locked(project, in_use)
        _require_named(project, in_use)
        brought = project.version_changes.filter(version=project.champion).exclude(kind=VersionChange.Kind.ROLLED_BACK).first()
        if brought is None or brought.previous is None:
            raise NothingToRollBackError("There is no earlier version to go back to.")
        change = put_into_use(
            project=project, version=brought.previous, kind=VersionChange.Kind.ROLLED_BACK, by=by, reason=reason, cycle=brought.cycle
        )
    return change


def undo_roll_back(*, project: Project, in_use: int | None = None, by: "User | None" = None, reason: str = "") -> VersionChange:
    """Bring the version back into use that the last change rolled back. `in_use` as in `roll_back`.

    Raises:
        NothingToRollBackError: the last change was no roll-back, or another version than `in_use` is in use.
    """
    with transaction.atomic():
        project = _locked(project, in_use)
        last = undoable(project)
        if last is None or last.previous is None:
            raise NothingToRollBackError("The last change of the version in use was no roll-back, so there is none to undo.")
        return put_into_use(project=project, version=last.previous, kind=VersionChange.Kind.RESTORED, by=by, reason=reason, cycle=last.cycle)


def undoable(project: Project) -> VersionChange | None:
    """The last change, where it was a roll-back."""
    changes = project.version_changes.select_related("version", "previous", "cycle")
    last = changes.defer("version__loss_steps", "previous__loss_steps", "cycle__live_losses").first()
    return last if last and last.kind == VersionChange.Kind.ROLLED_BACK else None


def _locked(project: Project, in_use: int | None) -> Project:
    locked = Project.objects.select_for_update().get(pk=project.pk)
    if in_use is not None and (locked.champion is None or locked.champion.number != in_use):
        raise NothingToRollBackError(f"{locked.champion or 'No version'} is in use by now, not v{in_use}. Nothing was changed.")
    return locked


def _require_named(project: Project, in_use: int | None) -> None:
    if in_use is None and undoable(project):
        raise NothingToRollBackError(
            f"A roll-back has brought {project.champion} back already, so this may be the same request again. Nothing was changed. "
            f"To go back further, name {project.champion} as the version in use that should go."
        )


def put_into_use(
    *,
    project: Project,
    version: ModelVersion,
    kind: str,
    by: "User | None" = None,
    reason: str = "",
    cycle: RetrainingCycle | None = None,
) -> VersionChange:
    """Change the champion, with its history row and ledger entry, in the caller's transaction."""
    change = VersionChange.objects.create(project=project, kind=kind, version=version, previous=project.champion, cycle=cycle, reason=reason, by=by)
    Project.objects.filter(pk=project.pk).update(champion=version)
    ledger.append(
        actor=by or "system",
        action=f"version.{kind}",
        subject=f"v{version.number} of {project.slug}",
        payload={
            "previous": change.previous.number if change.previous else None,
            "weights_sha256": version.manifest.get("weights_sha256", ""),
            "cycle": cycle.number if cycle else None,
            "reason": reason,
        },
    )
    project.refresh_from_db()
    transaction.on_commit(lambda: request_scoring(version))
    transaction.on_commit(lambda: request_dynamics(version))
    return change

"""Create a project, and change its settings: rows and ledger entry together."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from modeling import ledger
from modeling.labels import Lane
from modeling.models import Membership, Project, Role

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def create_project(*, name: str, slug: str, by: "User") -> Project:
    """A new project; its founder is its admin."""
    with transaction.atomic():
        project = Project.objects.create(name=name, slug=slug)
        Membership.objects.create(project=project, user=by, role=Role.ADMIN)
        ledger.append(actor=by, action="project.created", subject=f"project {slug}", payload={"name": name})
    return project


def change_settings(
    *, project: Project, promote_at_once: bool, by: "User", monthly: bool = False, labels_for_cycle: int | None = None, cycle_lane: str = Lane.MIDDLE
) -> Project:
    """Who decides on an eligible candidate, a lead's click or nobody; and what starts cycles by itself, on which lane."""
    with transaction.atomic():
        locked = Project.objects.select_for_update().get(pk=project.pk)
        # Kept while it stays on: a setting that is saved again must not push the next month away.
        since = (locked.monthly_since or timezone.now()) if monthly else None
        said = {"promote_at_once": promote_at_once, "labels_for_cycle": labels_for_cycle, "cycle_lane": str(cycle_lane)}
        Project.objects.filter(pk=project.pk).update(monthly_since=since, **said)
        ledger.append(actor=by, action="project.settings", subject=f"project {project.slug}", payload={**said, "monthly": monthly})
    project.refresh_from_db()
    return project

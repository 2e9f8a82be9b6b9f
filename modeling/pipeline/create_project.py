"""Create a project, and change its settings: rows and ledger entry together."""

from typing import TYPE_CHECKING

from django.db import transaction

from modeling import ledger
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


def change_settings(*, project: Project, promote_at_once: bool, by: "User") -> Project:
    """Who decides on an eligible candidate: a lead's click, or nobody."""
    with transaction.atomic():
        Project.objects.filter(pk=project.pk).update(promote_at_once=promote_at_once)
        ledger.append(actor=by, action="project.settings", subject=f"project {project.slug}", payload={"promote_at_once": promote_at_once})
    project.refresh_from_db()
    return project

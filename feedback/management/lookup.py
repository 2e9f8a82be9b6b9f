"""What commands take to name a project and a round, and the words when there is none."""

from django.core.management.base import CommandError, CommandParser

from feedback.models import AnnotationRound
from modeling.models import Project


def add_project(parser: CommandParser) -> None:
    parser.add_argument("--project", required=True, help="slug of the project")


def add_round(parser: CommandParser, *, required: bool = True) -> None:
    parser.add_argument("--round", type=int, required=required, help="number of the round in its project")


def project_named(slug: str) -> Project:
    project = Project.objects.select_related("champion").filter(slug=slug).first()
    if project is None:
        known = ", ".join(Project.objects.values_list("slug", flat=True)) or "none"
        raise CommandError(f"There is no project {slug!r}. There are: {known}.")
    return project


def round_numbered(project: Project, number: int) -> AnnotationRound:
    found = AnnotationRound.objects.select_related("project", "version").filter(project=project, number=number).first()
    if found is None:
        known = ", ".join(str(n) for n in project.rounds.order_by("number").values_list("number", flat=True)) or "none"
        raise CommandError(f"Project {project.slug} has no round {number}. There are: {known}.")
    return found

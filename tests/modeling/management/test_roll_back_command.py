from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from modeling.lifecycle import promote
from modeling.models import Project
from tests.factories import make_cycle, make_project, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    """v1 was the first; v2 and v3 came into use after it."""
    project = make_project()
    make_version(project, champion=True)
    for _ in range(2):
        cycle = make_cycle(project, state="eligible")
        cycle.candidate = make_version(project, cycle=cycle)
        cycle.save()
        promote(cycle=cycle)
        project.refresh_from_db()
    return project


def rolled_back(project: Project, **options: object) -> str:
    out = StringIO()
    call_command("roll_back", project=project.slug, stdout=out, **options)
    return out.getvalue()


def test_run_twice_by_mistake_it_goes_back_once(project: Project) -> None:
    assert rolled_back(project) == "v2 is in use again (before: v3).\n"
    with pytest.raises(CommandError, match="may be the same request again"):
        rolled_back(project)
    project.refresh_from_db()
    assert project.champion.number == 2


def test_with_the_version_in_use_named_it_goes_back_further(project: Project) -> None:
    rolled_back(project)
    assert rolled_back(project, in_use=2) == "v1 is in use again (before: v2).\n"


def test_undoing_twice_by_mistake_undoes_once(project: Project) -> None:
    rolled_back(project)
    assert rolled_back(project, undo=True) == "v3 is in use again (before: v2).\n"
    with pytest.raises(CommandError, match="no roll-back"):
        rolled_back(project, undo=True)

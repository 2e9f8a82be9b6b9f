"""What each step of a study leaves: here without training, which the journey does."""

from typing import Any

import pytest

from biasapp.study import replay
from biasapp.study.alone import alone
from biasapp.study.begin import StudyRefusedError
from biasapp.study.months import BASELINE, Part
from biasapp.study.spec import StudySpec
from modeling.models import Dataset, VersionChange
from tests.factories import make_project, make_version
from tests.feedback.worlds import World, add_comment, make_world

pytestmark = pytest.mark.django_db
MONTH = "2026-03"


@pytest.fixture
def world() -> World:
    return make_world(pool=30)


def test_a_months_round_shows_that_months_comments_alone(world: World) -> None:
    month = Dataset.objects.create(project=world.project, name=MONTH, file_name="march.csv", state="done")
    for _ in range(20):
        add_comment(World(world.project, month, world.version, world.lead))
    said: list[str] = []
    part = Part(MONTH, [], dealt=False)
    opened = replay.open_months_round(world.project, StudySpec(), part, 0, world.lead, lambda month, what: said.append(what))
    assert opened.items.count() == 4, "a fifth of the month’s"
    assert set(opened.items.values_list("comment__dataset__name", flat=True)) == {MONTH}
    assert opened.opened_at.strftime("%Y-%m") == MONTH
    assert said == ["round 1 is open: 4 of the month’s 20 comments that people may see"]


def test_a_first_version_that_was_kept_before_a_kill_comes_into_use_and_no_second_is_trained(world: World) -> None:
    project, said = make_project(), []
    kept = make_version(project)
    replay.train(project, StudySpec(), world.lead, lambda month, what: said.append(what))
    project.refresh_from_db()
    assert project.champion == kept
    assert list(project.versions.all()) == [kept]
    assert VersionChange.objects.get(project=project).version == kept
    assert said == [f"{kept} was trained, and is in use"]


def test_a_study_is_replayed_by_one_process_at_a_time(world: World, settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path
    everything = {
        "project": world.project,
        "spec": StudySpec(),
        "parts": [Part(BASELINE, [], dealt=False)],
        "by": world.lead,
        "tell": lambda month, what: None,
    }
    with alone(world.project), pytest.raises(StudyRefusedError, match="being replayed already"):
        replay.replay(**everything)
    with alone(world.project), alone(make_project()):
        pass

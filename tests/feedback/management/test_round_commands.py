import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command

from feedback.models import AnnotationRound
from modeling.models import LedgerEntry
from tests.feedback.worlds import BIASED, World, answer_next, make_annotator, make_panel, make_round

pytestmark = pytest.mark.django_db


def run(command: str, **options) -> str:
    out = io.StringIO()
    call_command(command, stdout=out, **options)
    return out.getvalue()


def test_open_round_opens_one_and_says_what_it_is_worth(world: World) -> None:
    panel = make_panel(world.project, "expert")
    said = run("open_round", project=world.project.slug, name="November", items=4, overlap=3, panel=[panel.name], seed=2)
    round = AnnotationRound.objects.get()
    assert said.startswith("Round 1 is open: 4 comments x 3 annotations, worth ")
    assert (round.overlap, round.seed, list(round.panels.all())) == (3, 2, [panel])


def test_open_round_says_why_not(world: World) -> None:
    with pytest.raises(CommandError, match="12 comments left"):
        run("open_round", project=world.project.slug, name="November", items=400)
    with pytest.raises(CommandError, match="has no panel 'elders'"):
        run("open_round", project=world.project.slug, name="November", items=2, panel=["elders"])
    with pytest.raises(CommandError, match=rf"no project 'nowhere'\. There are: {world.project.slug}"):
        run("open_round", project="nowhere", name="November")


def test_close_round_hands_in_and_requests_the_cycle(world: World) -> None:
    answer_next(make_round(world), make_annotator(world.project))
    said = run("close_round", project=world.project.slug, round=1)
    assert said == "Round 1 is closed: 1 labels handed in. Cycle 1 waits in the queue.\n"


def test_close_round_can_leave_the_cycle_out(world: World) -> None:
    answer_next(make_round(world), make_annotator(world.project))
    assert "No cycle was started" in run("close_round", project=world.project.slug, round=1, no_cycle=True)


def test_close_round_says_why_not(world: World) -> None:
    make_round(world)
    with pytest.raises(CommandError, match="Nobody has answered"):
        run("close_round", project=world.project.slug, round=1)
    with pytest.raises(CommandError, match=r"has no round 7\. There are: 1"):
        run("close_round", project=world.project.slug, round=7)


@pytest.fixture
def one_answer(world: World) -> World:
    answer_next(make_round(world), make_annotator(world.project), BIASED)
    return world


def test_export_annotations_writes_a_file(one_answer: World, tmp_path) -> None:
    path = tmp_path / "annotations.csv"
    run("export_annotations", project=one_answer.project.slug, out=path)
    with path.open(newline="", encoding="utf-8") as file:
        assert [row["verdict"] for row in csv.DictReader(file)] == ["incorrect"]
    assert LedgerEntry.objects.get(action="export").actor == "system"


def test_export_annotations_writes_to_standard_output(one_answer: World, capsys) -> None:
    run("export_annotations", project=one_answer.project.slug, round=1, format="jsonl")
    assert json.loads(capsys.readouterr().out)["bias_types"] == ["religious"]

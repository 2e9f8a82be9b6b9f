from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from modeling.errors import WeightsChangedError
from modeling.intake import request_cycle
from modeling.labels import Arm, Lane, Split
from modeling.lifecycle import promote, roll_back
from modeling.models import Comment, Prediction, RetrainingCycle
from modeling.pipeline.predict import score_comments
from modeling.pipeline.rescore import rescore
from modeling.pipeline.run_cycle import run_cycle
from modeling.pipeline.versions import path_of
from tests.factories import make_comment


def on_lane(cycle: RetrainingCycle, config, gate, lane: Lane) -> RetrainingCycle:
    """The fixture's cycle, or another one, judged and its candidate in use with the pool scored."""
    if cycle.state != RetrainingCycle.State.REQUESTED:
        cycle = request_cycle(project=cycle.project, config=config.but(lane=lane), gate=gate, in_background=False)
    cycle.training_config = config.but(lane=lane, epochs=1).as_dict()
    cycle.save()
    run_cycle(cycle=cycle, arms=(Arm.REAL,))
    promote(cycle=cycle, reason="to go back from it")
    score_comments(version=cycle.candidate)
    return cycle


@pytest.mark.parametrize("lane", [Lane.FAST, Lane.MIDDLE])
def test_what_is_rolled_back_to_predicts_exactly_as_before(cycle, config, gate, lane) -> None:
    first = on_lane(cycle, config, gate, lane)
    second = on_lane(first, config, gate, lane)
    roll_back(project=first.project)
    first.project.refresh_from_db()
    restored = first.project.champion
    assert restored == first.candidate != second.candidate
    found = rescore(version=restored)
    assert (found.n, found.differing, found.largest) == (184, 0, 0.0)
    assert rescore(version=first.champion).is_identical


def test_scored_later_and_in_other_company_it_is_the_same(trained) -> None:
    late = make_comment(trained.datasets.get(), Comment.objects.filter(split=Split.GATE).first().text + " today")
    assert score_comments(version=trained.champion) == 1
    Prediction.objects.filter(version=trained.champion, comment__split=Split.TEST).delete()
    score_comments(version=trained.champion)
    assert Prediction.objects.filter(comment=late).exists()
    assert rescore(version=trained.champion).is_identical


def test_a_row_that_was_changed_is_found_and_the_command_says_so(trained) -> None:
    out = StringIO()
    call_command("check_predictions", "--project", trained.slug, stdout=out)
    assert "all as they are stored" in out.getvalue()
    changed = Prediction.objects.filter(version=trained.champion).first()
    Prediction.objects.filter(pk=changed.pk).update(p_low=changed.p_low + 1e-7)
    assert rescore(version=trained.champion).differing == 1
    with pytest.raises(CommandError, match=r"1 of \d+ stored predictions"):
        call_command("check_predictions", "--project", trained.slug)


def test_weights_that_were_changed_are_refused(trained) -> None:
    weights = path_of(trained.champion) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    with pytest.raises(WeightsChangedError):
        rescore(version=trained.champion)

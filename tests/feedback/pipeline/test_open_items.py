"""After a promotion or a roll-back the pool is scored anew; what people are being asked about stays as it was."""

import pytest
from django.urls import reverse

from feedback.models import Annotator
from feedback.pipeline.assign import claim_next
from feedback.pipeline.close_round import close_round
from modeling.lifecycle import promote, request_missing_scoring, roll_back
from modeling.models import Comment, ScoringRun
from tests.factories import make_cycle, make_prediction, make_version
from tests.feedback.worlds import CORRECT, World, answer_next, make_annotator, make_round

pytestmark = pytest.mark.django_db


def promoted(world: World):
    """A candidate that says `low` of everything where the champion said `mild`, brought into use; its pool scored as the queue would."""
    cycle = make_cycle(world.project, state="eligible")
    cycle.candidate = make_version(world.project, cycle=cycle, arm="real")
    cycle.save()
    promote(cycle=cycle)
    for comment in Comment.objects.all():
        make_prediction(cycle.candidate, comment, (0.9, 0.05, 0.05))
    world.project.refresh_from_db()
    return cycle.candidate


def test_a_change_of_version_asks_for_the_pool_to_be_scored(world: World, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        candidate = promoted(world)
    with django_capture_on_commit_callbacks(execute=True):
        roll_back(project=world.project)
    assert list(ScoringRun.objects.order_by("pk").values_list("version", flat=True)) == [candidate.pk, world.version.pk]
    ScoringRun.objects.update(state="done")
    world.project.refresh_from_db()
    assert request_missing_scoring() == 0, "what was rolled back to has its predictions still"


def test_open_items_keep_the_prediction_that_they_were_sampled_with(world: World, ann: Annotator, client) -> None:
    round = make_round(world)
    before = dict(round.items.values_list("pk", "prediction"))
    candidate = promoted(world)
    assert dict(round.items.values_list("pk", "prediction")) == before
    place = claim_next(round=round, annotator=ann)
    assert (place.item.prediction.version, place.item.prediction.predicted_label) == (world.version, "mild")
    Annotator.objects.update(consented_at="2026-01-01T00:00Z")
    client.force_login(ann.user)
    assert "mild" in client.get(reverse("feedback:annotate", args=[world.project.slug, round.number])).content.decode()
    assert make_round(world).items.first().prediction.version == candidate, "a new round judges the version in use"
    roll_back(project=world.project)
    assert dict(round.items.values_list("pk", "prediction")) == before


def test_what_people_said_of_an_older_version_is_handed_in_as_said_of_that_one(world: World, ann: Annotator) -> None:
    round = make_round(world, items=2, overlap=1)
    answer_next(round, ann, CORRECT)
    promoted(world)
    answer_next(round, make_annotator(world.project), CORRECT)
    labels = close_round(round=round, start_cycle=False).batch.labels.all()
    assert {label.version for label in labels} == {world.version}
    assert all(label.q_mild > label.q_low for label in labels), "`correct` means what stood there then"

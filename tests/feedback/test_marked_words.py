"""The words that people mark against the maps that they are shown."""

import pytest
from django.urls import reverse

from feedback.marked_words import words_and_maps
from feedback.models import Annotation
from feedback.pipeline.close_round import close_round
from modeling.map_engines import DEFAULT_MAP
from modeling.models import Explanation, Prediction
from tests.feedback.worlds import answer_next, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db
FIRST, SECOND, THIRD = (0, 3), (4, 7), (8, 11)


@pytest.fixture
def round():
    """Thirty comments above low, each with a map that puts the second of three words first, and answered by one person who marks nothing."""
    world = make_world(pool=30)
    round = make_round(world, items=30, overlap=1, strategy="random")
    ann = make_annotator(world.project)
    for _ in range(30):
        answer_next(round, ann)
    spans = [[*FIRST, 0.1], [*SECOND, 0.6], [*THIRD, 0.3]]
    Explanation.objects.bulk_create(Explanation(prediction_id=item.prediction_id, spans=spans) for item in round.items.all())
    return round


def mark(*spans, count=30):
    for one in Annotation.objects.order_by("pk")[:count]:
        one.rationale = [list(span) for span in spans]
        one.save()


def test_nobody_has_marked_a_word(round):
    assert words_and_maps(round) is None


def test_the_maps_first_words_are_counted_that_people_marked_too(round):
    mark(SECOND)
    found = words_and_maps(round)
    assert (found.n, found.f1[0], found.chance) == (30, 1.0, pytest.approx(1 / 3))
    mark(THIRD, count=15)
    assert words_and_maps(round).f1[0] == 0.5


def test_other_engines_low_predictions_and_few_comments_say_nothing(round):
    mark(SECOND)
    Prediction.objects.filter(pk=round.items.first().prediction_id).update(predicted_label="low")
    assert (words_and_maps(round).n, words_and_maps(round).f1) == (29, None)
    Explanation.objects.exclude(engine="lime").update(engine="lime")
    assert DEFAULT_MAP.stored_as != "lime"
    assert words_and_maps(round).n == 0


def test_the_lead_sees_it_when_the_round_is_over(client, round):
    mark(SECOND)
    client.force_login(round.opened_by)
    address = reverse("feedback:round-detail", args=[round.project.slug, round.number])
    assert "name the words that people mark" not in client.get(address).content.decode()
    close_round(round=round, by=round.opened_by)
    page = client.get(address).content.decode()
    assert "Do the maps name the words that people mark?" in page
    assert "+.667" in page

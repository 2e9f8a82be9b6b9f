"""Blind first: no response says what the model says before somebody's own level is stored."""

import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from feedback.models import Annotation, AnnotationRound, Assignment
from feedback.models.people import CONSENT_VERSION
from feedback.pipeline.assign import claim_next
from feedback.pipeline.purposes import Shares
from modeling.models import Explanation, Prediction
from tests.api_client import client_of
from tests.factories import make_prediction, make_version
from tests.feedback.worlds import make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db
AHEAD = {"HTTP_X_WANTS": "ahead"}


@pytest.fixture
def round(world):
    made = make_round(world)
    AnnotationRound.objects.update(blind_share=1)
    made.refresh_from_db()
    for prediction in Prediction.objects.all():
        Explanation.objects.create(prediction=prediction, spans=[[0, 2, 0.25]])
    return made


def url(name, round, *args):
    return reverse(f"feedback:{name}", args=[round.project.slug, round.number, *args])


def held(ann):
    return Assignment.objects.get(annotator=ann, state="claimed", shown_at__isnull=False)


def assert_hidden(page):
    assert "The model says" not in page
    assert "50\N{NO-BREAK SPACE}%" not in page
    assert "raised the score" not in page
    assert "shade-" not in page
    assert "/explanation/" not in page
    assert set(re.findall(r'data-predicted="(\w*)"', page)) <= {""}


def say(client, round, place, level="low", **headers):
    return client.post(url("own-level", round, place.pk), {"level": level}, **headers)


def test_neither_the_page_nor_what_waits_behind_tells_the_prediction(signed_in, ann, round):
    page = signed_in.get(url("annotate", round)).content.decode()
    assert held(ann).item.comment.text in page
    assert page.count("Which toxicity would you give it?") == 2
    assert_hidden(page)


def test_the_own_level_brings_the_prediction_and_its_explanation(signed_in, ann, round):
    signed_in.get(url("annotate", round))
    place = held(ann)
    fragment = say(signed_in, round, place, **AHEAD).content.decode()
    assert re.search(r'The model says: toxicity\s*<span class="level mild">\s*mild', fragment)
    assert re.search(r'Before you saw this, you said:\s*<span class="level low">', fragment)
    assert 'data-predicted="mild"' in fragment
    assert "shade-" in fragment
    place.refresh_from_db()
    assert place.own_level == "low"


def test_without_javascript_the_page_comes_back_with_the_prediction(signed_in, ann, round):
    signed_in.get(url("annotate", round))
    assert say(signed_in, round, held(ann)).url == url("annotate", round)
    page = signed_in.get(url("annotate", round)).content.decode()
    front, _, behind = page.partition('<template id="ahead">')
    assert "The model says" in front
    assert_hidden(behind)


def test_an_answer_before_it_is_refused_and_what_comes_behind_is_hidden_too(signed_in, ann, round):
    signed_in.get(url("annotate", round))
    place, answer = held(ann), {"key": str(uuid.uuid4()), "verdict": "correct"}
    refused = signed_in.post(url("submit", round, place.pk), answer, **AHEAD)
    assert refused.status_code == 422
    assert "before you see what the model says" in refused.json()["errors"]["own_level"]
    # The level that the model gives must not be found out by trying which correction it refuses.
    tried = {**answer, "verdict": "incorrect", "corrected_label": "mild"}
    assert signed_in.post(url("submit", round, place.pk), tried, **AHEAD).json() == refused.json()
    assert not Annotation.objects.exists()
    say(signed_in, round, place)
    stored = signed_in.post(url("submit", round, place.pk), answer, **AHEAD)
    assert stored.status_code == 200
    assert_hidden(stored.content.decode())


def test_the_explanation_is_not_had_by_its_address_before_the_own_level(signed_in, world, ann, round):
    signed_in.get(url("annotate", round))
    place = held(ann)
    other = make_prediction(make_version(world.project), place.item.comment)
    unmet = round.items.exclude(assignments__annotator=ann).first()
    addresses = [reverse("modeling:explanation", args=[pk]) for pk in (place.item.prediction_id, unmet.prediction_id, other.pk)]
    assert [signed_in.get(address).status_code for address in addresses] == [403, 403, 403]
    say(signed_in, round, place)
    assert [signed_in.get(address).status_code for address in addresses] == [200, 403, 200]


def test_a_comment_outside_such_rounds_is_explained_as_ever(signed_in, world, round):
    free = Prediction.objects.exclude(annotation_items__round=round).first()
    address = reverse("modeling:explanation", args=[free.pk])
    assert signed_in.get(address).status_code == 200
    AnnotationRound.objects.update(state="closed")
    met = reverse("modeling:explanation", args=[round.items.first().prediction_id])
    assert signed_in.get(met).status_code == 200


def test_a_lead_sees_explanations_but_of_what_they_hold_blind(client, world, round):
    client.force_login(world.lead)
    address = reverse("modeling:explanation", args=[round.items.order_by("rank").first().prediction_id])
    assert client.get(address).status_code == 200
    place = claim_next(round=round, annotator=make_annotator_of(world.lead, world))
    assert client.get(reverse("modeling:explanation", args=[place.item.prediction_id])).status_code == 403


def test_no_what_if_tells_a_hidden_prediction(signed_in, world, ann, round):
    """Variants of a comment are as good as its prediction."""
    address = reverse("modeling:what-if", args=[world.project.slug])
    signed_in.get(url("annotate", round))
    place = held(ann)
    asked = {"text": place.item.comment.text, "kind": "ablation", "prediction": place.item.prediction_id}
    panel = reverse("modeling:what-if-of", args=[place.item.prediction_id])
    assert signed_in.get(address, {"prediction": place.item.prediction_id}).status_code == 403
    assert signed_in.get(panel, headers={"HX-Request": "true"}).status_code == 403
    assert "What if…?" not in signed_in.get(url("annotate", round)).content.decode()
    for path in (address, f"{address}pins/", f"{address}report/"):
        assert signed_in.post(path, {**asked, "biased": "x"}).status_code == 403
        assert signed_in.post(path, {**asked, "prediction": "", "biased": "x"}).status_code == 403


def test_of_a_hidden_prediction_the_round_is_named_as_the_cause_and_not_the_role(signed_in, world, round):
    signed_in.get(url("annotate", round))
    page = signed_in.get(reverse("modeling:what-if", args=[world.project.slug]))
    assert page.status_code == 403
    html = page.content.decode()
    assert "asks for your own level first" in html
    assert "Not for your role" not in html
    assert "stands beside its prediction" in html
    others = signed_in.get(reverse("modeling:cycle-list", args=[world.project.slug])).content.decode()
    assert "Not for your role" in others


def test_a_what_if_is_asked_of_what_was_shown_and_of_nothing_that_is_typed(signed_in, world, ann, round):
    address = reverse("modeling:what-if", args=[world.project.slug])
    signed_in.get(url("annotate", round))
    place = held(ann)
    say(signed_in, round, place)
    assert "What if…?" in signed_in.get(url("annotate", round)).content.decode()
    panel = reverse("modeling:what-if-of", args=[place.item.prediction_id])
    assert signed_in.get(panel, headers={"HX-Request": "true"}).status_code == 200
    asked = {"text": place.item.comment.text, "kind": "ablation", "prediction": place.item.prediction_id}
    assert signed_in.post(address, asked).status_code in (200, 503)
    assert signed_in.post(address, {**asked, "text": "Another comment."}).status_code == 403
    assert signed_in.post(address, {**asked, "kind": "edit", "edited": "Another comment."}).status_code == 403
    assert signed_in.post(address, {**asked, "prediction": ""}).status_code == 403
    AnnotationRound.objects.update(state="closed")
    assert signed_in.post(address, {**asked, "prediction": ""}).status_code in (200, 503)


def test_nor_does_anybody_ask_it_of_a_comment_that_they_may_get_there(signed_in, world, ann, round):
    address = reverse("modeling:what-if", args=[world.project.slug])
    assert signed_in.get(address, {"prediction": round.items.first().prediction_id}).status_code == 403
    free = Prediction.objects.exclude(annotation_items__round=round).first()
    assert signed_in.get(address, {"prediction": free.pk}).status_code in (200, 503)


def make_annotator_of(user, world):
    annotator = make_annotator(world.project)
    annotator.user = user
    annotator.save()
    return annotator


def test_the_api_hides_it_and_shows_it(world, ann, round):
    ann.consented_at, ann.consent_version = timezone.now(), CONSENT_VERSION
    ann.save()
    client = client_of(ann.user)
    told = client.post(f"/api/v1/rounds/{round.pk}/claim/").json()
    assert told["needs_own_level"]
    assert [told[name] for name in ("predicted_label", "probabilities", "score", "flagged")] == [None] * 4
    place = f"/api/v1/assignments/{told['assignment']}/"
    assert client.post(place + "submit/", {"key": str(uuid.uuid4()), "verdict": "correct"}).status_code == 409
    assert client.post(place + "own-level/", {"level": "awful"}).status_code == 400
    shown = client.post(place + "own-level/", {"level": "low"}).json()
    assert (shown["needs_own_level"], shown["predicted_label"], shown["probabilities"]["mild"]) == (False, "mild", 0.5)
    assert client.post(place + "submit/", {"key": str(uuid.uuid4()), "verdict": "correct"}).status_code == 201


def test_texts_are_not_scored_for_people_who_are_asked_for_their_own_level(world, ann, round):
    address = f"/api/v1/projects/{world.project.slug}/score/"
    client = client_of(ann.user)
    assert client.post(address, {"texts": ["so"]}).status_code == 503, "there is no model server in tests"
    claim_next(round=round, annotator=ann)
    assert client.post(address, {"texts": ["so"]}).status_code == 403
    what_if = f"/api/v1/projects/{world.project.slug}/what-if/"
    assert client.post(what_if, {"text": "so", "kind": "swap"}).status_code == 403
    assert client.post(f"{what_if}reports/", {"text": "so", "kind": "swap", "variant": "so", "verdict": "biased"}).status_code == 403


def test_in_a_share_of_items_only(world):
    round = make_round(make_world(pool=60), items=50, overlap=1)
    AnnotationRound.objects.update(blind_share=0.5)
    round.refresh_from_db()
    annotator, before = make_annotator(round.project), None
    blind, drawn = [], []
    for _ in range(40):
        place = claim_next(round=round, annotator=annotator)
        blind.append(place.blind)
        drawn.append(Shares.of(round).draw(annotator.pk, before).is_blind)
        Assignment.objects.filter(pk=place.pk).update(state="done", slot=None, ended_at=timezone.now())
        before = place.pk
    assert blind == drawn
    assert {True, False} == set(blind)

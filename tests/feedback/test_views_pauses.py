"""A pause on the annotator's page and on the lead's: why, what is said to it, what is decided."""

import pytest
from django.urls import reverse
from django.utils import timezone

from feedback.models import Annotation, Pause
from feedback.models.people import CONSENT_VERSION
from tests.api_client import client_of
from tests.feedback.test_views_annotate import AHEAD, answer, behind, held
from tests.feedback.worlds import answer_next, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def round(db):
    made = make_round(make_world(pool=30), items=20, overlap=2)
    made.items.update(gold_label="low")
    return made


@pytest.fixture
def ann(round):
    made = make_annotator(round.project)
    made.consented_at, made.consent_version = timezone.now(), CONSENT_VERSION
    made.save()
    return made


def url(name, round, *args):
    return reverse(f"feedback:{name}", args=[round.project.slug, round.number, *args])


def paused(round, ann):
    for _ in range(5):
        answer_next(round, ann)
    return Pause.objects.get()


def test_the_answer_that_pauses_is_stored_and_nothing_comes_after_it(client, round, ann):
    client.force_login(ann.user)
    for _ in range(4):
        answer_next(round, ann)
    client.get(url("annotate", round))
    next_one = behind(ann)
    response = answer(client, round, held(ann), AHEAD)
    assert (response.status_code, response["X-Front"], response.content) == (200, "", b"")
    assert Annotation.objects.count() == 5
    page = client.get(url("annotate", round)).content.decode()
    assert "You are paused in this round" in page
    assert "Of the last 5 of them that you met, you answered 5 otherwise." in page
    assert "All that you answered is stored." in page
    assert next_one.item.comment.text not in page
    # What was answered before the browser knew of it counts too.
    assert answer(client, round, next_one, AHEAD).status_code == 200
    assert Annotation.objects.count() == 6


def test_an_appeal_reaches_the_lead_and_the_answer_reaches_the_annotator(client, round, ann):
    pause = paused(round, ann)
    client.force_login(ann.user)
    assert client.post(url("appeal", round), {"text": "In my dialect these are <b>friendly</b>."}).url == url("annotate", round)
    page = client.get(url("annotate", round)).content.decode()
    assert "In my dialect these are &lt;b&gt;friendly" in page
    assert "The lead has it before them" in page
    assert 'name="text"' not in page
    client.force_login(round.opened_by)
    page = client.get(url("round-pauses", round)).content.decode()
    assert "In my dialect these are &lt;b&gt;friendly" in page
    assert "Missed 5 of the last 5 known answers." in page
    client.post(url("pause-decide", round, pause.pk), {"decision": "upheld", "reply": "Please read the guidelines first."})
    client.force_login(ann.user)
    page = client.get(url("annotate", round)).content.decode()
    assert "A lead has upheld the pause." in page
    assert "Please read the guidelines first." in page
    client.force_login(round.opened_by)
    client.post(url("pause-decide", round, pause.pk), {"decision": "lifted", "reply": "You were right."})
    client.force_login(ann.user)
    page = client.get(url("annotate", round)).content.decode()
    assert "Your pause has been lifted" in page
    assert "You were right." in page
    answer(client, round, held(ann))
    assert "Your pause has been lifted" not in client.get(url("annotate", round)).content.decode()


def test_what_cannot_be_sent_or_decided_says_so(client, round, ann):
    client.force_login(ann.user)
    assert client.post(url("appeal", round), {"text": "why"}).status_code == 404
    pause = paused(round, ann)
    assert "few words" in client.post(url("appeal", round), {"text": " "}, follow=True).content.decode()
    client.force_login(round.opened_by)
    assert "Choose whether" in client.post(url("pause-decide", round, pause.pk), {}, follow=True).content.decode()
    assert client.post(url("pause-decide", round, pause.pk + 1), {"decision": "lifted"}).status_code == 404


def test_a_round_without_pauses_says_so(client, round):
    client.force_login(round.opened_by)
    assert "Nobody has been paused in this round." in client.get(url("round-pauses", round)).content.decode()


def test_the_api_says_why_nothing_comes(round, ann):
    paused(round, ann)
    refused = client_of(ann.user).post(f"/api/v1/rounds/{round.pk}/claim/")
    assert refused.status_code == 409
    assert "You are paused" in refused.json()["detail"]


def test_a_lead_lifts_a_pause_by_api_and_nobody_else_does(round, ann):
    pause = paused(round, ann)
    address = f"/api/v1/pauses/{pause.pk}/decision/"
    assert client_of(ann.user).post(address, {"decision": "lifted"}).status_code == 403
    decided = client_of(round.opened_by).post(address, {"decision": "lifted", "reply": "Go on."}).json()
    assert (decided["decision"], decided["reply"], decided["bad"]) == ("lifted", "Go on.", 5)
    assert client_of(round.opened_by).post(address, {"decision": "lifted"}).status_code == 409
    assert client_of(round.opened_by).post("/api/v1/pauses/0/decision/", {"decision": "lifted"}).status_code == 404

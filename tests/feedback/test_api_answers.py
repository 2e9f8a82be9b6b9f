"""What an annotator's client does over HTTP: accept the content warning, claim, answer, skip."""

import uuid

import pytest
from django.utils import timezone

from feedback.access import crowd_of
from feedback.models import Annotation, AnnotationRound, Annotator, Assignment, Panel
from feedback.pipeline.sample import open_round
from modeling.models import LedgerEntry, Role
from tests.api_client import client_of, stranger
from tests.factories import make_comment, make_dataset, make_member, make_prediction, make_project, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def round():
    project = make_project()
    version, dataset = make_version(project, champion=True), make_dataset(project)
    for _ in range(3):
        make_prediction(version, make_comment(dataset), (0.1, 0.2, 0.7))
    return open_round(project=project, name="August", item_count=2, overlap=1, strategy="random")


def consenting(round, role=Role.ANNOTATOR):
    user = make_member(round.project, role)
    Annotator.objects.create(project=round.project, user=user, panel=crowd_of(round.project_id), consented_at=timezone.now())
    return client_of(user)


@pytest.fixture
def client(round):
    return consenting(round)


def claim(client, round):
    return client.post(f"/api/v1/rounds/{round.pk}/claim/")


def submit(client, place, **fields):
    return client.post(f"/api/v1/assignments/{place}/submit/", {"key": str(uuid.uuid4()), "verdict": "correct", **fields})


def test_a_claim_brings_all_that_a_client_needs(round, client):
    response = claim(client, round)
    assert response.status_code == 200, response.json()
    place = Assignment.objects.get(state="claimed")
    told = response.json()
    assert told["comment_text"] == place.item.comment.text
    assert (told["assignment"], told["item"], told["predicted_label"], told["flagged"]) == (place.pk, place.item_id, "high", True)
    assert told["probabilities"] == {"low": 0.1, "mild": 0.2, "high": 0.7}
    assert told["score"] == pytest.approx(0.8)
    assert told["lease_expires_at"] > timezone.now().isoformat()


def test_asking_again_brings_the_same_place(round, client):
    assert claim(client, round).json()["assignment"] == claim(client, round).json()["assignment"]
    assert Assignment.objects.filter(state="claimed").count() == 1


def test_when_nothing_is_left_the_answer_is_empty(round, client):
    for _ in range(2):
        assert submit(client, claim(client, round).json()["assignment"]).status_code == 201
    response = claim(client, round)
    assert (response.status_code, response.content) == (204, b"")


def test_nothing_is_claimed_before_the_content_warning_is_accepted(round):
    client = client_of(make_member(round.project, Role.ANNOTATOR))
    assert "content warning" in claim(client, round).json()["detail"]
    assert client.post(f"/api/v1/rounds/{round.pk}/consent/", {"accepted": False}).status_code == 400
    assert client.post(f"/api/v1/rounds/{round.pk}/consent/", {"accepted": True}).json()["panel"] == "Crowd"
    assert claim(client, round).status_code == 200


def test_an_answer_is_stored_with_its_ledger_entry(round, client):
    place = claim(client, round).json()["assignment"]
    response = submit(
        client,
        place,
        verdict="incorrect",
        corrected_label="low",
        bias_types=["religious", "racial"],
        subgroup="muslim",
        pattern="identity_term",
        severity=2,
        note="A plain mention.",
    )
    assert response.status_code == 201, response.json()
    stored = Annotation.objects.get()
    assert (stored.verdict, stored.corrected_label, stored.bias_types, stored.severity) == ("incorrect", "low", ["religious", "racial"], 2)
    assert (response.json()["id"], response.json()["biased"], response.json()["bias_types"]) == (stored.pk, True, ["religious", "racial"])
    assert LedgerEntry.objects.filter(action="annotation.submitted", subject=f"annotation {stored.pk}").exists()


def test_the_same_answer_sent_twice_is_stored_once(round, client):
    place, key = claim(client, round).json()["assignment"], str(uuid.uuid4())
    first, again = submit(client, place, key=key), submit(client, place, key=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Annotation.objects.count() == 1


def test_another_key_for_an_answered_place_is_a_conflict(round, client):
    place = claim(client, round).json()["assignment"]
    submit(client, place)
    assert submit(client, place).status_code == 409
    assert Annotation.objects.count() == 1


def test_a_key_of_another_answer_is_a_conflict(round, client):
    key = str(uuid.uuid4())
    submit(client, claim(client, round).json()["assignment"], key=key)
    assert submit(client, claim(client, round).json()["assignment"], key=key).status_code == 409


def test_a_place_that_somebody_else_holds_is_not_answered(round, client):
    place = claim(client, round).json()["assignment"]
    assert submit(consenting(round), place).status_code == 409
    assert not Annotation.objects.exists()


def test_a_closed_round_takes_no_answer_and_gives_no_place(round, client):
    place = claim(client, round).json()["assignment"]
    AnnotationRound.objects.update(state="closed")
    assert submit(client, place).status_code == 409
    assert claim(client, round).status_code == 409


def test_a_round_for_other_panels_is_forbidden(round, client):
    round.panels.add(Panel.objects.create(project=round.project, name="Experts", kind="expert"))
    response = claim(client, round)
    assert response.status_code == 403
    assert "Experts" in response.json()["detail"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"verdict": "maybe"}, "verdict"),
        ({"verdict": None}, "verdict"),
        ({"key": "not a uuid"}, "key"),
        ({"verdict": "incorrect"}, "corrected_label"),
        ({"verdict": "incorrect", "corrected_label": "extreme"}, "corrected_label"),
        ({"verdict": "incorrect", "corrected_label": "high"}, "corrected_label"),
        ({"verdict": "correct", "corrected_label": "low"}, "corrected_label"),
        ({"bias_types": ["racial"]}, "severity"),
        ({"bias_types": ["racial"], "severity": 4}, "severity"),
        ({"bias_types": ["racial", "racial"], "severity": 1}, "bias_types"),
        ({"bias_types": ["martian"], "severity": 1}, "bias_types.0"),
        ({"bias_types": "racial", "severity": 1}, "bias_types"),
        ({"severity": 2}, "severity"),
        ({"bias_types": ["racial"], "severity": 1, "subgroup": "martians"}, "subgroup"),
        ({"bias_types": ["racial"], "severity": 1, "pattern": "spite"}, "pattern"),
        ({"note": "x" * 2001}, "note"),
        ({"verdcit": "correct"}, "verdcit"),
    ],
)
def test_an_answer_that_contradicts_itself_is_refused_with_words(round, client, fields, field):
    place = claim(client, round).json()["assignment"]
    response = submit(client, place, **fields)
    assert response.status_code == 400, response.json()
    assert response.json()["errors"][field]
    assert not Annotation.objects.exists()
    assert submit(client, place).status_code == 201


def test_a_skipped_place_is_given_to_others(round, client):
    place = claim(client, round).json()["assignment"]
    assert client.post(f"/api/v1/assignments/{place}/skip/", {}).status_code == 400
    response = client.post(f"/api/v1/assignments/{place}/skip/", {"reason": "Not my language.", "flagged": True})
    assert response.status_code == 204
    skipped = Assignment.objects.get(pk=place)
    assert (skipped.state, skipped.skip_reason, skipped.flagged) == ("skipped", "Not my language.", True)
    assert claim(client, round).json()["item"] != skipped.item_id
    assert claim(consenting(round), round).json()["item"] == skipped.item_id


def test_outsiders_find_neither_round_nor_place(round, client):
    place, outsider = claim(client, round).json()["assignment"], stranger()
    assert claim(outsider, round).status_code == 404
    assert outsider.post(f"/api/v1/rounds/{round.pk}/consent/", {"accepted": True}).status_code == 404
    assert submit(outsider, place).status_code == 404
    assert outsider.post(f"/api/v1/assignments/{place}/skip/", {"reason": "x"}).status_code == 404
    assert submit(client, 10**12).status_code == 404

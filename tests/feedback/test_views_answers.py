"""What the page is told where an answer cannot be stored: which field to mend, and never that what was filled in may go."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from feedback.models import Annotation
from feedback.models.people import CONSENT_VERSION
from feedback.pipeline.assign import claim_next
from tests.feedback.worlds import make_round

pytestmark = pytest.mark.django_db
AHEAD = {"HTTP_X_WANTS": "ahead"}

CONTRADICTIONS = [
    ({"verdict": "unsure", "rationale": "0-9000"}, "rationale", "outside the comment"),
    ({"verdict": "incorrect", "corrected_label": "mild"}, "corrected_label", "The model says mild already."),
]
"""Only beside the comment and its prediction is it seen that these are wrong."""


@pytest.fixture
def place(client, ann, world):
    ann.consented_at, ann.consent_version = timezone.now(), CONSENT_VERSION
    ann.save()
    client.force_login(ann.user)
    return claim_next(round=make_round(world), annotator=ann)


def submit(client, place, headers=None, **fields):
    address = reverse("feedback:submit", args=[place.round.project.slug, place.round.number, place.pk])
    return client.post(address, {"key": str(uuid.uuid4()), **fields}, **(headers or {}))


def assert_still_theirs(place):
    place.refresh_from_db()
    assert (place.state, Annotation.objects.count()) == ("claimed", 0)


@pytest.mark.parametrize(("fields", "field", "message"), CONTRADICTIONS)
def test_what_contradicts_the_comment_is_refused_like_any_other_error_of_the_form(client, place, fields, field, message):
    refused = submit(client, place, AHEAD, **fields)
    assert refused.status_code == 422
    assert message in refused.json()["errors"][field]
    assert_still_theirs(place)


@pytest.mark.parametrize(("fields", "field", "message"), CONTRADICTIONS)
def test_without_javascript_the_form_comes_back_as_it_was_filled_in(client, place, fields, field, message):
    refused = submit(client, place, note="my own words", **fields)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert message in page
    assert "my own words" in page
    assert_still_theirs(place)

"""Guidelines by version: a lead edits them, people read them beside their work and are told what changed."""

import json
import uuid
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from feedback.models import Annotation, AnnotationRound, Participation
from feedback.pipeline.assign import claim_next
from feedback.pipeline.close_round import close_round
from feedback.pipeline.export import export_annotations
from feedback.pipeline.guidelines import compare, edit_guidelines
from modeling import ledger
from modeling.models import LedgerEntry
from tests.feedback.worlds import answer_next, make_round

pytestmark = pytest.mark.django_db
AHEAD = {"HTTP_X_WANTS": "ahead"}


@pytest.fixture
def round(world):
    return make_round(world, guidelines="Judge the words.")


def url(name, round, *args):
    return reverse(f"feedback:{name}", args=[round.project.slug, round.number, *args])


def edit(round, world, text="Judge the words, not the writer."):
    return edit_guidelines(round=round, text=text, by=world.lead)


def test_what_a_round_is_opened_with_is_its_first_version(round, world):
    first = round.guideline_versions.get()
    assert (first.number, first.text, first.author) == (1, "Judge the words.", world.lead)


def test_rounds_from_before_there_were_versions_get_their_first_one(round, world, ann):
    answer_next(round, ann)
    Participation.objects.create(round=round, annotator=ann)
    round.guideline_versions.all().delete()
    AnnotationRound.objects.update(guidelines_version=0)
    Annotation.objects.update(guidelines_version=0)
    import_module("feedback.migrations.0011_onboarding_and_care").first_versions(apps, None)
    assert [(one.number, one.text, one.author) for one in round.guideline_versions.all()] == [(1, "Judge the words.", world.lead)]
    assert Annotation.objects.get().guidelines_version == 1
    assert Participation.objects.get().guidelines_read == 1


def test_an_edit_makes_a_version_and_keeps_the_one_before(client, round, world):
    client.force_login(world.lead)
    response = client.post(url("guidelines-edit", round), {"text": "Judge the words, **not** the writer."}, follow=True)
    page = response.content.decode()
    assert [one.number for one in round.guideline_versions.all()] == [2, 1]
    assert "<strong>not</strong>" in page
    assert "<ins>" in page
    assert LedgerEntry.objects.filter(action="guidelines.changed").exists()
    assert not ledger.verify()


def test_a_preview_changes_nothing(client, round, world):
    client.force_login(world.lead)
    page = client.post(url("guidelines-edit", round), {"text": "# Draft", "preview": "1"}).content.decode()
    assert "<h3>Draft</h3>" in page
    assert round.guideline_versions.count() == 1


def test_the_same_text_makes_no_version(round, world):
    assert edit(round, world, "  Judge the words.\r\n") is None


def test_guidelines_of_a_closed_round_stay_as_people_read_them(client, round, world, ann):
    answer_next(round, ann)
    close_round(round=round, by=world.lead, start_cycle=False)
    client.force_login(world.lead)
    assert client.post(url("guidelines-edit", round), {"text": "Other."}).status_code == 422
    assert round.guideline_versions.count() == 1


def test_an_answer_knows_the_version_it_was_given_under(round, world, ann):
    answer_next(round, ann)
    edit(round, world)
    answer_next(round, ann)
    assert list(Annotation.objects.values_list("guidelines_version", flat=True)) == [1, 2]


def test_the_export_tells_the_version_of_each_answer(round, world, ann):
    answer_next(round, ann)
    edit(round, world)
    answer_next(round, ann)
    rows = "".join(export_annotations(project=world.project, format="jsonl")).splitlines()
    assert [json.loads(row)["guidelines"] for row in rows] == [1, 2]


def test_reading_them_is_remembered_and_a_change_is_told_at_the_next_answer(signed_in, round, world, ann):
    signed_in.get(url("annotate", round))
    signed_in.get(url("guidelines", round))
    assert Participation.objects.get().guidelines_read == 1
    edit(round, world)
    place = claim_next(round=round, annotator=ann)
    response = signed_in.post(url("submit", round, place.pk), {"key": uuid.uuid4(), "verdict": "correct"}, **AHEAD)
    assert response["X-Guidelines"] == "changed"
    assert "The guidelines changed since you read them" in signed_in.get(url("annotate", round)).content.decode()
    read = signed_in.get(url("guidelines", round), HTTP_HX_REQUEST="true").content.decode()
    assert "What changed since you read them" in read
    assert Participation.objects.get().guidelines_read == 2
    place = claim_next(round=round, annotator=ann)
    told = signed_in.post(url("submit", round, place.pk), {"key": uuid.uuid4(), "verdict": "correct"}, **AHEAD)
    assert "X-Guidelines" not in told


def test_accepting_the_content_warning_is_reading_what_stood_with_it(client, round, ann):
    client.force_login(ann.user)
    assert "Judge the words." in client.get(url("annotate", round)).content.decode()
    client.post(url("consent", round), {"consent_version": "1", "guidelines_version": "1"})
    assert Participation.objects.get().guidelines_read == 1


def test_a_text_that_changed_asks_for_consent_again(client, round, ann):
    ann.consented_at, ann.consent_version = timezone.now(), 0
    ann.save()
    client.force_login(ann.user)
    assert "Before you start" in client.get(url("annotate", round)).content.decode()
    client.post(url("consent", round), {"consent_version": "1", "guidelines_version": "1"})
    ann.refresh_from_db()
    assert ann.consent_version == 1


def test_a_new_round_proposes_the_last_text(client, world, round):
    client.force_login(world.lead)
    assert "Judge the words." in client.get(reverse("feedback:round-create", args=[world.project.slug])).content.decode()


def test_a_comparison_can_be_read_through():
    pieces = compare("Judge the words.", "Judge only the words.")
    assert "".join(one.text for one in pieces if one.kind != "removed") == "Judge only the words."
    assert "".join(one.text for one in pieces if one.kind != "added") == "Judge the words."

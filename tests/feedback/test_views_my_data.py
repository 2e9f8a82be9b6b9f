"""The page on which people decide about their own data."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from feedback.models import Annotation, Annotator, ErasureRequest, Withdrawal
from feedback.pipeline.assign import claim_next
from modeling.models import Role
from tests.api_client import client_of
from tests.factories import make_member
from tests.feedback.worlds import BIASED, CORRECT, World, answer_next, make_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def me(client, world: World, ann: Annotator) -> Annotator:
    Annotator.objects.filter(pk=ann.pk).update(consented_at=timezone.now())
    ann.refresh_from_db()
    client.force_login(ann.user)
    return ann


def url(name: str, world: World) -> str:
    return reverse(f"feedback:{name}", args=[world.project.slug])


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_the_take_out_is_a_file(client, world: World, me: Annotator) -> None:
    answer_next(make_round(world), me, BIASED)
    response = client.post(url("my-data-take-out", world))
    assert response["Content-Type"] == "application/zip"
    assert "my-data" in response["Content-Disposition"]
    assert b"".join(response.streaming_content).startswith(b"PK")


def test_after_withdrawing_no_comment_is_shown_and_none_is_taken(client, world: World, me: Annotator) -> None:
    round = make_round(world)
    held = claim_next(round=round, annotator=me)
    said = text(client.post(url("withdraw", world), follow=True))
    assert "You have withdrawn your consent" in said
    page = client.get(reverse("feedback:annotate", args=[world.project.slug, round.number]))
    assert held.item.comment.text not in text(page)
    sent = {"agree": "1", "key": "8f9e2b1c-2b58-4a86-9a33-2f2f9dd5b1aa"}
    address = reverse("feedback:submit", args=[world.project.slug, round.number, held.pk])
    assert client.post(address, sent).status_code == 403
    assert client_of(me.user).post(f"/api/v1/rounds/{round.pk}/claim/").status_code == 403
    assert not Annotation.objects.exists()


def test_consenting_anew_ends_the_withdrawal_and_the_page_says_so(client, world: World, me: Annotator) -> None:
    round = make_round(world)
    client.post(url("withdraw", world))
    assert "To start again takes the withdrawal back" in text(client.get(reverse("feedback:annotate", args=[world.project.slug, round.number])))
    client.post(reverse("feedback:consent", args=[world.project.slug, round.number]))
    assert Withdrawal.objects.get().ended_at
    assert "Withdraw my consent" in text(client.get(url("my-data", world)))


def test_the_withdrawal_can_be_taken_back_on_the_page(client, world: World, me: Annotator) -> None:
    client.post(url("withdraw", world))
    assert "You withdrew your consent on" in text(client.get(url("my-data", world)))
    assert "is taken back" in text(client.post(url("withdraw-undo", world), follow=True))


def test_nothing_is_removed_without_confirmation(client, world: World, me: Annotator) -> None:
    answer_next(make_round(world), me, BIASED)
    response = client.post(url("erase", world))
    assert response.status_code == 422
    assert "Nothing was removed" in text(response)
    assert Annotation.objects.get().note
    assert not ErasureRequest.objects.exists()


def test_what_is_done_and_what_waits_is_said(client, world: World, me: Annotator) -> None:
    answer_next(make_round(world), me, BIASED)
    assert "is not built yet" in text(client.get(url("my-data", world)))
    said = text(client.post(url("erase", world), {"confirmed": "yes"}, follow=True))
    assert "Notes and reasons removed: 1. 1 answer waits." in said
    assert "Take the request back" in said
    said = text(client.post(url("erase-undo", world), follow=True))
    assert "do not come back" in said


def test_leads_see_who_asked(client, world: World, me: Annotator) -> None:
    answer_next(make_round(world), me, CORRECT)
    client.post(url("erase", world), {"confirmed": "yes"})
    client.force_login(world.lead)
    said = text(client.get(url("erasure-requests", world)))
    assert "1 request waits." in said
    assert me.user.username in said


@pytest.mark.parametrize(("name", "sent"), [("withdraw", {}), ("erase", {"confirmed": "yes"})])
def test_other_sessions_end_with_what_was_typed_there_and_this_one_forgets_it(client, world: World, me: Annotator, name: str, sent: dict) -> None:
    elsewhere, somebody_else = Client(), Client()
    elsewhere.force_login(me.user)
    somebody_else.force_login(make_member(world.project, Role.LEAD))
    for browser in (client, elsewhere, somebody_else):
        session = browser.session
        session["what_if_pins"] = {world.project.slug: [{"text": "That is me."}]}
        session.save()
    said = text(client.post(url(name, world), sent, follow=True))
    assert "removed" in said or "withdrawn" in said
    assert Session.objects.count() == 2
    assert "what_if_pins" not in client.session
    assert elsewhere.get(url("my-data", world)).status_code == 302
    assert "what_if_pins" in somebody_else.session


def test_a_member_about_whom_nothing_is_kept_is_told_so(client, world: World) -> None:
    client.force_login(make_member(world.project, Role.LEAD))
    assert "Nothing is kept about you" in text(client.get(url("my-data", world)))
    assert client.post(url("my-data-take-out", world)).status_code == 404

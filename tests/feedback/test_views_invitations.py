"""Invitations by link: who holds one becomes an annotator of its panel, so often and so long as the lead said."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from feedback.errors import InvitationError
from feedback.models import Annotator, Invitation, InvitationTry
from feedback.pipeline.invitations import TRIES, accept, make_invitation, revoke
from modeling.models import LedgerEntry, Membership, Role
from tests.factories import make_member, make_project
from tests.feedback.worlds import make_panel, make_round

pytestmark = pytest.mark.django_db
ACCOUNT = {"username": "nadia", "password1": "nine quiet herons", "password2": "nine quiet herons"}


@pytest.fixture
def panel(world):
    return make_panel(world.project, "community")


@pytest.fixture
def invited(world, panel):
    return make_invitation(panel=panel, days=7, uses=1, by=world.lead)


def page_of(token):
    return reverse("feedback:join", args=[token])


def test_the_link_is_shown_once_and_only_its_hash_is_kept(client, world, panel):
    client.force_login(world.lead)
    address = reverse("feedback:invitations", args=[world.project.slug])
    page = client.post(address, {"panel": panel.pk, "uses": 3, "days": 7, "note": "the reading group"}, follow=True).content.decode()
    token = page.split("/join/")[1].split("/")[0]
    made = Invitation.objects.get()
    assert (made.panel, made.uses_allowed, made.created_by) == (panel, 3, world.lead)
    assert token not in str([vars(one) for one in (made, *LedgerEntry.objects.all())])
    again = client.get(address).content.decode()
    assert token not in again
    assert token not in str(dict(client.session)), "nor does the session keep it once it was shown"
    assert "the reading group" in again


def test_loading_the_page_with_a_new_link_again_makes_no_second_one(client, world, panel):
    client.force_login(world.lead)
    address = reverse("feedback:invitations", args=[world.project.slug])
    response = client.post(address, {"panel": panel.pk, "uses": 3, "days": 7, "note": ""})
    assert (response.status_code, response.url) == (302, address)
    client.head(address)
    shown, again = (client.get(address).content.decode() for _ in range(2))
    assert "/join/" in shown
    assert "/join/" not in again
    assert Invitation.objects.count() == 1


def test_a_new_link_is_shown_on_the_page_of_its_own_project_only(client, world, panel):
    client.force_login(world.lead)
    other = make_project()
    Membership.objects.create(project=other, user=world.lead, role=Role.LEAD)
    client.post(reverse("feedback:invitations", args=[world.project.slug]), {"panel": panel.pk, "uses": 3, "days": 7, "note": ""})
    assert "/join/" not in client.get(reverse("feedback:invitations", args=[other.slug])).content.decode()


def test_an_invited_person_makes_an_account_and_lands_before_the_content_warning(client, world, panel, invited):
    make_round(world)
    made, token = invited
    page = client.post(page_of(token), ACCOUNT, follow=True).content.decode()
    assert "Before you start" in page
    annotator = Annotator.objects.get(user__username="nadia")
    assert (annotator.panel, Membership.objects.get(user=annotator.user).role) == (panel, Role.ANNOTATOR)
    assert [use.user for use in made.used_by.all()] == [annotator.user]


def test_a_weak_password_makes_no_account_and_uses_nothing_up(client, invited):
    made, token = invited
    assert client.post(page_of(token), {**ACCOUNT, "password1": "12345", "password2": "12345"}).status_code == 422
    made.refresh_from_db()
    assert (made.uses, User.objects.filter(username="nadia").exists()) == (0, False)


def test_who_has_an_account_joins_by_one_button(client, world, panel, invited):
    somebody = make_member(make_project(), Role.ANNOTATOR)
    client.force_login(somebody)
    assert f"Join as {somebody.username}" in client.get(page_of(invited[1])).content.decode()
    client.post(page_of(invited[1]))
    assert Annotator.objects.get(user=somebody, project=world.project).panel == panel


def test_a_member_keeps_role_and_uses_nothing_up(client, world, invited):
    made, token = invited
    client.force_login(world.lead)
    client.post(page_of(token))
    made.refresh_from_db()
    assert (made.uses, Membership.objects.get(user=world.lead).role) == (0, Role.LEAD)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"uses": 1}, "is used up"),
        ({"expires_at": timezone.now() - timedelta(hours=1)}, "has run out"),
        ({"revoked_at": timezone.now()}, "was withdrawn"),
    ],
)
def test_a_link_that_works_no_more_says_why(client, invited, change, words):
    made, token = invited
    Invitation.objects.filter(pk=made.pk).update(**change)
    for response in (client.get(page_of(token)), client.post(page_of(token), ACCOUNT)):
        assert response.status_code == 410
        assert words in response.content.decode()
    assert not User.objects.filter(username="nadia").exists()


def test_the_last_use_goes_to_one_person(world, invited):
    """Both had found it usable; the second one finds it used up when it counts."""
    first, second = (make_member(make_project(), Role.ANNOTATOR) for _ in range(2))
    stale = Invitation.objects.get(pk=invited[0].pk)
    accept(invitation=invited[0], user=first)
    with pytest.raises(InvitationError, match="used up"):
        accept(invitation=stale, user=second)
    assert not Membership.objects.filter(project=world.project, user=second).exists()


def test_a_double_click_uses_one_up_and_is_no_error(world, invited):
    """When the second click has found no membership, the first one's is written."""
    somebody, table = make_member(make_project(), Role.ANNOTATOR), Membership._meta.db_table
    first_click = iter([lambda: Membership.objects.create(project=world.project, user=somebody, role=Role.ANNOTATOR)])

    def click_between(execute, sql, params, many, context):
        found = execute(sql, params, many, context)
        if f'FROM "{table}"' in sql and (click := next(first_click, None)):
            click()
        return found

    with connection.execute_wrapper(click_between):
        accept(invitation=invited[0], user=somebody)
    invited[0].refresh_from_db()
    assert invited[0].uses == 0, "the first click uses it up"
    assert Membership.objects.filter(project=world.project, user=somebody).count() == 1


def test_a_withdrawn_link_leaves_who_came(client, world, invited):
    somebody = make_member(make_project(), Role.ANNOTATOR)
    accept(invitation=invited[0], user=somebody)
    revoke(invitation=invited[0], by=world.lead)
    assert Membership.objects.filter(project=world.project, user=somebody).exists()


def test_too_many_tries_from_one_address_are_turned_away(client, invited):
    for _ in range(TRIES):
        client.post(page_of("guessed"), ACCOUNT)
    response = client.post(page_of(invited[1]), ACCOUNT)
    assert "Too many tries" in response.content.decode()
    InvitationTry.objects.update(at=timezone.now() - timedelta(minutes=11))
    assert client.post(page_of(invited[1]), ACCOUNT).status_code == 302
    assert not InvitationTry.objects.filter(address__contains="127").exists()


def test_a_lead_of_another_project_withdraws_nothing(client, invited):
    other = make_project()
    client.force_login(make_member(other, Role.LEAD))
    assert client.post(reverse("feedback:invitation-revoke", args=[other.slug, invited[0].pk])).status_code == 404

"""Signing in and out, and a form that is sent after the session has ended: it is said that nothing is stored, and the way back is its page."""

import pytest
from django.urls import reverse

from biasapp.demonstration import ACCOUNTS, PASSWORD
from tests.feedback.worlds import make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(django_user_model):
    return django_user_model.objects.create_user("ann", password="a long enough one")


def sign_in(client, **fields):
    return client.post(reverse("login"), {"username": "ann", "password": "a long enough one", **fields})


def test_signing_in_leads_home(client, ann):
    assert sign_in(client).url == reverse("home")


def test_signing_in_leads_back_to_where_one_was(client, ann):
    assert sign_in(client, next="/projects/x/rounds/").url == "/projects/x/rounds/"


def test_signing_in_never_leads_to_another_site(client, ann):
    assert sign_in(client, next="https://evil.example/").url == reverse("home")


def test_a_wrong_password_is_said_and_the_name_is_kept(client, ann):
    page = sign_in(client, password="wrong").content.decode()
    assert "✕" in page
    assert 'value="ann"' in page


def test_too_many_attempts_close_the_name_for_a_while(client, ann, settings):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        response = sign_in(client, password="wrong")
    assert response.status_code == 429
    assert "Too many attempts" in response.content.decode()
    assert sign_in(client).status_code == 429, "the right password does not help before the time is over"


def test_signing_out_is_a_post_and_ends_the_session(client, ann):
    client.force_login(ann)
    assert client.get(reverse("logout")).status_code == 405
    client.post(reverse("logout"))
    assert client.get(reverse("home")).url.startswith(reverse("login"))


def test_demonstration_accounts_are_offered_in_the_demonstration_only(client, settings):
    assert PASSWORD not in client.get(reverse("login")).content.decode()
    settings.DEMO = True
    page = client.get(reverse("login")).content.decode()
    assert all(f"Sign in as {account.username}" in page for account in ACCOUNTS)


def test_health_answers_without_signing_in(client):
    assert client.get(reverse("health")).json() == {"status": "ok"}


def sent_signed_out(client, **headers):
    world = make_world()
    make_annotator(world.project)
    path = reverse("feedback:undo", args=[world.project.slug, make_round(world).number])
    response = client.post(path, headers=headers)
    assert response.status_code == 302
    return response["Location"]


def test_after_signing_in_they_are_back_on_the_page_of_the_form(client):
    location = sent_signed_out(client, referer="http://testserver/projects/x/rounds/2/people/?page=3")
    assert location == "/sign-in/?next=%2Fprojects%2Fx%2Frounds%2F2%2Fpeople%2F%3Fpage%3D3"
    assert b"what you sent is not stored" in client.get(location).content


def test_without_a_page_of_this_site_they_come_home(client):
    assert sent_signed_out(client).endswith("?next=%2F")
    assert sent_signed_out(client, referer="https://elsewhere.example/form").endswith("?next=%2F")


def test_a_page_that_is_only_read_keeps_its_own_address(client):
    assert client.get(reverse("home"))["Location"] == "/sign-in/?next=/"

"""What people see when something is wrong."""

import pytest
from django.template.loader import render_to_string
from django.test import Client, override_settings
from django.urls import path, reverse

from biasapp.urls import urlpatterns as site
from modeling.models import Role
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db


def break_down(request):
    raise RuntimeError("a bug")


urlpatterns = [*site, path("broken/", break_down)]


def test_an_unknown_address_says_what_that_may_mean(client):
    response = client.get("/nothing/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_a_page_for_another_role_says_for_which(client):
    project = make_project()
    client.force_login(make_member(project, Role.ANNOTATOR))
    response = client.get(reverse("feedback:round-list", args=[project.slug]))
    assert response.status_code == 403
    assert "for the role lead and above" in response.content.decode()


@override_settings(ROOT_URLCONF=__name__)
def test_a_bug_says_what_is_safe_and_nothing_of_the_code():
    response = Client(raise_request_exception=False).get("/broken/")
    assert response.status_code == 500
    assert "What you sent last was not stored" in response.content.decode()
    assert "RuntimeError" not in response.content.decode()


def test_a_form_without_its_token_says_what_to_do():
    response = Client(enforce_csrf_checks=True).post(reverse("login"))
    assert response.status_code == 403
    assert "reload the page" in response.content.decode()


@pytest.mark.parametrize("name", ["500.html", "403_csrf.html", "registration/locked.html"])
def test_pages_of_last_resort_need_no_request_and_no_database(name, django_db_blocker):
    with django_db_blocker.block():
        assert "</html>" in render_to_string(name)


def test_the_browser_is_told_to_run_nothing_from_outside(client):
    policy = client.get(reverse("login"))["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_no_page_of_ours_has_inline_styles_or_handlers():
    """The policy would refuse them silently."""
    import re
    from pathlib import Path

    from django.conf import settings

    for template in Path(settings.BASE_DIR / "templates").rglob("*.html"):
        source = template.read_text()
        assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:", source), template


@pytest.mark.parametrize(("cookie", "attribute"), [("dark", 'data-theme="dark"'), ("light", 'data-theme="light"')])
def test_the_theme_is_written_by_the_server_so_that_no_page_flashes(client, cookie, attribute):
    client.cookies["theme"] = cookie
    assert attribute in client.get(reverse("login")).content.decode()


def test_a_theme_that_we_do_not_know_is_ignored(client):
    client.cookies["theme"] = '"><script>'
    assert "data-theme" not in client.get(reverse("login")).content.decode().split("<head>")[0]

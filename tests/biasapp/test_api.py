"""What all endpoints share: who is let in, how refusals are told, what a body may be."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import get_resolver
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from modeling.models import Role
from tests.api_client import client_of
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def user(project):
    return make_member(project, Role.LEAD)


def endpoints():
    """Every address of version 1, with something in place of each parameter."""
    api = next(pattern for pattern in get_resolver().url_patterns if str(pattern.pattern) == "api/")
    included = [group for group in api.url_patterns if hasattr(group, "url_patterns")]
    paths = [str(endpoint.pattern) for group in included for endpoint in group.url_patterns]
    assert len(paths) >= 20
    values = {"<slug:slug>": "threads", "<int:pk>": "1", "<int:number>": "1"}
    for path in paths:
        for parameter, value in values.items():
            path = path.replace(parameter, value)
        yield f"/api/v1/{path}"


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_gets_in_without_a_token(method):
    for address in endpoints():
        response = getattr(APIClient(), method)(address)
        assert response.status_code == 401, address
        assert response["WWW-Authenticate"] == "Token"
        assert response.json()["detail"]


def test_a_wrong_token_and_one_of_a_person_switched_off_open_nothing(project, user):
    client = client_of(user)
    address = f"/api/v1/projects/{project.slug}/cycles/"
    assert client.get(address).status_code == 200
    user.is_active = False
    user.save()
    assert client.get(address).status_code == 401
    client.credentials(HTTP_AUTHORIZATION="Token nonsense")
    assert client.get(address).status_code == 401


def test_a_session_works_too_but_not_across_sites(project, user):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.get(f"/api/v1/projects/{project.slug}/cycles/").status_code == 200
    response = client.post(f"/api/v1/projects/{project.slug}/cycles/", {}, format="json")
    assert response.status_code == 403
    assert "CSRF" in response.json()["detail"]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"lane": ', "application/json", 400),
        (b'{"lane": NaN}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 200_000, "application/json", 400),
        (b'"just a string"', "application/json", 400),
        (b"null", "application/json", 400),
        (b'{"\\ud800": 1}', "application/json", 400),
        (b'{"lane": "\\ud800"}', "application/json", 400),
        (b"{}", "application/json; charset=bz2", 400),
        (b" " * 5_000_001, "application/json", 413),
        (b"lane=fast", "application/x-www-form-urlencoded", 415),
        (b"<lane/>", "application/xml", 415),
    ],
    ids=["cut off", "NaN", "not UTF-8", "too deep", "a string", "null", "surrogate name", "surrogate value", "charset", "too large", "form", "XML"],
)
def test_a_body_that_cannot_be_read_is_refused_with_words(project, user, body, content_type, status):
    response = client_of(user).generic("POST", f"/api/v1/projects/{project.slug}/cycles/", body, content_type=content_type)
    assert response.status_code == status
    assert response.json()["detail"]
    assert set(response.json()) == {"detail", "errors"}


def test_a_method_that_is_not_there_says_which_are(project, user):
    response = client_of(user).delete(f"/api/v1/projects/{project.slug}/cycles/")
    assert response.status_code == 405
    assert "POST" in response["Allow"]


def test_an_upload_with_thousands_of_fields_is_refused(project, user):
    fields = {f"field{number}": "x" for number in range(1_100)}
    response = client_of(user).post(f"/api/v1/projects/{project.slug}/datasets/", fields, format="multipart")
    assert response.status_code == 400
    assert response.json()["detail"]


def test_a_token_is_printed_once_made_and_the_same_until_renewed(user, capsys):
    def printed(**options):
        call_command("create_token", user.username, **options)
        return capsys.readouterr().out.strip()

    first = printed()
    assert first == Token.objects.get(user=user).key == printed()
    assert printed(renew=True) != first
    assert Token.objects.count() == 1


def test_no_token_is_made_for_nobody():
    with pytest.raises(CommandError, match="nobody"):
        call_command("create_token", "nemo")

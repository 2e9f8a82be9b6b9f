"""The sealed bundle on the cycle's page and by the API: who gets it, what they are told, and that it is written down."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse

from modeling.models import CycleBundle, LedgerEntry, Role
from tests.api_client import client_of
from tests.factories import make_cycle, make_member, make_project
from tests.modeling.decided import make_decided_cycle

pytestmark = pytest.mark.django_db
CONTENT = b"PK as it was sealed"


@pytest.fixture
def cycle():
    return make_decided_cycle(make_project())


@pytest.fixture
def bundle(cycle, settings, tmp_path: Path) -> CycleBundle:
    settings.MODELS_DIR = tmp_path
    (tmp_path / "cycle.zip").write_bytes(CONTENT)
    return CycleBundle.objects.create(cycle=cycle, decided_at=cycle.decided_at, file="cycle.zip", sha256="ab" * 32, size=len(CONTENT))


def url(name: str, cycle) -> str:
    return reverse(f"modeling:{name}", args=[cycle.project.slug, cycle.number])


def api(cycle) -> str:
    return f"/api/v1/projects/{cycle.project.slug}/cycles/{cycle.number}/bundle/"


def sign_in(client, cycle, role):
    user = make_member(cycle.project, role)
    client.force_login(user)
    return user


def page(client, cycle) -> str:
    return client.get(url("cycle-detail", cycle)).content.decode()


def test_an_admin_downloads_it_and_the_ledger_says_so(client, cycle, bundle) -> None:
    user = sign_in(client, cycle, Role.ADMIN)
    response = client.post(url("cycle-bundle", cycle))
    assert b"".join(response.streaming_content) == CONTENT
    assert response["Content-Disposition"] == f'attachment; filename="{cycle.project.slug}-cycle-{cycle.number}.zip"'
    entry = LedgerEntry.objects.get(action="export")
    assert (entry.actor, entry.payload["sha256"]) == (user.username, bundle.sha256)


def test_the_page_shows_how_large_it_is_and_when_it_was_sealed(client, cycle, bundle) -> None:
    sign_in(client, cycle, Role.LEAD)
    later = cycle.decided_at + timedelta(hours=2)
    CycleBundle.objects.filter(pk=bundle.pk).update(size=1_766_463, created_at=later)
    html = page(client, cycle).replace("\xa0", " ")
    assert "in one file of 1.7 MB" in html
    assert later.strftime("%H:%M</time>") in html
    assert "2 hours after the verdict" in html


def test_the_page_shows_its_hash_and_how_to_replay_it(client, cycle, bundle) -> None:
    sign_in(client, cycle, Role.ADMIN)
    html = page(client, cycle)
    assert f"replay_cycle {cycle.project.slug}-cycle-{cycle.number}.zip --sha256 {bundle.sha256}" in html
    assert "Download the bundle" in html


def test_a_lead_sees_the_hash_but_takes_nothing_out(client, cycle, bundle) -> None:
    sign_in(client, cycle, Role.LEAD)
    html = page(client, cycle)
    assert bundle.sha256 in html
    assert "Download the bundle" not in html
    assert client.post(url("cycle-bundle", cycle)).status_code == 403
    assert client_of(make_member(cycle.project, Role.LEAD)).get(api(cycle)).status_code == 403


def test_the_api_gives_the_same_file(cycle, bundle) -> None:
    response = client_of(make_member(cycle.project, Role.ADMIN)).get(api(cycle), HTTP_ACCEPT="application/zip")
    assert b"".join(response.streaming_content) == CONTENT
    assert (response["Content-Type"], response["X-SHA256"]) == ("application/zip", bundle.sha256)
    assert LedgerEntry.objects.filter(action="export").count() == 1


def test_the_api_says_that_there_is_none(cycle) -> None:
    admin = client_of(make_member(cycle.project, Role.ADMIN))
    response = admin.get(api(cycle))
    assert (response.status_code, response.json()["detail"]) == (404, "Cycle 1 has no bundle. One is written when a cycle has its verdict.")
    assert admin.get(api(cycle).replace("/1/", "/77/")).status_code == 404


def test_a_cycle_whose_bundle_was_never_written_can_have_it_made(client, cycle, django_capture_on_commit_callbacks) -> None:
    from django_q.models import OrmQ

    sign_in(client, cycle, Role.LEAD)
    assert "Make the bundle" in page(client, cycle)
    html = client.post(url("cycle-seal", cycle), follow=True).content.decode()
    assert "The bundle is being made" in html
    assert OrmQ.objects.count() == 1


def test_a_cycle_without_a_verdict_shows_no_bundle_and_makes_none(client) -> None:
    from django_q.models import OrmQ

    cycle = make_cycle(make_project(), state="failed")
    sign_in(client, cycle, Role.LEAD)
    assert "bundle" not in page(client, cycle)
    assert "nothing to seal" in client.post(url("cycle-seal", cycle), follow=True).content.decode()
    assert not OrmQ.objects.exists()


def test_a_file_that_is_gone_is_said_in_words(client, cycle, bundle, settings) -> None:
    (Path(settings.MODELS_DIR) / "cycle.zip").unlink()
    sign_in(client, cycle, Role.ADMIN)
    html = client.post(url("cycle-bundle", cycle), follow=True).content.decode()
    assert f"The ledger still holds its SHA-256, {bundle.sha256}" in html

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from feedback.models import Annotator
from modeling.models import LedgerEntry, Membership

pytestmark = pytest.mark.django_db


def test_it_makes_project_person_role_and_panel(monkeypatch) -> None:
    monkeypatch.setenv("BIASAPP_PASSWORD", "a long enough one")
    call_command("add_person", "ana", project="My project", panel="neighbours")
    assert Membership.objects.get().role == "annotator"
    assert Annotator.objects.get().panel.name == "neighbours"
    assert User.objects.get().check_password("a long enough one")
    assert LedgerEntry.objects.filter(action="person.added").exists()


def test_a_weak_password_is_refused_and_nothing_is_made(monkeypatch) -> None:
    monkeypatch.setenv("BIASAPP_PASSWORD", "12345")
    with pytest.raises(CommandError, match="too short"):
        call_command("add_person", "ana", project="My project")
    assert not User.objects.exists()


def test_the_role_of_a_person_can_be_changed(monkeypatch) -> None:
    monkeypatch.setenv("BIASAPP_PASSWORD", "a long enough one")
    call_command("add_person", "ana", project="My project")
    call_command("add_person", "ana", project="My project", role="lead")
    assert Membership.objects.get().role == "lead"

"""What somebody pinned stands in their session, and goes with it: at the end of its time, or when they sign out."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django_q.models import Schedule

from modeling.models import Role
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db


def sign_in_and_pin(client):
    client.force_login(make_member(make_project(), Role.ANNOTATOR))
    session = client.session
    session["what_if_pins"] = {"study": [{"text": "What somebody typed."}]}
    session.save()


def test_expired_sessions_are_deleted_on_a_schedule_and_others_are_not(client):
    sign_in_and_pin(client)
    call_command("schedule_jobs")
    module, function = Schedule.objects.get(name="clear expired sessions").func.rsplit(".", 1)
    clear = getattr(import_module(module), function)
    clear()
    assert Session.objects.count() == 1
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    clear()
    assert not Session.objects.exists()


def test_who_signs_out_leaves_nothing_behind(client):
    sign_in_and_pin(client)
    client.post(reverse("logout"))
    assert not Session.objects.exists()
    assert "what_if_pins" not in client.session

"""A world per test."""

import pytest
from django.test import Client
from django.utils import timezone

from feedback.models import Annotator
from feedback.models.people import CONSENT_VERSION
from tests.feedback.worlds import World, make_annotator, make_world


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def ann(world: World) -> Annotator:
    return make_annotator(world.project)


@pytest.fixture
def ben(world: World) -> Annotator:
    return make_annotator(world.project)


@pytest.fixture
def signed_in(client: Client, ann: Annotator) -> Client:
    """`ann`, who has consented."""
    ann.consented_at, ann.consent_version = timezone.now(), CONSENT_VERSION
    ann.save()
    client.force_login(ann.user)
    return client

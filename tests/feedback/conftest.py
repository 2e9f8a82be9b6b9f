"""A world per test."""

import pytest

from feedback.models import Annotator
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

"""A change of guidelines is marked beside the project's figures by month: modeling reads it from the ledger, whose words feedback writes."""

import pytest

from feedback.pipeline.guidelines import edit_guidelines
from modeling.reports.events import project_events
from tests.feedback.worlds import make_round, make_world

pytestmark = pytest.mark.django_db


def test_it_is_an_event_of_its_project_and_of_no_other():
    world, other = make_world(), make_world()
    edit_guidelines(round=make_round(world, guidelines="Judge the words."), text="Judge the words, not the writer.", by=world.lead)
    assert [event.text for event in project_events(world.project, [])][-1] == "guidelines of round 1 changed"
    assert not [event for event in project_events(other.project, []) if "guidelines" in event.text]

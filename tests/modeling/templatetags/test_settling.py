"""What would settle a held verdict, as its page says it."""

import re

import pytest
from django.template import Context, Template

from modeling.models import RetrainingCycle
from tests.factories import make_project
from tests.modeling.decided import decision, make_decided_cycle

pytestmark = pytest.mark.django_db


def said(cycle) -> str:
    return re.sub(r"\s+", " ", Template("{% load settling %}{% settling cycle %}").render(Context({"cycle": cycle})))


@pytest.fixture
def held():
    """Held for a gain that may be chance."""
    cycle = make_decided_cycle(make_project(), eligible=False)
    found = decision(eligible=False, subgroups=[])
    cycle.decision = {**found, "primary": {**found["primary"], "passed": False, "p_value": 0.02, "difference": 0.01, "error": 0.005}}
    return cycle


def test_a_held_verdict_says_how_many_expert_labels_would_settle_it(held):
    page = said(held)
    assert "about 5,000 expert labels" in page.replace("\u202f", ",").replace("\u00a0", ",")
    assert "four times in five" in page
    assert "whether the gain is real or chance" in page


def test_it_says_what_it_assumes_and_what_an_older_verdict_did_not_record(held):
    older = said(held)
    assert "if what was measured is the truth and fresh comments are as varied" in older
    assert "did not record of how few texts and families" in older
    held.decision["primary"]["freedom"] = 200.0
    assert "did not record" not in said(held)


def test_what_labels_cannot_settle_is_said_to_be_so(held):
    held.decision["primary"]["difference"] = -0.01
    assert "no number of labels alone" in said(held)
    assert "nothing new: it is measured as no better" in said(held)


def test_what_is_out_of_reach_is_no_advice(held):
    held.decision["primary"]["error"] = 0.05
    assert "more than gate rounds can add" in said(held)


def test_a_verdict_that_is_not_held_asks_for_nothing(held):
    held.state = RetrainingCycle.State.PROMOTED
    assert said(held).strip() == ""
    assert said(make_decided_cycle(make_project())).strip() == ""

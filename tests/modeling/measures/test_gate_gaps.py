"""What the gate makes of a margin on a gap between subgroups."""

from dataclasses import replace

import pytest

from modeling.config import GateConfig
from modeling.measures.gate import decide
from tests.modeling.measures.worlds import make_world, rescored

QUICK = GateConfig(primary_alpha=0.05, primary_resamples=400, margins={"fpr_gap": 0.05})


@pytest.mark.parametrize("subgroups", [1, 2])
def test_a_margin_on_a_gap_is_passed_or_failed_only_where_there_are_two_subgroups(subgroups):
    world = make_world(600)
    champion = rescored(replace(world, memberships=dict(list(world.memberships.items())[:subgroups])), noise=0.45, seed=1)
    decision = decide(champion, rescored(champion, noise=0.25, seed=2), QUICK)
    assert (decision.checks[0].passed is None) == (subgroups == 1)
    assert any(note.startswith("False-alarm gap cannot be measured on these gate comments") for note in decision.notes) == (subgroups == 1)

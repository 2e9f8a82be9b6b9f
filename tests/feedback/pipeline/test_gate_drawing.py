"""A gate round on a large pool: every text of it is read, so the worker draws."""

import pytest

from feedback import tasks
from feedback.errors import RoundBeingDrawnError
from feedback.models import AnnotationRound, Panel
from feedback.pipeline import drawing
from feedback.pipeline.open_gate_round import draw_gate_round, open_gate_round
from modeling.errors import GateRoundRefusedError
from modeling.labels import Split
from modeling.models import Comment, LedgerEntry, RetrainingCycle
from tests.factories import make_cycle, make_version
from tests.feedback.worlds import World, make_panel, make_round

pytestmark = pytest.mark.django_db
State = AnnotationRound.State


@pytest.fixture
def held(world: World) -> RetrainingCycle:
    cycle = make_cycle(world.project, state="held", decision={"eligible": False}, gate_config={"seed": 5})
    cycle.candidate = make_version(world.project, cycle=cycle, arm="real")
    cycle.save()
    return cycle


def opened(held: RetrainingCycle, items: int = 3, **fields) -> AnnotationRound:
    experts = held.project.panels.first() or make_panel(held.project, Panel.Kind.EXPERT)
    return open_gate_round(cycle=held, item_count=items, panels=[experts], **fields)


@pytest.fixture
def waiting(held: RetrainingCycle, monkeypatch) -> AnnotationRound:
    monkeypatch.setattr(drawing, "AT_ONCE", 5)
    return opened(held, in_background=True)


def in_gate() -> int:
    return Comment.objects.filter(split=Split.GATE).count()


def test_from_a_small_pool_it_is_opened_at_once(held: RetrainingCycle) -> None:
    assert opened(held, in_background=True).state == State.OPEN


def test_from_a_large_pool_the_worker_draws(waiting: AnnotationRound) -> None:
    assert (waiting.state, waiting.items.count(), in_gate()) == (State.DRAWING, 0, 0)
    tasks.draw_round(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.items.count(), in_gate(), waiting.draw_progress) == (State.OPEN, 3, 3, 1)
    assert waiting.heartbeat_at is not None


def test_a_drawing_that_is_delivered_twice_moves_comments_once(waiting: AnnotationRound) -> None:
    again = AnnotationRound.objects.get(pk=waiting.pk)
    draw_gate_round(waiting)
    draw_gate_round(again)
    assert (waiting.items.count(), in_gate()) == (3, 3)
    assert LedgerEntry.objects.filter(action="gate_round.opened").count() == 1


def test_what_changed_while_it_waited_stands_in_it_and_moves_nothing(held: RetrainingCycle, waiting: AnnotationRound) -> None:
    RetrainingCycle.objects.filter(pk=held.pk).update(state="promoted")
    tasks.draw_round(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, in_gate()) == (State.FAILED, 0)
    assert waiting.draw_error == "Cycle 1 is promoted. A gate round settles a verdict that is held."


def test_so_does_a_pool_with_too_few_fresh_comments(waiting: AnnotationRound) -> None:
    AnnotationRound.objects.filter(pk=waiting.pk).update(item_count=400)
    tasks.draw_round(waiting.pk)
    waiting.refresh_from_db()
    assert waiting.state == State.FAILED
    assert "12 fresh comments left" in waiting.draw_error


def test_of_one_that_is_refused_at_once_nothing_is_left(held: RetrainingCycle) -> None:
    with pytest.raises(GateRoundRefusedError):
        opened(held, items=400)
    assert not AnnotationRound.objects.exists()


def test_no_other_round_of_the_project_is_drawn_beside_it(world: World, waiting: AnnotationRound) -> None:
    with pytest.raises(RoundBeingDrawnError, match="is being drawn"):
        make_round(world, items=3)

"""Cancelling a gate round while an answer is being stored: neither is lost."""

import threading
from uuid import uuid4

import pytest
from django.db import transaction

from feedback.errors import RoundAnsweredError
from feedback.models import Annotation, AnnotationRound, Panel
from feedback.pipeline.annotate import submit_annotation
from feedback.pipeline.assign import claim_next
from feedback.pipeline.open_gate_round import open_gate_round
from feedback.pipeline.reopen_round import cancel_round
from tests.factories import make_cycle, make_version
from tests.feedback.pipeline.test_assign import in_threads
from tests.feedback.worlds import LOW, make_annotator, make_panel, make_world

pytestmark = pytest.mark.django_db

LET_CANCEL_WAIT = 0.5


def test_an_answer_that_is_being_stored_is_not_cancelled_away(shared_database: None) -> None:
    world = make_world(pool=12)
    experts = make_panel(world.project, Panel.Kind.EXPERT)
    held = make_cycle(world.project, state="held", decision={"eligible": False}, gate_config={"seed": 5})
    held.candidate = make_version(world.project, cycle=held, arm="real")
    held.save()
    round = open_gate_round(cycle=held, item_count=2, panels=[experts], overlap=1)
    expert = make_annotator(world.project, experts)
    place = claim_next(round=round, annotator=expert)
    stored = threading.Event()

    def answer() -> None:
        with transaction.atomic():
            submit_annotation(assignment_id=place.pk, annotator=expert, key=uuid4(), answer=LOW)
            stored.set()
            threading.Event().wait(LET_CANCEL_WAIT)

    def cancel() -> None:
        stored.wait()
        with pytest.raises(RoundAnsweredError, match="answered already"):
            cancel_round(round=AnnotationRound.objects.select_related("project").get(pk=round.pk))

    in_threads([answer, cancel])
    assert AnnotationRound.objects.get(pk=round.pk).state == AnnotationRound.State.OPEN
    assert Annotation.objects.count() == 1

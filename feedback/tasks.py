"""What the queue calls on the annotation side. Each can be run twice without harm: the queue delivers at least once."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from feedback.models import AnnotationRound
from feedback.pipeline import drawing, explain_ahead, open_gate_round, sample
from feedback.pipeline.assign import release_expired
from feedback.pipeline.close_round import enqueue, hand_in
from feedback.pipeline.plan_rounds import make_sampling_plan
from feedback.pipeline.summarise_rounds import SLICE_SECONDS
from feedback.pipeline.summarise_rounds import summarise_rounds as sum_up
from modeling.models import LedgerEntry, Project

UNFINISHED_AFTER = timedelta(minutes=5)


def release_expired_leases() -> int:
    """Give places back that somebody has held for too long. On a schedule; a claim that finds nothing does it too."""
    return release_expired()


def aggregate_round(round_id: int, start_cycle: bool = True, by_id: int | None = None) -> None:
    from django.contrib.auth import get_user_model

    by = get_user_model().objects.filter(pk=by_id).first()
    hand_in(round=AnnotationRound.objects.select_related("project").get(pk=round_id), start_cycle=start_cycle, by=by)


def resume_closing() -> int:
    """Queue rounds again whose aggregation, or whose request for a cycle, was lost with a killed worker. On a schedule."""
    before = timezone.now() - UNFINISHED_AFTER
    closed = AnnotationRound.objects.filter(state=AnnotationRound.State.CLOSED, closed_at__lt=before)
    unfinished = [*closed.filter(batch=None, settled_at=None), *filter(_lacks_its_cycle, closed.filter(_wants_cycle()).select_related("project"))]
    for round in unfinished:
        enqueue(round.pk, round.wants_cycle, None)
    return len(unfinished)


def _wants_cycle() -> Q:
    """A gate round asks for its verdict in the transaction that settles it."""
    return Q(kind=AnnotationRound.Kind.POOL, wants_cycle=True, cycle=None, batch__isnull=False)


def _lacks_its_cycle(round: AnnotationRound) -> bool:
    """Where the cycle was refused since it closed, the ledger says why, and the next one trains on these labels too."""
    return not LedgerEntry.objects.filter(action="cycle.not_started", subject=round.ledger_subject, at__gte=round.closed_at).exists()


def draw_round(round_id: int) -> None:
    """Draw a round that waits for it; one that has been opened or has failed meanwhile stays as it is."""
    being_drawn = AnnotationRound.objects.filter(pk=round_id, state=AnnotationRound.State.DRAWING)
    waiting = being_drawn.select_related("project", "version", "opened_by", "judges__champion").first()
    if waiting is not None:
        draw = open_gate_round.draw_gate_round if waiting.kind == AnnotationRound.Kind.GATE else sample.draw_round
        drawing.draw_in_background(waiting, draw)


def resume_drawing() -> int:
    """Queue rounds again whose drawing was lost with a killed worker. On a schedule."""
    for pk in (lost := drawing.lost()):
        drawing.enqueue(pk)
    return len(lost)


def explain_items(round_id: int | None = None) -> int:
    """Explain what annotators come to next: when a round opens, and on a schedule until all is explained."""
    return explain_ahead.explain_items(round_id=round_id)


def plan_rounds(project_id: int) -> None:
    """Count what rounds of any size would show and find in a project's pool."""
    make_sampling_plan(project=Project.objects.select_related("champion").get(pk=project_id))


def summarise_rounds() -> int:
    """Figures over time, of rounds that were answered, closed or joined since. On a schedule."""
    return sum_up(seconds=SLICE_SECONDS)

"""A round while its comments are being drawn: a small pool's at once, a large one's by the worker. Until then it shows how far it is, and
afterwards, where it could not be opened, why."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.errors import FeedbackError, RoundBeingDrawnError
from feedback.models import AnnotationItem, AnnotationRound, Assignment, Panel
from feedback.pipeline import explain_ahead
from feedback.pipeline.guidelines import write_first
from feedback.pipeline.read_pool import pool_size
from modeling.errors import ModelingError
from modeling.models import Project

AT_ONCE = 5_000
"""Comments in the pool up to which a request waits for the draw: well under a second."""

SILENT_AFTER = timedelta(minutes=5)
"""A drawing that has not been heard of for so long was lost with its process."""

READING_SHARE = 0.8
BATCH = 1000


def begin(project: Project, panels: Sequence[Panel], **fields: Any) -> AnnotationRound:
    """Raises RoundBeingDrawnError: another round of the project is being drawn."""
    with transaction.atomic():
        # The lock gives rounds of one project their numbers one after the other.
        Project.objects.select_for_update().get(pk=project.pk)
        newest = project.rounds.aggregate(newest=Max("number"))["newest"] or 0
        try:
            with transaction.atomic():
                round = AnnotationRound.objects.create(project=project, number=newest + 1, state=AnnotationRound.State.DRAWING, **fields)
        except IntegrityError:
            raise RoundBeingDrawnError(_("Another round of this project is being drawn. Wait until it is open, then try again.")) from None
        round.panels.set(panels)
        write_first(round)
    return round


def draw_or_enqueue(round: AnnotationRound, draw: Callable[[AnnotationRound], AnnotationRound], *, in_background: bool) -> AnnotationRound:
    """Of one that cannot be opened at once, nothing is left, and the caller hears why."""
    if in_background and pool_size(round.project) > AT_ONCE:
        transaction.on_commit(lambda: enqueue(round.pk))
        return round
    try:
        drawn = draw(round)
    except BaseException:
        still_drawn(round).delete()
        raise
    explain_ahead.enqueue(drawn)
    return drawn


def draw_in_background(round: AnnotationRound, draw: Callable[[AnnotationRound], AnnotationRound]) -> None:
    """What the worker does. Why it could not be opened stands in the round, for the lead to read."""
    try:
        explain_ahead.enqueue(draw(round))
    except (FeedbackError, ModelingError) as error:
        _fail(round, str(error))
    # A bug, or a lack of memory: the round must not be `drawing` for ever.
    except BaseException as error:
        _fail(round, f"{type(error).__name__}: {error}")
        raise


def still_drawn(round: AnnotationRound) -> QuerySet[AnnotationRound]:
    """The round, unless it has been opened or has failed meanwhile."""
    return AnnotationRound.objects.filter(pk=round.pk, state=AnnotationRound.State.DRAWING)


def opened() -> dict[str, Any]:
    return {"state": AnnotationRound.State.OPEN, "opened_at": timezone.now(), "draw_stage": "", "draw_progress": 1.0}


def make_places(round: AnnotationRound, items: Iterable[AnnotationItem]) -> None:
    """Each item's side by side, so that items are finished one after another and a round that is closed early has whole ones."""
    places = (Assignment(item=item, round=round, rank=item.rank * round.overlap + place) for item in items for place in range(round.overlap))
    Assignment.objects.bulk_create(places, batch_size=BATCH)
    _tell_planner()


def _tell_planner() -> None:
    """PostgreSQL believes the round to be empty until its own next look, a minute later: each claim would read and sort all free places."""
    if connection.vendor == "postgresql":
        tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in (AnnotationItem, Assignment))
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {tables}")


def reporter(round: AnnotationRound) -> Callable[[int, int], None]:
    return lambda done, total: _tell(round, f"reading {done:,} of {total:,} comments", READING_SHARE * done / max(total, 1))


def tell_choosing(round: AnnotationRound) -> None:
    _tell(round, "choosing", READING_SHARE)


def _tell(round: AnnotationRound, stage: str, progress: float) -> None:
    still_drawn(round).update(draw_stage=stage, draw_progress=progress, heartbeat_at=timezone.now())


def _fail(round: AnnotationRound, error: str) -> None:
    still_drawn(round).update(state=AnnotationRound.State.FAILED, draw_error=error[:4000], closed_at=timezone.now())


def enqueue(round_id: int) -> None:
    from django_q.tasks import async_task

    async_task("feedback.tasks.draw_round", round_id, task_name=f"draw round {round_id}")


def lost() -> list[int]:
    """Rounds whose drawing has not been heard of for minutes."""
    before = timezone.now() - SILENT_AFTER
    silent = Q(heartbeat_at__lt=before) | Q(heartbeat_at=None, opened_at__lt=before)
    return list(AnnotationRound.objects.filter(silent, state=AnnotationRound.State.DRAWING).values_list("pk", flat=True))

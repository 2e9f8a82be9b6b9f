"""Open a round: choose comments of the pool by the champion's predictions, and lay out the places to be filled.

A small pool is drawn from at once, a large one by the worker; until then the round is `drawing`, and shows how far it is.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.utils import timezone

from feedback.crowd.inclusion import capacity
from feedback.crowd.sampling import LEAST_RANDOM, Draw, draw
from feedback.crowd.suspicion import missing_signals
from feedback.errors import FeedbackError, InvalidRoundError, NoPredictionsError, NotEnoughCommentsError, RoundBeingDrawnError
from feedback.models import AnnotationItem, AnnotationRound, Assignment, Panel, SamplingStrategy
from feedback.pipeline.read_pool import Reading, has_signals, pool_size, read_pool
from modeling import ledger
from modeling.labels import Split
from modeling.models import Comment, Prediction, Project

if TYPE_CHECKING:
    from django.contrib.auth.models import User

BATCH = 1000
MOST_ITEMS = 100_000
MOST_OVERLAP = 50
AT_ONCE = 5_000
"""Comments in the pool up to which a request waits for the draw: well under a second."""

SILENT_AFTER = timedelta(minutes=5)
"""A drawing that has not been heard of for so long was lost with its process."""

READING_SHARE = 0.8
TRIES = 3


def open_round(
    *,
    project: Project,
    name: str,
    item_count: int,
    overlap: int = 2,
    strategy: str = SamplingStrategy.BIAS_SEEKING,
    random_share: float = 0.25,
    panels: Sequence[Panel] = (),
    seed: int = 0,
    guidelines: str = "",
    deadline: date | None = None,
    by: "User | None" = None,
    simulated: bool = False,
    in_background: bool = False,
) -> AnnotationRound:
    """A round with `overlap` places for each of `item_count` comments. `in_background`: a pool above `AT_ONCE` is drawn by the worker,
    and what goes wrong there stands in the round.

    Raises:
        InvalidRoundError: settings that cannot be; names the field.
        NoPredictionsError: no model is in use, or it has not scored the pool.
        NotEnoughCommentsError: fewer comments are left than asked for.
        RoundBeingDrawnError: another round of the project is being drawn.
    """
    _require_valid(name=name, item_count=item_count, overlap=overlap, strategy=strategy, random_share=random_share)
    version = project.champion
    if version is None:
        raise NoPredictionsError("There is no model in use yet. Train the first one, and let it score the pool, before you open a round.")
    if strategy == SamplingStrategy.DISAGREEMENT and not has_signals(version):
        message = "No ensemble has spoken about this pool yet: that comes with the scoring of the model in use. Choose another way until then."
        raise InvalidRoundError({"strategy": message})
    settings = {"item_count": item_count, "overlap": overlap, "strategy": strategy, "random_share": random_share, "seed": seed}
    more = {"guidelines": guidelines, "deadline": deadline, "simulated": simulated, "opened_by": by}
    round = _begin(project, panels, name=name.strip(), version=version, **settings, **more)
    if in_background and pool_size(project) > AT_ONCE:
        transaction.on_commit(lambda: enqueue_drawing(round.pk))
        return round
    try:
        return draw_round(round=round)
    except BaseException:
        AnnotationRound.objects.filter(pk=round.pk, state=AnnotationRound.State.DRAWING).delete()
        raise


def draw_round(*, round: AnnotationRound) -> AnnotationRound:
    """Draw a round that waits for it, and open it. Twice at once, or again after it was killed, it is opened once.

    Raises:
        NoPredictionsError, NotEnoughCommentsError: as for `open_round`.
    """
    for left in reversed(range(TRIES)):
        reading = read_pool(project=round.project, version=round.version, on_progress=_reporter(round))
        _tell(round, "choosing", READING_SHARE)
        try:
            _open_with(round, reading, _draw(reading, round))
        except IntegrityError:
            # A gate round has taken a comment out of the pool since it was read.
            if not left:
                raise
        else:
            break
    round.refresh_from_db()
    return round


def _open_with(round: AnnotationRound, reading: Reading, drawn: Draw) -> None:
    with transaction.atomic():
        # The lock keeps other rounds, of gate too, from being laid out meanwhile.
        Project.objects.select_for_update().get(pk=round.project_id)
        if _is_drawing(round).update(**_opened(reading, drawn)):
            round.refresh_from_db()
            _lay_out(round, reading.prediction_ids[drawn.chosen].tolist(), drawn.inclusion.tolist())
            _enter(round)


def draw_in_background(*, round: AnnotationRound) -> None:
    """What the worker does. Why it could not be opened stands in the round, for the lead to read."""
    try:
        draw_round(round=round)
    except FeedbackError as error:
        fail_drawing(round, str(error))
    # A bug, or a lack of memory: the round must not be `drawing` for ever.
    except BaseException as error:
        fail_drawing(round, f"{type(error).__name__}: {error}")
        raise


def fail_drawing(round: AnnotationRound, error: str) -> None:
    _is_drawing(round).update(state=AnnotationRound.State.FAILED, draw_error=error[:4000], closed_at=timezone.now())


def enqueue_drawing(round_id: int) -> None:
    from django_q.tasks import async_task

    async_task("feedback.tasks.draw_round", round_id, task_name=f"draw round {round_id}")


def lost_drawings() -> list[int]:
    """Rounds whose drawing has not been heard of for minutes."""
    before = timezone.now() - SILENT_AFTER
    silent = Q(heartbeat_at__lt=before) | Q(heartbeat_at=None, opened_at__lt=before)
    return list(AnnotationRound.objects.filter(silent, state=AnnotationRound.State.DRAWING).values_list("pk", flat=True))


def _require_valid(*, name: str, item_count: int, overlap: int, strategy: str, random_share: float) -> None:
    errors: dict[str, str] = {}
    if not name.strip() or len(name.strip()) > 80:
        errors["name"] = "Give the round a name of at most 80 characters."
    if not 1 <= item_count <= MOST_ITEMS:
        errors["item_count"] = f"A round shows between 1 and {MOST_ITEMS:,} comments."
    if not 1 <= overlap <= MOST_OVERLAP:
        errors["overlap"] = f"Ask for between 1 and {MOST_OVERLAP} annotations per comment."
    if strategy not in SamplingStrategy.values:
        errors["strategy"] = f"Choose one of the strategies: {', '.join(SamplingStrategy.values)}."
    if not LEAST_RANDOM <= random_share <= 1:
        errors["random_share"] = f"The random share lies between {LEAST_RANDOM} and 1: without it, estimates for the pool would rest on little."
    if errors:
        raise InvalidRoundError(errors)


def _begin(project: Project, panels: Sequence[Panel], **fields: Any) -> AnnotationRound:
    with transaction.atomic():
        # The lock gives rounds of one project their numbers one after the other.
        Project.objects.select_for_update().get(pk=project.pk)
        newest = project.rounds.aggregate(newest=Max("number"))["newest"] or 0
        try:
            with transaction.atomic():
                round = AnnotationRound.objects.create(project=project, number=newest + 1, state=AnnotationRound.State.DRAWING, **fields)
        except IntegrityError:
            raise RoundBeingDrawnError("Another round of this project is being drawn. Wait until it is open, then try again.") from None
        round.panels.set(panels)
    return round


def _draw(reading: Reading, round: AnnotationRound) -> Draw:
    available = capacity(*reading.pool.variants)
    if round.item_count > available:
        raise NotEnoughCommentsError(
            f"The pool has {available:,} comments left that nobody has judged, and you asked for {round.item_count:,}. "
            "Near-duplicates of what was judged do not count. Ask for fewer, or import more comments."
        )
    rng = np.random.default_rng(round.seed)
    return draw(reading.pool, strategy=round.strategy, count=round.item_count, random_share=round.random_share, rng=rng)


def _opened(reading: Reading, drawn: Draw) -> dict[str, Any]:
    return {
        "state": AnnotationRound.State.OPEN,
        "effective_n": drawn.effective_n,
        "drawn_from": len(reading.pool.open_rows),
        "signals_missing": list(missing_signals(reading.pool)),
        "opened_at": timezone.now(),
        "draw_stage": "",
        "draw_progress": 1.0,
    }


def _is_drawing(round: AnnotationRound) -> Any:
    return AnnotationRound.objects.filter(pk=round.pk, state=AnnotationRound.State.DRAWING)


def _reporter(round: AnnotationRound) -> Callable[[int, int], None]:
    return lambda done, total: _tell(round, f"reading {done:,} of {total:,} comments", READING_SHARE * done / max(total, 1))


def _tell(round: AnnotationRound, stage: str, progress: float) -> None:
    _is_drawing(round).update(draw_stage=stage, draw_progress=progress, heartbeat_at=timezone.now())


def _lay_out(round: AnnotationRound, prediction_ids: Sequence[int], inclusion: Sequence[float]) -> None:
    """Items in the order drawn, each with its places side by side, so that items are finished one after another and a round that is
    closed early has whole ones."""
    for start in range(0, len(prediction_ids), BATCH):
        wanted = prediction_ids[start : start + BATCH]
        comment_of = dict(Prediction.objects.filter(pk__in=wanted).values_list("pk", "comment_id"))
        split_of = dict(Comment.objects.filter(pk__in=comment_of.values()).values_list("pk", "split"))
        items = AnnotationItem.objects.bulk_create(
            AnnotationItem(
                round=round,
                comment_id=comment_of[pk],
                prediction_id=pk,
                # Copied from the comment, not stated, so that the constraint can refuse a comment of another split.
                split=Split(split_of[comment_of[pk]]),
                rank=start + place,
                inclusion_probability=inclusion[start + place],
            )
            for place, pk in enumerate(wanted)
        )
        places = (Assignment(item=item, round=round, rank=item.rank * round.overlap + place) for item in items for place in range(round.overlap))
        Assignment.objects.bulk_create(places, batch_size=BATCH)


def _enter(round: AnnotationRound) -> None:
    subject = f"round {round.number} of {round.project.slug}"
    ledger.append(actor=round.opened_by or "system", action="round.opened", subject=subject, payload=_record(round))


def _record(round: AnnotationRound) -> dict[str, object]:
    return {
        "name": round.name,
        "version": round.version.number,
        "strategy": str(round.strategy),
        "items": round.item_count,
        "overlap": round.overlap,
        "random_share": round.random_share,
        "effective_n": round.effective_n,
        "drawn_from": round.drawn_from,
        "signals_missing": round.signals_missing,
        "seed": round.seed,
        "panels": sorted(round.panels.values_list("name", flat=True)),
        "simulated": round.simulated,
    }

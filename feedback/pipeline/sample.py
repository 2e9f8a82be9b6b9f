"""Open a round: choose comments of the pool by the champion's predictions, and lay out the places to be filled."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from feedback.crowd.inclusion import capacity
from feedback.crowd.sampling import LEAST_RANDOM, Draw, draw
from feedback.crowd.suspicion import missing_signals
from feedback.errors import InvalidRoundError, NoPredictionsError, NotEnoughCommentsError
from feedback.models import AnnotationItem, AnnotationRound, Panel, SamplingStrategy
from feedback.pipeline import drawing
from feedback.pipeline.read_pool import Reading, has_signals, read_pool, within
from feedback.round_settings import SETTINGS, wrong_settings
from modeling import ledger
from modeling.labels import Split
from modeling.models import Comment, Dataset, Prediction, Project
from modeling.primary_measures import PRIMARY_MEASURES
from modeling.reports import awaits_gate_measures, proposed_primary

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_ITEMS = 100_000
MOST_OVERLAP = 50
TRIES = 3


def open_round(
    *,
    project: Project,
    name: str,
    item_count: int,
    overlap: int = 2,
    strategy: str = SamplingStrategy.BIAS_SEEKING,
    random_share: float = 0.25,
    primary_measure: str = "",
    panels: Sequence[Panel] = (),
    seed: int = 0,
    guidelines: str = "",
    deadline: date | None = None,
    by: "User | None" = None,
    simulated: bool = False,
    in_background: bool = False,
    dataset: Dataset | None = None,
    **stream: float,
) -> AnnotationRound:
    """A round with `overlap` places for each of `item_count` comments. `in_background`: a large pool is drawn from by the worker, and
    what goes wrong there stands in the round (`drawing`). Without a `primary_measure` it takes the first that gate can tell of the model
    in use. `dataset`: of its comments alone, and at once: the ledger keeps it, but the round does not, so the worker would not know of it.
    `stream`: of `round_settings.SETTINGS`, each as the model has it where it is not named.

    Raises:
        InvalidRoundError: settings that cannot be; names the field.
        NoPredictionsError: no model is in use, or it has not scored the pool; or no measure was named and it was not measured on gate yet.
        NotEnoughCommentsError: fewer comments are left than asked for.
        RoundBeingDrawnError: another round of the project is being drawn.
    """
    asked: dict[str, Any] = {"item_count": item_count, "overlap": overlap, "strategy": strategy, "random_share": random_share}
    asked["primary_measure"] = primary_measure or proposed_primary(project)
    _require_valid(name=name, stream=stream, **asked)
    version = project.champion
    if version is None:
        raise NoPredictionsError(_("There is no model in use yet. Train the first one, and let it score the pool, before you open a round."))
    if not primary_measure and awaits_gate_measures(project):
        told = _(
            "The model in use (v%(number)s) is still being measured, so nobody knows yet which measures gate can tell. "
            "Try again in a minute, or name the measure that the next model must gain on."
        )
        raise NoPredictionsError(told % {"number": version.number})
    if strategy == SamplingStrategy.DISAGREEMENT and not has_signals(version):
        message = _("No ensemble has spoken about this pool yet: that comes with the scoring of the model in use. Choose another way until then.")
        raise InvalidRoundError({"strategy": message})
    more = {"seed": seed, "guidelines": guidelines, "deadline": deadline, "simulated": simulated, "opened_by": by, **stream}
    round = drawing.begin(project, panels, name=name.strip(), version=version, **asked, **more)
    return drawing.draw_or_enqueue(round, partial(draw_round, dataset=dataset), in_background=in_background and dataset is None)


def draw_round(round: AnnotationRound, dataset: Dataset | None = None) -> AnnotationRound:
    """Draw a round that waits for it, and open it. Twice at once, or again after it was killed, it is opened once.

    Raises:
        NoPredictionsError, NotEnoughCommentsError: as for `open_round`.
    """
    for left in reversed(range(TRIES)):
        reading = read_pool(project=round.project, version=round.version, on_progress=drawing.reporter(round))
        reading = within(reading, dataset) if dataset else reading
        drawing.tell_choosing(round)
        try:
            _open_with(round, reading, _draw(reading, round), dataset)
        except IntegrityError:
            # A gate round has taken a comment out of the pool since it was read.
            if not left:
                raise
        else:
            break
    round.refresh_from_db()
    return round


def _open_with(round: AnnotationRound, reading: Reading, drawn: Draw, dataset: Dataset | None) -> None:
    with transaction.atomic():
        # The lock keeps other rounds, of gate too, from being laid out meanwhile.
        Project.objects.select_for_update().get(pk=round.project_id)
        if drawing.still_drawn(round).update(**_opened(reading, drawn)):
            round.refresh_from_db()
            _lay_out(round, reading.prediction_ids[drawn.chosen].tolist(), drawn.inclusion.tolist())
            _enter(round, {"dataset": dataset.name} if dataset else {})


def _require_valid(
    *, name: str, item_count: int, overlap: int, strategy: str, random_share: float, primary_measure: str, stream: Mapping[str, float]
) -> None:
    errors = wrong_settings(stream)
    if not name.strip() or len(name.strip()) > 80:
        errors["name"] = _("Give the round a name of at most 80 characters.")
    if not 1 <= item_count <= MOST_ITEMS:
        errors["item_count"] = _("A round shows between 1 and %(most)s comments.") % {"most": f"{MOST_ITEMS:,}"}
    if not 1 <= overlap <= MOST_OVERLAP:
        errors["overlap"] = _("Ask for between 1 and %(most)s annotations per comment.") % {"most": MOST_OVERLAP}
    if strategy not in SamplingStrategy.values:
        errors["strategy"] = _("Choose one of the strategies: %(strategies)s.") % {"strategies": ", ".join(SamplingStrategy.values)}
    if not LEAST_RANDOM <= random_share <= 1:
        told = _("The random share lies between %(least)s and 1: without it, estimates for the pool would rest on little.")
        errors["random_share"] = told % {"least": LEAST_RANDOM}
    if primary_measure not in PRIMARY_MEASURES:
        errors["primary_measure"] = _("Choose one of the measures: %(measures)s.") % {"measures": ", ".join(PRIMARY_MEASURES)}
    if errors:
        raise InvalidRoundError(errors)


def _draw(reading: Reading, round: AnnotationRound) -> Draw:
    available = capacity(*reading.pool.variants)
    if round.item_count > available:
        told = _(
            "The pool has %(available)s comments left that nobody has judged, and you asked for %(asked)s. "
            "Near-duplicates of what was judged do not count. Ask for fewer, or import more comments."
        )
        raise NotEnoughCommentsError(told % {"available": f"{available:,}", "asked": f"{round.item_count:,}"})
    rng = np.random.default_rng(round.seed)
    return draw(reading.pool, strategy=round.strategy, count=round.item_count, random_share=round.random_share, rng=rng)


def _opened(reading: Reading, drawn: Draw) -> dict[str, Any]:
    drawn_from, missing = len(reading.pool.open_rows), list(missing_signals(reading.pool))
    return {**drawing.opened(), "effective_n": drawn.effective_n, "drawn_from": drawn_from, "signals_missing": missing}


def _lay_out(round: AnnotationRound, prediction_ids: Sequence[int], inclusion: Sequence[float]) -> None:
    """Items in the order drawn, each with its places."""
    for start in range(0, len(prediction_ids), drawing.BATCH):
        wanted = prediction_ids[start : start + drawing.BATCH]
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
        drawing.make_places(round, items)


def _enter(round: AnnotationRound, more: Mapping[str, str]) -> None:
    payload = {**_record(round), **more}
    ledger.append(actor=round.opened_by or "system", action="round.opened", subject=round.ledger_subject, payload=payload)


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
        "primary_measure": round.primary_measure,
        "panels": sorted(round.panels.values_list("name", flat=True)),
        "simulated": round.simulated,
        "stream": {name: getattr(round, name) for name in SETTINGS},
    }

"""Open a gate round: experts label fresh comments, which go to `gate` only, so that a held verdict can be settled."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from feedback.errors import GateRoundError, InvalidRoundError, NoPredictionsError
from feedback.models import AnnotationItem, AnnotationRound, Panel, SamplingStrategy
from feedback.pipeline import drawing
from feedback.pipeline.read_pool import near_duplicates
from modeling import gate_truth, ledger
from modeling.labels import DEFAULT_PRIMARY_MEASURE, Split
from modeling.models import Comment, GateTruth, Prediction, Project, RetrainingCycle
from modeling.primary_measures import PRIMARY_MEASURES

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_ITEMS, MOST_OVERLAP = 10_000, 20


def open_gate_round(
    *,
    cycle: RetrainingCycle,
    item_count: int,
    panels: Sequence[Panel],
    overlap: int = 2,
    guidelines: str = "",
    by: "User | None" = None,
    simulated: bool = False,
    in_background: bool = False,
) -> AnnotationRound:
    """Draw fresh comments at random, move them to gate for good, and only then make places for experts to answer.

    Nothing of the draw can be chosen: comments that a lead picked would judge as the lead picked. `in_background`: from a large pool the
    worker draws, since near-duplicates are told by every text of it, and what goes wrong there stands in the round (`drawing`).

    Raises:
        InvalidRoundError: settings that cannot be; names the field.
        GateRoundError: the cycle is not held, or a gate round for it is open.
        GateRoundRefusedError: too few fresh comments, or an import is under way.
        NoPredictionsError: the version in use has not scored the whole pool.
        RoundBeingDrawnError: another round of the project is being drawn.
    """
    _require_valid(cycle, item_count, overlap, panels)
    _require_held(cycle.project, cycle)
    fixed = {"kind": AnnotationRound.Kind.GATE, "strategy": SamplingStrategy.RANDOM, "random_share": 1}
    asked = {"item_count": item_count, "overlap": overlap, "guidelines": guidelines, "simulated": simulated, "opened_by": by}
    about = {"name": f"Gate, for cycle {cycle.number}", "judges": cycle, "version": cycle.champion}
    about["primary_measure"] = _measure_of(cycle)
    round = drawing.begin(cycle.project, panels, **about, **fixed, **asked)
    return drawing.draw_or_enqueue(round, draw_gate_round, in_background=in_background)


def _measure_of(cycle: RetrainingCycle) -> str:
    """Empty where the cycle was given one that no round may choose."""
    measure = str(cycle.gate_config.get("primary_measure", DEFAULT_PRIMARY_MEASURE))
    return measure if measure in PRIMARY_MEASURES else ""


def draw_gate_round(round: AnnotationRound) -> AnnotationRound:
    """Draw a gate round that waits for it, and open it. Twice at once, or again after it was killed, it is opened once.

    Raises:
        GateRoundError, GateRoundRefusedError, NoPredictionsError: as for `open_gate_round`.
    """
    # Outside the transaction, as reading every text takes a while in which people go on answering.
    newest = _newest(round.project)
    copies = near_duplicates(round.project, drawing.reporter(round))
    drawing.tell_choosing(round)
    with transaction.atomic():
        project = Project.objects.select_for_update().get(pk=round.project_id)
        if drawing.still_drawn(round).exists():
            _require_held(project, round.judges)
            if _newest(project) != newest:
                raise GateRoundError(_("Comments have been imported meanwhile, and some may be near-duplicates of what would move. Try again."))
            _open(project, round, copies)
    round.refresh_from_db()
    return round


def _open(project: Project, round: AnnotationRound, copies: list[tuple[int, int]]) -> None:
    seed = round.judges.gate_config.get("seed", 0) + round.number
    drawn = _draw(project, round.item_count, seed=seed, provenance=f"gate round {round.number}", copies=copies)
    drawing.still_drawn(round).update(**drawing.opened())
    _lay_out(round, drawn)
    panels = sorted(round.panels.values_list("name", flat=True))
    payload = {"cycle": round.judges.number, "items": round.item_count, "overlap": round.overlap, "panels": panels}
    ledger.append(actor=round.opened_by or "system", action="gate_round.opened", subject=round.ledger_subject, payload=payload)


def available(project: Project) -> int:
    """How many comments a gate round could show now, at most: of near-duplicates, which only opening one looks for, it shows one."""
    return len(_left_over(project)) + gate_truth.fresh_count(project=project, shown=_met(project))


def expert_panels(project: Project) -> list[Panel]:
    return list(project.panels.filter(kind=Panel.Kind.EXPERT))


def _require_valid(cycle: RetrainingCycle, item_count: int, overlap: int, panels: Sequence[Panel]) -> None:
    errors: dict[str, str] = {}
    if not 1 <= item_count <= MOST_ITEMS:
        errors["item_count"] = _("A gate round shows between 1 and %(most)s comments.") % {"most": f"{MOST_ITEMS:,}"}
    if not 1 <= overlap <= MOST_OVERLAP:
        errors["overlap"] = _("Ask for between 1 and %(most)s answers per comment.") % {"most": MOST_OVERLAP}
    if not panels or any(panel.kind != Panel.Kind.EXPERT or panel.project_id != cycle.project_id for panel in panels):
        errors["panels"] = _("Choose at least one panel of experts: what judges a model must not come from the crowd that teaches it.")
    if errors:
        raise InvalidRoundError(errors)


def _require_held(project: Project, cycle: RetrainingCycle) -> None:
    cycle.refresh_from_db()
    if cycle.state != RetrainingCycle.State.HELD or cycle.candidate_id is None:
        told = _("Cycle %(number)s is %(state)s. A gate round settles a verdict that is held.")
        raise GateRoundError(told % {"number": cycle.number, "state": cycle.state})
    if project.champion_id != cycle.champion_id:
        raise GateRoundError(_("Another version is in use by now, so this candidate could not be promoted whatever experts say. Start a new cycle."))
    if cycle.gate_rounds.filter(state=AnnotationRound.State.OPEN).exists():
        raise GateRoundError(_("A gate round for this cycle is open already."))
    if Comment.objects.of(project).in_split(Split.POOL).exclude(predictions__version=cycle.champion_id).exists():
        told = _("v%(number)s has not scored the whole pool yet. Wait until its scoring is done.")
        raise NoPredictionsError(told % {"number": cycle.champion.number})


def _newest(project: Project) -> int:
    return Comment.objects.of(project).aggregate(newest=Max("pk"))["newest"] or 0


def _draw(project: Project, count: int, *, seed: int, provenance: str, copies: list[tuple[int, int]]) -> list[gate_truth.Drawn]:
    """What a cancelled round left comes first: it was drawn at random too, and nobody has said anything about it."""
    left = [gate_truth.Drawn(*values) for values in _left_over(project)[:count]]
    wanted = {"count": count - len(left), "seed": seed, "provenance": provenance}
    return [*left, *gate_truth.move_to_gate(project=project, shown=_met(project), copies=copies, **wanted)]


def _left_over(project: Project) -> list[tuple[int, float]]:
    """(comment, inclusion probability) of fresh gate comments that wait for a truth and that no open or closed round has."""
    waiting = GateTruth.objects.filter(comment__dataset__project=project, was_shown=True, labelled_at=None).values("comment")
    items = AnnotationItem.objects.filter(comment__in=waiting)
    kept = items.exclude(round__state=AnnotationRound.State.CANCELLED).values_list("comment_id", flat=True)
    left = items.exclude(comment__in=list(kept)).order_by("pk").values_list("comment_id", "inclusion_probability")
    return list(dict(left).items())


def _met(project: Project) -> set[str]:
    """Texts that any round has held, answered or not."""
    return set(AnnotationItem.objects.filter(round__project=project).order_by().values_list("comment__text_hash", flat=True).distinct())


def _lay_out(round: AnnotationRound, drawn: Sequence[gate_truth.Drawn]) -> None:
    ids = [one.comment_id for one in drawn]
    comments = Comment.objects.in_bulk(ids)
    predictions = dict(Prediction.objects.filter(version=round.version_id, comment__in=ids).values_list("comment_id", "pk"))
    if len(predictions) < len(ids):
        told = _("v%(number)s has not scored all of these comments yet. Wait until its scoring is done.")
        raise NoPredictionsError(told % {"number": round.version.number})
    items = AnnotationItem.objects.bulk_create(
        AnnotationItem(
            round=round,
            comment_id=one.comment_id,
            prediction_id=predictions[one.comment_id],
            # Copied from the comment, not stated, so that the constraint can refuse one that was not moved.
            split=comments[one.comment_id].split,
            round_kind=round.kind,
            rank=rank,
            inclusion_probability=one.inclusion_probability,
        )
        for rank, one in enumerate(drawn)
    )
    drawing.make_places(round, items)

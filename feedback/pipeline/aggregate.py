"""Join the answers of a closed round into labels, hand them to modeling, and ask for the cycle."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from django.db import models, transaction

from feedback.crowd.consensus import Consensus, ItemConsensus, reach_consensus
from feedback.crowd.decisions import decided
from feedback.crowd.judgement import Judgement
from feedback.models import Annotation, AnnotationItem, AnnotationRound, PanelWeight
from feedback.pipeline.adjudicate import decisions_of
from feedback.pipeline.label_sources import label_sources
from feedback.pipeline.lock import lock_round
from feedback.pipeline.reassign import panels_kept
from feedback.pipeline.record_joining import record_joining, work_out_joining
from modeling import intake, ledger
from modeling.errors import ModelingError
from modeling.labels import LEVELS, MEMBER_AT, Verdict

if TYPE_CHECKING:
    from django.contrib.auth.models import User

READ_AT_ONCE = 5000


def aggregate_feedback(*, round: AnnotationRound, without: Collection[int] = ()) -> Consensus:
    """What the panels say about each item of a round, as far as it has been answered, by the round's method. Writes nothing.

    `without`: panels whose answers are left out, to see what they change.
    """
    kept = panels_kept(round.pk)
    judgements = (_judgement(annotation, kept) for annotation in _annotations(round).iterator(READ_AT_ONCE))
    return reach_consensus(
        [judgement for judgement in judgements if judgement.panel not in without],
        dict(round.project.panels.values_list("pk", "weight")),
        method=round.joining_method,
        known=_known_answers(round),
        earlier_trust=_earlier_trust(round),
        mentions=_mentions_of_known(round),
    )


def hand_in_feedback(*, round: AnnotationRound, start_cycle: bool = True, by: "User | None" = None) -> AnnotationRound:
    """Freeze a closed round's labels and request the cycle. Again, or twice at once, it does only what is still missing."""
    if round.batch_id is None:
        _freeze(round, aggregate_feedback(round=round))
    round.refresh_from_db()
    if start_cycle and round.cycle_id is None and round.batch_id is not None:
        _request_cycle(round, by)
        round.refresh_from_db()
    return round


def _annotations(round: AnnotationRound) -> models.QuerySet[Annotation]:
    return Annotation.objects.filter(item__round=round).select_related("annotator", "item__prediction").order_by("pk")


def _known_answers(round: AnnotationRound) -> dict[int, int]:
    known = AnnotationItem.objects.filter(round=round).exclude(gold_label="")
    return {item: LEVELS.index(level) for item, level in known.values_list("pk", "gold_label")}


def _mentions_of_known(round: AnnotationRound) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    known = AnnotationItem.objects.filter(round=round, comment__mentions__value__gte=MEMBER_AT).exclude(gold_label="")
    for item, subgroup in known.values_list("pk", "comment__mentions__subgroup"):
        found[item].add(subgroup)
    return found


def _earlier_trust(round: AnnotationRound) -> dict[int, float]:
    """Each panel's trust in its last round before this one."""
    before = PanelWeight.objects.filter(panel__project=round.project_id, joining__round__number__lt=round.number)
    return dict(before.order_by("joining__round__number").values_list("panel", "trust"))


def _judgement(annotation: Annotation, kept: Mapping[int, int]) -> Judgement:
    """`kept`: annotator -> panel, of people who were moved since they began the round."""
    level = {
        Verdict.CORRECT: annotation.item.prediction.predicted_label,
        Verdict.INCORRECT: annotation.corrected_label,
    }.get(Verdict(annotation.verdict))
    return Judgement(
        item=annotation.item_id,
        annotator=annotation.annotator_id,
        panel=kept.get(annotation.annotator_id, annotation.annotator.panel_id),
        label=None if level is None else LEVELS.index(level),
        incorrect=annotation.verdict == Verdict.INCORRECT,
        bias_types=tuple(annotation.bias_types),
        pattern=annotation.pattern,
        subgroup=annotation.subgroup,
        severity=annotation.severity,
        at=annotation.created_at.timestamp(),
        note=annotation.note,
    )


def _freeze(round: AnnotationRound, consensus: Consensus) -> None:
    """What was decided is read under the lock that decisions take too: none is lost between the two."""
    items = AnnotationItem.objects.select_related("prediction").filter(round=round).in_bulk()
    count = Annotation.objects.filter(item__round=round).count()
    figures = work_out_joining(round=round, consensus=consensus)
    with transaction.atomic():
        locked = lock_round(round)
        if locked.batch_id is not None or locked.state != AnnotationRound.State.CLOSED or locked.closed_at != round.closed_at:
            # Handed in, or opened again, meanwhile: and if it is closed again by now, that closing brings its further answers.
            return
        decisions = decisions_of(round)
        consensus = decided(consensus, decisions)
        rows = [_intake_row(items[found.item], found, found.item in decisions) for found in consensus.items]
        batch = intake.hand_in(
            project=round.project,
            provenance=str(round),
            rows=rows,
            annotation_count=count,
            primary_measure=round.primary_measure,
            sources=label_sources(round, decided=decisions),
            chosen_at=round.opened_at,
            simulated=round.simulated,
        )
        AnnotationRound.objects.filter(pk=round.pk).update(batch=batch)
        joined = record_joining(round=round, consensus=consensus, figures=figures, adjudicated=decisions.keys())
        ledger.append(actor="system", action="round.aggregated", subject=round.ledger_subject, payload={"batch_sha256": batch.sha256, **joined})


def _intake_row(item: AnnotationItem, found: ItemConsensus, adjudicated: bool) -> intake.IntakeRow:
    return intake.IntakeRow(
        comment_id=item.comment_id,
        version_id=item.prediction.version_id,
        q=found.q,
        weight=found.weight,
        confidence=found.confidence,
        incorrect_rate=found.incorrect_rate,
        biased_rate=found.biased_rate,
        bias_rates=found.bias_rates,
        pattern=found.pattern,
        subgroup=found.subgroup,
        severity=found.severity,
        inclusion_probability=item.inclusion_probability,
        annotation_count=found.annotation_count,
        adjudicated=adjudicated,
    )


def _request_cycle(round: AnnotationRound, by: "User | None") -> None:
    """A cycle that cannot start now (one is running already) is no reason to lose a closing: the labels are frozen, and the next
    cycle trains on all that is frozen. The ledger says why."""
    with transaction.atomic():
        if lock_round(round).cycle_id is not None:
            return
        try:
            with transaction.atomic():
                cycle = intake.request_cycle(project=round.project, provenance=str(round), by=by)
        except ModelingError as error:
            ledger.append(actor=by or "system", action="cycle.not_started", subject=round.ledger_subject, payload={"reason": str(error)})
        else:
            AnnotationRound.objects.filter(pk=round.pk).update(cycle=cycle)

"""Where labels are handed in. A door: `feedback` calls it; modeling never looks back.

A batch is frozen: its rows are added in one transaction and never change, so that a cycle can be made again from them.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from modeling import ledger
from modeling.config import GateConfig, TrainingConfig
from modeling.errors import CycleRunningError, LabelsInUseError, NoChampionError, NothingToTrainError
from modeling.labels import Lane, Split
from modeling.lifecycle import enqueue_cycle
from modeling.models import Comment, FeedbackBatch, FeedbackLabel, LabelSource, ModelVersion, Project, RetrainingCycle
from modeling.pipeline.decide_swap import rejected_rules
from modeling.pipeline.freeze_pairs import freeze_pairs
from modeling.primary_measures import PRIMARY_MEASURES
from modeling.spending import gate_seed

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True)
class IntakeRow:
    """People's joined judgement of one prediction. `q` is the soft label (low, mild, high), adding up to 1. `adjudicated`: one person's
    decision stands in its place."""

    comment_id: int
    version_id: int
    q: tuple[float, float, float]
    weight: float
    confidence: float
    incorrect_rate: float
    annotation_count: int
    biased_rate: float = 0.0
    bias_rates: dict[str, float] = field(default_factory=dict)
    pattern: str = ""
    subgroup: str = ""
    severity: float = 0.0
    inclusion_probability: float = 1.0
    adjudicated: bool = False


def hand_in(
    *,
    project: Project,
    provenance: str,
    rows: Sequence[IntakeRow],
    annotation_count: int,
    primary_measure: str = "",
    chosen_at: datetime | None = None,
    sources: Mapping[int, Collection[str]] | None = None,
    simulated: bool = False,
) -> FeedbackBatch:
    """Freeze the labels of one round, with the measure that was chosen when it opened, at `chosen_at` (without it, now). Empty: nobody chose.

    `sources`: comment -> opaque names of those on whose answers its label rests. No part of the batch's hash: a name may have to go again.
    `simulated`: answers of scripted annotators are in it.

    Raises:
        NothingToTrainError: there are no rows.
        ValueError: a row is not of this project's pool (gate, test and audit must never reach training), or no round may choose the measure.
    """
    if primary_measure and primary_measure not in PRIMARY_MEASURES:
        raise ValueError(f"{primary_measure!r} is no measure that a round may choose")
    if not rows:
        raise NothingToTrainError("No item has an answer that says anything about the level, so there is nothing to hand in.")
    comment_ids = {row.comment_id for row in rows}
    if Comment.objects.of(project).in_split(Split.POOL).filter(pk__in=comment_ids).count() != len(comment_ids):
        raise ValueError("only comments of this project's pool may be handed in")
    with transaction.atomic():
        batch = FeedbackBatch.objects.create(
            project=project,
            provenance=provenance,
            sha256=_digest(rows),
            annotation_count=annotation_count,
            simulated=simulated,
            primary_measure=primary_measure,
            chosen_at=(chosen_at or timezone.now()) if primary_measure else None,
        )
        labels = FeedbackLabel.objects.bulk_create([_label(batch, row) for row in rows], batch_size=500)
        named = [LabelSource(label=label, source=name) for label in labels for name in (sources or {}).get(label.comment_id, ())]
        LabelSource.objects.bulk_create(named, batch_size=500)
        ledger.append(
            actor="system",
            action="feedback.frozen",
            subject=f"feedback batch {batch.pk}",
            payload={
                "provenance": provenance,
                "labels": len(rows),
                "annotations": annotation_count,
                "sha256": batch.sha256,
                "primary_measure": primary_measure,
                "chosen_at": batch.chosen_at,
                **({"simulated": True} if simulated else {}),
            },
        )
    return batch


def _digest(rows: Sequence[IntakeRow]) -> str:
    """Without `adjudicated` where it is false: the same labels have the hash that they had before there was adjudication."""
    plain = [{name: value for name, value in asdict(row).items() if name != "adjudicated" or value} for row in rows]
    canonical = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _label(batch: FeedbackBatch, row: IntakeRow) -> FeedbackLabel:
    values = {name: value for name, value in asdict(row).items() if name != "q"}
    q_low, q_mild, q_high = row.q
    return FeedbackLabel(batch=batch, split=Split.POOL, q_low=q_low, q_mild=q_mild, q_high=q_high, **values)


def take_back(*, batch_id: int, by: "User") -> None:
    """Delete a batch that no cycle was given: its round is opened again. The ledger keeps its hash, and that it was taken back.

    Raises:
        LabelsInUseError: a cycle was given it. What was trained on, or might have been, is never changed.
    """
    with transaction.atomic():
        # First, as `request_cycle` does, which holds it while it takes the batches: locks that are taken in two orders stop each other.
        Project.objects.select_for_update(of=("self",)).get(feedback_batches=batch_id)
        batch = FeedbackBatch.objects.get(pk=batch_id)
        if batch.cycles.exists():
            raise LabelsInUseError("A cycle was given these labels meanwhile, so they stay as they are.")
        payload = {"provenance": batch.provenance, "sha256": batch.sha256}
        ledger.append(actor=by, action="feedback.taken_back", subject=f"feedback batch {batch.pk}", payload=payload)
        batch.delete()


def request_cycle(
    *,
    project: Project,
    provenance: str = "",
    by: "User | None" = None,
    lane: Lane | None = None,
    seed: int = 0,
    config: TrainingConfig | None = None,
    gate: GateConfig | None = None,
    in_background: bool = True,
) -> RetrainingCycle:
    """Ask for a retraining cycle on all feedback frozen so far; it waits its turn in the queue. Without a `lane` it takes the project's.

    The pairs that stand reported are frozen with it, and the swaps that people rejected stand in its settings, whatever `config` says.

    `seed` is the training's. The gate's own cannot be chosen (`spending.gate_seed`), whatever `gate` says. Without a `gate`, a candidate
    must gain on the measure that was chosen last, whoever asks.

    Raises:
        NoChampionError: no version is in use yet.
        NothingToTrainError: no feedback has been handed in.
        CycleRunningError: one is waiting or running already.
    """
    with transaction.atomic():
        project = Project.objects.select_for_update().get(pk=project.pk)
        champion = project.champion
        if champion is None:
            raise NoChampionError("There is no model in use yet. Train the first one before you start a cycle.")
        batches = list(project.feedback_batches.all())
        if not batches:
            raise NothingToTrainError("No feedback has been handed in yet. Close a round first.")
        busy = project.cycles.filter(state__in=RetrainingCycle.UNDER_WAY).first()
        if busy:
            raise CycleRunningError(f"Cycle {busy.number} is {busy.state}. Wait for it, or cancel it.")
        number = (project.cycles.order_by("-number").values_list("number", flat=True).first() or 0) + 1
        lane = lane or (config.lane if config else Lane(project.cycle_lane))
        rejected = rejected_rules(project)
        training = (config or TrainingConfig.for_lane(lane)).but(swaps_left_out=rejected)
        rules = replace(gate or rules_for(batches), seed=gate_seed(project=project, number=number, batches=batches))
        cycle = RetrainingCycle.objects.create(
            project=project,
            number=number,
            lane=lane,
            champion=champion,
            base=_last_full_lane_version(champion),
            training_config=training.but(lane=lane, seed=seed).as_dict(),
            gate_config=rules.as_dict(),
            provenance=provenance,
            requested_by=by,
        )
        cycle.batches.set(batches)
        pair_count, pairs_sha256 = freeze_pairs(cycle=cycle, rejected=rejected)
        ledger.append(
            actor=by or "system",
            action="cycle.requested",
            subject=f"cycle {cycle.number} of {project.slug}",
            payload={
                "lane": lane,
                "seed": seed,
                "champion": champion.number,
                "batches": [batch.sha256 for batch in batches],
                "pairs": pair_count,
                "pairs_sha256": pairs_sha256,
                "primary_measure": rules.primary_measure,
                "primary_measure_from": "the rules that were given" if gate else _who_chose(batches),
            },
        )
        if in_background:
            transaction.on_commit(lambda: enqueue_cycle(cycle.pk))
    return cycle


def rules_for(batches: Sequence[FeedbackBatch]) -> GateConfig:
    """Rounds may have asked for several measures; one decides: that of the round which opened last, however late others closed."""
    deciding = FeedbackBatch.deciding(batches)
    return GateConfig(primary_measure=deciding.primary_measure) if deciding else GateConfig()


def _who_chose(batches: Sequence[FeedbackBatch]) -> str:
    deciding = FeedbackBatch.deciding(batches)
    return deciding.provenance if deciding else "nobody: the usual one"


def _last_full_lane_version(champion: ModelVersion) -> ModelVersion:
    """Every cycle starts from it, never from the champion: warm starts drifted."""
    return champion if champion.lane == Lane.FULL else champion.base or champion

"""Keep how a round's answers were joined: methods, weights and why, agreement, signs of brigading, doubtful labels. Frozen with its labels."""

import hashlib
import json
import math
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Count

from feedback.crowd.agreement_table import Row, agreement_rows
from feedback.crowd.consensus import Consensus, frame_of
from feedback.crowd.estimates import wilson
from feedback.crowd.label_errors import Doubt, doubtful_labels
from feedback.crowd.reliability import prior_only
from feedback.models import Annotation, AnnotationItem, AnnotationRound, AnnotatorWeight, DisputedItem, DoubtfulLabel, Joining, Panel, PanelWeight
from feedback.pipeline.reassign import panels_kept
from modeling.labels import LEVELS

BATCH = 500


@dataclass(frozen=True)
class JoiningFigures:
    """What takes long, worked out before the transaction that stores it. `doubt_method` is empty when nothing could be ranked."""

    agreement: list[Row]
    doubt_method: str
    doubts: list[Doubt]


def work_out_joining(*, round: AnnotationRound, consensus: Consensus) -> JoiningFigures:
    """Agreement of independent voices, and the labels that the model and the voices make most doubtful. Writes nothing."""
    known = set(AnnotationItem.objects.filter(round=round).exclude(gold_label="").values_list("pk", flat=True))
    levels = {found.item: max(range(3), key=lambda level, q=found.q: q[level]) for found in consensus.items if found.item not in known}  # type: ignore[misc]  # mypy sees no type in a lambda's default
    columns = ("pk", "prediction__p_low", "prediction__p_mild", "prediction__p_high")
    p = {pk: probabilities for pk, *probabilities in AnnotationItem.objects.filter(round=round).values_list(*columns).iterator()}
    method, doubts = doubtful_labels(frame_of(consensus.voices), levels, p)  # type: ignore[arg-type]  # `p` is there: the round was predicted when it was drawn
    return JoiningFigures(agreement_rows(consensus.voices), method, doubts)


def record_joining(*, round: AnnotationRound, consensus: Consensus, figures: JoiningFigures, adjudicated: Collection[int] = ()) -> dict[str, Any]:
    """Store the rows, in the caller's transaction, and give back what the ledger says of them: in full what weighs on panels, people's
    weights by their hash only, since the ledger outlives an account. `adjudicated`: items whose label one person decided, which leaves no
    doubt to look at."""
    joining = Joining.objects.create(
        round=round,
        method=round.joining_method,
        differences=_differences(consensus),
        agreement=[_agreement(row) for row in figures.agreement],
        signals=[_plain(asdict(signal)) for signal in consensus.signals.found],
        known_count=AnnotationItem.objects.filter(round=round).exclude(gold_label="").count(),
        disputed_count=sum(found.disputed for found in consensus.items),
        without_label_count=consensus.without_label,
        doubt_method=figures.doubt_method,
    )
    DisputedItem.objects.bulk_create(_disputed_items(joining, consensus), batch_size=BATCH)
    PanelWeight.objects.bulk_create(_panel_weights(joining, consensus))
    people = list(_annotator_weights(joining, consensus))
    AnnotatorWeight.objects.bulk_create(people, batch_size=BATCH)
    doubts = [
        DoubtfulLabel(joining=joining, item_id=doubt.item, rank=rank, quality=doubt.quality, level=LEVELS[doubt.level])
        for rank, doubt in enumerate((doubt for doubt in figures.doubts if doubt.item not in adjudicated), start=1)
    ]
    DoubtfulLabel.objects.bulk_create(doubts, batch_size=BATCH)
    return {**_ledger_entry(joining, consensus, people), "adjudicated": len(adjudicated)}


def _disputed_items(joining: Joining, consensus: Consensus) -> list[DisputedItem]:
    names = dict(Panel.objects.filter(pk__in=consensus.panels).values_list("pk", "name"))
    disputed = sorted((found for found in consensus.items if found.disputed), key=lambda found: (found.confidence, found.item))
    return [
        DisputedItem(
            joining=joining,
            item_id=found.item,
            rank=rank,
            level=LEVELS[found.q.index(found.confidence)],
            confidence=found.confidence,
            panel_levels=[{"panel": names[panel], "level": LEVELS[level].value} for panel, level in sorted(found.preferred.items())],
        )
        for rank, found in enumerate(disputed, start=1)
    ]


def _panel_weights(joining: Joining, consensus: Consensus) -> list[PanelWeight]:
    return [
        PanelWeight(
            joining=joining,
            panel_id=panel,
            method=weighed.method,
            method_reason=weighed.reason,
            annotator_count=weighed.accounts,
            answer_count=weighed.answers,
            stated=weighed.stated,
            trust=weighed.trust.trust,
            weight=weighed.weight,
            evidence=_plain(weighed.trust.evidence),
            reasons=weighed.trust.reasons,
        )
        for panel, weighed in consensus.panels.items()
    ]


def _annotator_weights(joining: Joining, consensus: Consensus) -> Iterable[AnnotatorWeight]:
    answers = Annotation.objects.filter(item__round=joining.round_id).order_by()
    kept = panels_kept(joining.round_id)
    for who, panel, count in answers.values_list("annotator", "annotator__panel").annotate(count=Count("pk")).order_by("annotator"):
        voice = consensus.signals.voice_of.get(who, who)
        found = consensus.reliability.get(voice) or prior_only(count)
        yield AnnotatorWeight(
            joining=joining,
            annotator_id=who,
            panel_id=kept.get(who, panel),
            answer_count=count,
            shared_count=found.shared,
            reliability=found.value,
            low=found.low,
            high=found.high,
            known_count=found.known,
            known_right=found.known_right,
            report_factor=consensus.signals.report_factor.get(who, 1.0),
            voice_id=None if voice == who else voice,
            reasons=consensus.signals.reasons(who),
        )


def _ledger_entry(joining: Joining, consensus: Consensus, people: Iterable[AnnotatorWeight]) -> dict[str, Any]:
    weights = [(person.annotator_id, person.reliability, person.report_factor, person.voice_id) for person in people]
    return {
        "labels": len(consensus.items),
        "disputed": joining.disputed_count,
        "without_label": joining.without_label_count,
        "method": joining.method,
        "panels": {
            str(panel): {
                "method": weighed.method,
                "stated": weighed.stated,
                "trust": weighed.trust.trust,
                "weight": weighed.weight,
                "reasons": weighed.trust.reasons,
            }
            for panel, weighed in consensus.panels.items()
        },
        "differences": joining.differences,
        "reductions": [signal.sentence for signal in consensus.signals.found if signal.reduces],
        "annotator_weights_sha256": hashlib.sha256(json.dumps(weights, separators=(",", ":")).encode()).hexdigest(),
    }


def _differences(consensus: Consensus) -> list[dict[str, Any]]:
    n = len(consensus.items)
    rows = []
    for (first, second), share in consensus.differences.items():
        low, high = wilson(share, n)
        rows.append({"first": first, "second": second, "share": share, "low": low, "high": high, "items": n})
    return rows


def _agreement(row: Row) -> dict[str, Any]:
    return {"panel": row.panel, "question": row.question, **_plain(asdict(row.found))}


def _plain(value: Any) -> Any:
    """As JSON has it: what is not a number is null."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

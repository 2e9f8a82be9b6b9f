"""How far a round is, from stored rows: counts, shares, agreement. Cheap enough for a page that asks every few seconds."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from django.db.models import Count, F, Q, QuerySet, Sum

from feedback.crowd.agreement import Agreement, Measurement, agreement
from feedback.models import Annotation, AnnotationRound, Assignment
from modeling.labels import LEVELS, Verdict

QUESTIONS: dict[str, Measurement] = {"verdict": "nominal", "level": "ordinal", "biased": "nominal"}
"""Unsure answers count for the verdict, not for the level."""

RESAMPLES = 500
_PER_VERDICT = {verdict.value: Count("pk", filter=Q(verdict=verdict)) for verdict in Verdict}


@dataclass(frozen=True)
class RoundProgress:
    """`wanted` annotations in all; `done`, `held` and `skipped` places, `flagged` among the skipped; `complete_items` have all theirs.
    `extra` of the `done`: answers beyond those that their item was to get, as when a skip is taken back after somebody else stepped in.
    `verdicts`: verdict -> share of the annotations, which add up to 1 (0 each while there are none); `verdict_counts`: how many;
    `biased`, `biased_share`: annotations that report a bias. `bias_types`: how many report each. `agreement`: question -> see
    `crowd.agreement`; empty when it was not asked for."""

    wanted: int
    done: int
    extra: int
    held: int
    skipped: int
    flagged: int
    items: int
    complete_items: int
    annotators: int
    verdicts: dict[str, float]
    verdict_counts: dict[str, int]
    biased: int
    biased_share: float
    bias_types: dict[str, int]
    agreement: dict[str, Agreement]
    is_open: bool
    is_handed_in: bool

    @property
    def share(self) -> float:
        """Filled of wanted, in [0, 1]."""
        return self.filled / self.wanted if self.wanted else 0.0

    @property
    def filled(self) -> int:
        """Of the wanted annotations, those that are there."""
        return self.done - self.extra

    @property
    def missing(self) -> int:
        return self.wanted - self.filled

    @property
    def is_aggregating(self) -> bool:
        return not self.is_open and not self.is_handed_in


def round_progress(round: AnnotationRound, *, with_agreement: bool = True) -> RoundProgress:
    """Agreement is the dear part (a bootstrap over the items): leave it out where a fragment polls."""
    places = _places(round)
    answers = Annotation.objects.filter(item__round=round)
    counts = answers.aggregate(reports=Count("pk", filter=Q(biased=True)), annotators=Count("annotator", distinct=True), **_PER_VERDICT)
    verdicts = {verdict.value: counts[verdict.value] for verdict in Verdict}
    done, items = sum(verdicts.values()), _answered_items(answers, round.overlap)
    return RoundProgress(
        wanted=round.item_count * round.overlap,
        done=done,
        extra=items["extra"] or 0,
        held=places["held"],
        skipped=places["skipped"],
        flagged=places["flagged"],
        items=round.item_count,
        complete_items=items["complete"],
        annotators=counts["annotators"],
        verdicts={verdict: count / done if done else 0.0 for verdict, count in verdicts.items()},
        verdict_counts=verdicts,
        biased=counts["reports"],
        biased_share=counts["reports"] / done if done else 0.0,
        bias_types=_bias_types(answers),
        agreement=_agreement(answers) if with_agreement and done else {},
        is_open=round.state == AnnotationRound.State.OPEN,
        is_handed_in=round.is_handed_in,
    )


def _places(round: AnnotationRound) -> dict[str, int]:
    is_skipped = Q(state=Assignment.State.SKIPPED)
    return Assignment.objects.filter(round=round).aggregate(
        held=Count("pk", filter=Q(state=Assignment.State.CLAIMED)),
        skipped=Count("pk", filter=is_skipped),
        flagged=Count("pk", filter=is_skipped & Q(flagged=True)),
    )


def _answered_items(answers: QuerySet[Annotation], overlap: int) -> dict[str, int]:
    per_item = answers.order_by().values("item").annotate(count=Count("pk"))
    return per_item.aggregate(complete=Count("item", filter=Q(count__gte=overlap)), extra=Sum(F("count") - overlap, filter=Q(count__gt=overlap)))


def _bias_types(answers: QuerySet[Annotation]) -> dict[str, int]:
    reports = answers.filter(biased=True).order_by().values_list("bias_types", flat=True)
    return dict(Counter(bias_type for types in reports.iterator() for bias_type in types).most_common())


def _agreement(answers: QuerySet[Annotation]) -> dict[str, Agreement]:
    """The same rows give the same interval: the generator is seeded."""
    columns = ("item", "verdict", "corrected_label", "item__prediction__predicted_label", "biased")
    rows = answers.order_by().values_list(*columns).annotate(count=Count("pk"))
    counts: dict[str, dict[int, list[int]]] = {
        "verdict": defaultdict(lambda: [0] * len(Verdict)),
        "level": defaultdict(lambda: [0] * len(LEVELS)),
        "biased": defaultdict(lambda: [0, 0]),
    }
    for item, verdict, corrected, predicted, biased, count in rows.iterator():
        counts["verdict"][item][list(Verdict).index(verdict)] += count
        counts["biased"][item][int(biased)] += count
        if verdict != Verdict.UNSURE:
            counts["level"][item][LEVELS.index(corrected or predicted)] += count
    return {question: _of(counts[question].values(), measurement) for question, measurement in QUESTIONS.items()}


def _of(counts: Iterable[list[int]], measurement: Measurement) -> Agreement:
    rows = list(counts)
    table = np.array(rows, dtype=np.int64) if rows else np.zeros((0, 2), dtype=np.int64)
    return agreement(table, measurement=measurement, rng=np.random.default_rng(0), resamples=RESAMPLES)

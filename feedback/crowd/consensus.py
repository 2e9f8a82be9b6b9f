"""From single judgements to one soft label per item: consensus within each panel, panels joined by weight, bias rates beside it.

pandas and crowd-kit are imported inside functions: the web process imports this package, and must stay free of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from feedback.crowd.reliability import PanelConsensus, majority_vote, panel_consensus

if TYPE_CHECKING:
    import pandas as pd

DISPUTED_BELOW = 0.6
"""An item whose confidence is lower is disputed."""


@dataclass(frozen=True)
class Judgement:
    """One annotation, as plain values. `label` is 0, 1, 2, or None when the annotator was unsure."""

    item: int
    annotator: int
    panel: int
    label: int | None
    incorrect: bool
    bias_types: tuple[str, ...] = ()
    pattern: str = ""
    subgroup: str = ""
    severity: int | None = None


@dataclass(frozen=True)
class ItemConsensus:
    """What people say about one item.

    `q`: soft label over low, mild, high, adds up to 1. `confidence`: its maximum. `weight`: see `label_weight`.
    `incorrect_rate`, `biased_rate`, `bias_rates`: shares of the annotations in [0, 1], each weighted by its annotator's
    reliability and panel. `severity`: mean over the reports, 0 without any. `disputed`: confidence below `DISPUTED_BELOW`, or two
    panels prefer different levels.
    """

    item: int
    q: tuple[float, float, float]
    confidence: float
    weight: float
    incorrect_rate: float
    biased_rate: float
    bias_rates: dict[str, float]
    pattern: str
    subgroup: str
    severity: float
    annotation_count: int
    disputed: bool


@dataclass(frozen=True)
class Consensus:
    """`methods`: panel -> how it was aggregated. `reliability`: annotator -> (0, 1). `methods_differ`: share of the items on which
    plain majority vote prefers another level. `without_label`: items on which everybody was unsure."""

    items: list[ItemConsensus]
    methods: dict[int, str]
    reliability: dict[int, float] = field(default_factory=dict)
    methods_differ: float = 0.0
    without_label: int = 0


def label_weight(confidence: float, count: int) -> float:
    """`(3 confidence - 1) / 2 * count / (count + 1)`, in [0, 1): 0 when the levels are equally likely; a certain label counts 1/2
    with one annotation, 2/3 with two, 3/4 with three."""
    return max(0.0, (3 * confidence - 1) / 2) * count / (count + 1)


def reach_consensus(judgements: Sequence[Judgement], panel_weights: Mapping[int, float]) -> Consensus:
    """Aggregate within each panel, then join the panels by `panel_weights`, so that a minority's reading is not outvoted by
    numbers. Unsure answers count for the bias rates but not for the label; items without any label are left out and counted."""
    labelled = [judgement for judgement in judgements if judgement.label is not None]
    if not labelled:
        return Consensus(items=[], methods={}, without_label=len({judgement.item for judgement in judgements}))
    panels = {panel: panel_consensus(_frame(labelled, panel)) for panel in sorted({judgement.panel for judgement in labelled})}
    reliability = {int(who): float(value) for found in panels.values() for who, value in found.reliability.items()}
    soft, split = _join(panels, panel_weights)
    by_item = _by_item(judgements)
    trust = {judgement.annotator: reliability.get(judgement.annotator, 0.0) * panel_weights[judgement.panel] for judgement in judgements}
    items = [_item(item, soft[item], item in split, by_item[item], trust) for item in sorted(soft)]
    return Consensus(
        items=items,
        methods={panel: found.method for panel, found in panels.items()},
        reliability=reliability,
        methods_differ=_methods_differ(labelled, soft),
        without_label=len(by_item) - len(items),
    )


def _frame(labelled: Iterable[Judgement], panel: int | None = None) -> pd.DataFrame:
    import pandas as pd

    rows = [(j.item, j.annotator, j.label) for j in labelled if panel is None or j.panel == panel]
    return pd.DataFrame(rows, columns=["item", "annotator", "label"])


def _join(panels: Mapping[int, PanelConsensus], weights: Mapping[int, float]) -> tuple[dict[int, np.ndarray], set[int]]:
    """Item -> joined soft label (3,), and the items on which panels prefer different levels."""
    sums: dict[int, np.ndarray] = defaultdict(lambda: np.zeros(3))
    preferred: dict[int, set[int]] = defaultdict(set)
    for panel, found in panels.items():
        for item, q in zip(found.q.index.tolist(), found.q.to_numpy(), strict=True):
            sums[item] += weights[panel] * q
            preferred[item].add(int(q.argmax()))
    return {item: total / total.sum() for item, total in sums.items()}, {item for item, levels in preferred.items() if len(levels) > 1}


def _methods_differ(labelled: Sequence[Judgement], soft: Mapping[int, np.ndarray]) -> float:
    majority = majority_vote(_frame(labelled))
    best = majority.to_numpy().argmax(axis=1)
    return float(np.mean([soft[item].argmax() != level for item, level in zip(majority.index.tolist(), best, strict=True)]))


def _by_item(judgements: Iterable[Judgement]) -> dict[int, list[Judgement]]:
    found: dict[int, list[Judgement]] = defaultdict(list)
    for judgement in judgements:
        found[judgement.item].append(judgement)
    return found


def _item(item: int, q: np.ndarray, panels_differ: bool, judgements: Sequence[Judgement], trust: Mapping[int, float]) -> ItemConsensus:
    confidence = float(q.max())
    reports = [judgement for judgement in judgements if judgement.bias_types]
    named = sorted({bias_type for report in reports for bias_type in report.bias_types})
    decided = [judgement for judgement in judgements if judgement.label is not None]
    severities = [report.severity for report in reports if report.severity is not None]
    return ItemConsensus(
        item=item,
        q=(float(q[0]), float(q[1]), float(q[2])),
        confidence=confidence,
        weight=label_weight(confidence, len(decided)),
        incorrect_rate=_rate(decided, [judgement.incorrect for judgement in decided], trust),
        biased_rate=_rate(judgements, [bool(judgement.bias_types) for judgement in judgements], trust),
        bias_rates={name: _rate(judgements, [name in judgement.bias_types for judgement in judgements], trust) for name in named},
        pattern=_most_frequent(report.pattern for report in reports),
        subgroup=_most_frequent(report.subgroup for report in reports),
        severity=float(np.mean(severities)) if severities else 0.0,
        annotation_count=len(judgements),
        disputed=confidence < DISPUTED_BELOW or panels_differ,
    )


def _rate(judgements: Sequence[Judgement], said: Sequence[bool], trust: Mapping[int, float]) -> float:
    weights = [trust[judgement.annotator] for judgement in judgements]
    if not any(weights):
        # Somebody who was only ever unsure has no reliability; where nobody has, each counts the same.
        weights = [1.0] * len(weights)
    return sum(weight for weight, yes in zip(weights, said, strict=True) if yes) / sum(weights)


def _most_frequent(values: Iterable[str]) -> str:
    """The commonest non-empty value; the first by the alphabet wins a tie, so that the result does not hang on the order."""
    counts = Counter(value for value in values if value)
    return min(counts, key=lambda value: (-counts[value], value)) if counts else ""

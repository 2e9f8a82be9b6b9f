"""From single judgements to one soft label per item: accounts that are not independent merged, consensus within each panel, panels joined
by the weight that the lead states and their answers have earned, bias rates beside it.

pandas and crowd-kit are imported inside functions: the web process imports this package, and must stay free of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from feedback.crowd.brigading import Signals, find_signals, merge_voices
from feedback.crowd.judgement import Judgement, by_item
from feedback.crowd.methods import DAWID_SKENE, METHODS, carried, majority_vote, soft_labels
from feedback.crowd.panel_trust import PanelTrust, weigh_panels
from feedback.crowd.rates import Rates
from feedback.crowd.reliability import PanelConsensus, Reliability, panel_consensus

if TYPE_CHECKING:
    import pandas as pd

DISPUTED_BELOW = 0.6
"""An item whose confidence is lower is disputed."""

WITHOUT_PANELS = "without_panels"
"""Plain majority vote over everybody: what the numbers alone would say. Compared with, never used."""


@dataclass(frozen=True)
class ItemConsensus:
    """What people say about one item.

    `q`: soft label over low, mild, high, adds up to 1. `confidence`: its maximum. `weight`: see `label_weight`.
    `incorrect_rate`, `biased_rate`, `bias_rates`: shares in [0, 1] of each panel's voices by reliability, joined by the panels' weights;
    `severity`: mean over the reports, weighted alike, 0 without any; `pattern`, `subgroup`: named with the greatest weight. Reports count
    what a burst leaves of them (`rates`). `annotation_count`: annotations, before accounts are merged. `disputed`: confidence below
    `DISPUTED_BELOW`, or two panels prefer different levels. `preferred`: panel -> the level that it prefers (0, 1, 2).
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
    preferred: dict[int, int]


@dataclass(frozen=True)
class WeighedPanel:
    """`stated`: the lead's weight; `trust`: what its answers earned of it; `method`: how it was aggregated, `reason`: why not as chosen."""

    stated: float
    trust: PanelTrust
    method: str
    reason: str
    accounts: int
    answers: int

    @property
    def weight(self) -> float:
        return self.stated * self.trust.trust


@dataclass(frozen=True)
class Consensus:
    """`panels`: by id. `reliability`: voice -> its reliability. `signals`: see `brigading`. `differences`: (method, method) -> share of the
    items on which they prefer different levels, `WITHOUT_PANELS` among them. `voices`: one judgement per item and voice.
    `without_label`: items on which everybody was unsure."""

    items: list[ItemConsensus]
    panels: dict[int, WeighedPanel] = field(default_factory=dict)
    reliability: dict[int, Reliability] = field(default_factory=dict)
    signals: Signals = field(default_factory=Signals)
    differences: dict[tuple[str, str], float] = field(default_factory=dict)
    voices: list[Judgement] = field(default_factory=list)
    without_label: int = 0


def label_weight(confidence: float, count: int) -> float:
    """`(3 confidence - 1) / 2 * count / (count + 1)`, in [0, 1): 0 when the levels are equally likely; a certain label counts 1/2
    with one annotation, 2/3 with two, 3/4 with three."""
    return max(0.0, (3 * confidence - 1) / 2) * count / (count + 1)


def reach_consensus(
    judgements: Sequence[Judgement],
    panel_weights: Mapping[int, float],
    *,
    method: str = DAWID_SKENE,
    known: Mapping[int, int] | None = None,
    earlier_trust: Mapping[int, float] | None = None,
    mentions: Mapping[int, Collection[str]] | None = None,
) -> Consensus:
    """Merge accounts that answer as one, aggregate within each panel by `method`, then join the panels by stated weight x trust, so that
    a minority's reading is not outvoted by numbers. Unsure answers count for the bias rates but not for the label; items without any
    label are left out and counted.

    `known`: item -> level, where the answer is known beforehand. `earlier_trust`: panel -> its trust in its last round. `mentions`: item
    -> subgroups in its comment; for known items, so that a panel with one aim shows.
    """
    known = known or {}
    if not any(judgement.label is not None for judgement in judgements):
        return Consensus(items=[], without_label=len({judgement.item for judgement in judgements}))
    signals = find_signals(judgements)
    voices = merge_voices(judgements, signals.voice_of)
    accounts, answers = _accounts(judgements), Counter(judgement.panel for judgement in judgements)
    trust = weigh_panels(voices, accounts=accounts, known=known, earlier=earlier_trust or {}, mentions=mentions or {})
    consensus = {panel: panel_consensus(frame, method, known) for panel in accounts if len(frame := frame_of(voices, panel))}
    weighed = {
        panel: _weighed(panel_weights[panel], trust[panel], consensus.get(panel), method, count, answers[panel]) for panel, count in accounts.items()
    }
    weights = {panel: found.weight for panel, found in weighed.items()}
    soft, preferred = _join({panel: found.q for panel, found in consensus.items()}, weights)
    reliability = {who: found for panel in consensus.values() for who, found in panel.reliability.items()}
    counts = Counter(judgement.item for judgement in judgements)
    told = by_item(voices)
    rates = Rates({who: found.value for who, found in reliability.items()}, weights, signals.voice_factor())
    return Consensus(
        items=[_item(item, soft[item], preferred[item], told[item], counts[item], rates) for item in sorted(soft)],
        panels=weighed,
        reliability=reliability,
        signals=signals,
        differences=_differences(voices, weights, known, consensus),
        voices=voices,
        without_label=len(counts) - len(soft),
    )


def frame_of(judgements: Iterable[Judgement], panel: int | None = None) -> pd.DataFrame:
    """The labels in the long form that `methods` wants; of one panel, or of all."""
    import pandas as pd

    rows = [(j.item, j.annotator, j.label) for j in judgements if j.label is not None and (panel is None or j.panel == panel)]
    return pd.DataFrame(rows, columns=["item", "annotator", "label"])


def _accounts(judgements: Iterable[Judgement]) -> dict[int, int]:
    """Panel -> how many accounts answered."""
    found: dict[int, set[int]] = defaultdict(set)
    for judgement in judgements:
        found[judgement.panel].add(judgement.annotator)
    return {panel: len(who) for panel, who in sorted(found.items())}


def _weighed(stated: float, trust: PanelTrust, found: PanelConsensus | None, method: str, accounts: int, answers: int) -> WeighedPanel:
    used, reason = (found.method, found.reason) if found else (method, "All its answers were “not sure”.")
    return WeighedPanel(stated=stated, trust=trust, method=used, reason=reason, accounts=accounts, answers=answers)


def _join(panels: Mapping[int, pd.DataFrame], weights: Mapping[int, float]) -> tuple[dict[int, np.ndarray], dict[int, dict[int, int]]]:
    """Item -> joined soft label (3,), and item -> panel -> the level that it prefers."""
    sums: dict[int, np.ndarray] = defaultdict(lambda: np.zeros(3))
    preferred: dict[int, dict[int, int]] = defaultdict(dict)
    for panel, found in panels.items():
        for item, q in zip(found.index.tolist(), found.to_numpy(), strict=True):
            sums[item] += weights[panel] * q
            preferred[item][panel] = int(q.argmax())
    return {item: total / total.sum() for item, total in sums.items()}, preferred


def _differences(
    voices: Sequence[Judgement], weights: Mapping[int, float], known: Mapping[int, int], chosen: Mapping[int, PanelConsensus]
) -> dict[tuple[str, str], float]:
    """Every method that some panel can carry, joined with the same weights, and everybody's plain majority: where they differ, in pairs."""
    frames = {panel: frame_of(voices, panel) for panel in chosen}
    done = {(panel, found.method): found.q for panel, found in chosen.items()}
    preferred: dict[str, dict[int, int]] = {}
    for method in METHODS:
        used = {panel: carried(method, frame, known)[0] for panel, frame in frames.items()}
        if method in used.values():
            for panel, by in used.items():
                if (panel, by) not in done:
                    done[panel, by] = soft_labels(by, frames[panel], known)
            joined, _ = _join({panel: done[panel, by] for panel, by in used.items()}, weights)
            preferred[method] = {item: int(q.argmax()) for item, q in joined.items()}
    everybody = majority_vote(frame_of(voices))
    preferred[WITHOUT_PANELS] = dict(zip(everybody.index.tolist(), everybody.to_numpy().argmax(axis=1).tolist(), strict=True))
    return {
        (one, other): float(np.mean([level != preferred[other][item] for item, level in preferred[one].items()]))
        for one, other in combinations(preferred, 2)
    }


def _item(item: int, q: np.ndarray, preferred: dict[int, int], voices: Sequence[Judgement], annotations: int, rates: Rates) -> ItemConsensus:
    confidence = float(q.max())
    named = sorted({bias_type for judgement in voices for bias_type in judgement.bias_types})
    decided = [judgement for judgement in voices if judgement.label is not None]
    return ItemConsensus(
        item=item,
        q=(float(q[0]), float(q[1]), float(q[2])),
        confidence=confidence,
        weight=label_weight(confidence, len(decided)),
        incorrect_rate=rates.incorrect(decided),
        biased_rate=rates.biased(voices),
        bias_rates={name: rates.biased(voices, name) for name in named},
        pattern=rates.commonest(voices, lambda report: report.pattern),
        subgroup=rates.commonest(voices, lambda report: report.subgroup),
        severity=rates.severity(voices),
        annotation_count=annotations,
        disputed=confidence < DISPUTED_BELOW or len(set(preferred.values())) > 1,
        preferred=preferred,
    )

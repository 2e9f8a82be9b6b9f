"""What one person decided, in the place of what the panels make together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from feedback.crowd.consensus import Consensus, ItemConsensus, label_weight


@dataclass(frozen=True)
class Decision:
    """`level`: 0, 1 or 2; `incorrect`: it is not the predicted one; `annotation_count`: people who had answered the item before."""

    level: int
    incorrect: bool
    bias_types: tuple[str, ...]
    severity: int | None
    annotation_count: int


def decided(consensus: Consensus, decisions: Mapping[int, Decision]) -> Consensus:
    """With each decision for its item's label: all of it in one level, and as sure as can be. Items of which people named no level get one
    by it. What people said stays as it was: panels, reliability and how methods differ."""
    if not decisions:
        return consensus
    joined = {found.item: found for found in consensus.items}
    fresh = decisions.keys() - joined.keys()
    items = {**joined, **{item: _label(item, decision, joined.get(item)) for item, decision in decisions.items()}}
    without = max(0, consensus.without_label - sum(decisions[item].annotation_count > 0 for item in fresh))
    return replace(consensus, items=[items[item] for item in sorted(items)], without_label=without)


def _label(item: int, decision: Decision, joined: ItemConsensus | None) -> ItemConsensus:
    """How it shows and whom it concerns is what people said most often, as far as it is biased at all."""
    biased = bool(decision.bias_types)
    low, mild, high = (float(level == decision.level) for level in range(3))
    return ItemConsensus(
        item=item,
        q=(low, mild, high),
        confidence=1.0,
        # The decision is one more reading than people's answers.
        weight=label_weight(1.0, decision.annotation_count + 1),
        incorrect_rate=float(decision.incorrect),
        biased_rate=float(biased),
        bias_rates=dict.fromkeys(decision.bias_types, 1.0),
        pattern=joined.pattern if joined and biased else "",
        subgroup=joined.subgroup if joined and biased else "",
        severity=float(decision.severity or 0),
        annotation_count=decision.annotation_count,
        disputed=False,
        preferred=joined.preferred if joined else {},
    )

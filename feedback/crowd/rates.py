"""Shares of the voices on one item, each weighted by its reliability and its panel, reports by what they count after a burst."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from feedback.crowd.judgement import Judgement


@dataclass(frozen=True)
class Rates:
    """`reliability`: voice -> (0, 1). `panel_weights`: panel -> weight. `report_factor`: voice -> what its reports count, [0, 1)."""

    reliability: Mapping[int, float]
    panel_weights: Mapping[int, float]
    report_factor: Mapping[int, float]

    def incorrect(self, judgements: Sequence[Judgement]) -> float:
        return sum(weight for weight, judgement in zip(self._weights(judgements), judgements, strict=True) if judgement.incorrect)

    def biased(self, judgements: Sequence[Judgement], bias_type: str | None = None) -> float:
        """The share that reports a bias (of that type). What a burst takes from a report is not added to others' weight."""
        return sum(
            weight * self.report_factor.get(judgement.annotator, 1.0)
            for weight, judgement in zip(self._weights(judgements), judgements, strict=True)
            if (judgement.bias_types if bias_type is None else bias_type in judgement.bias_types)
        )

    def _weights(self, judgements: Sequence[Judgement]) -> list[float]:
        """They add up to 1."""
        weights = [self.reliability.get(judgement.annotator, 0.0) * self.panel_weights[judgement.panel] for judgement in judgements]
        if not any(weights):
            # Somebody who was only ever unsure has no reliability; where nobody has, each counts the same.
            weights = [1.0] * len(weights)
        return [weight / sum(weights) for weight in weights]

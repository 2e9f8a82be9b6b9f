"""Shares of the voices on one item: within each panel by reliability, then the panels by their weights, so that nobody is outvoted by heads;
reports by what they count after a burst."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from feedback.crowd.judgement import Judgement
from feedback.crowd.methods import RELIABILITY_PRIOR

Weighed = list[tuple[float, Judgement]]


@dataclass(frozen=True)
class Rates:
    """`reliability`: voice -> (0, 1), of who has said a level. `panel_weights`: panel -> weight, above 0. `report_factor`: voice -> what its
    reports count, [0, 1)."""

    reliability: Mapping[int, float]
    panel_weights: Mapping[int, float]
    report_factor: Mapping[int, float]

    def incorrect(self, voices: Sequence[Judgement]) -> float:
        return sum(weight for weight, voice in self._weighed(voices) if voice.incorrect)

    def biased(self, voices: Sequence[Judgement], bias_type: str | None = None) -> float:
        """The share that reports a bias (of that type). What a burst takes from a report is not added to others' weight."""
        return sum(weight for weight, report in self._reports(voices) if bias_type is None or bias_type in report.bias_types)

    def severity(self, voices: Sequence[Judgement]) -> float:
        """Mean over the reports, each with what it counts; 0 where none counts."""
        rated = [(weight, report.severity) for weight, report in self._reports(voices) if report.severity is not None]
        total = sum(weight for weight, _ in rated)
        return sum(weight * severity for weight, severity in rated) / total if total else 0.0

    def commonest(self, voices: Sequence[Judgement], value_of: Callable[[Judgement], str]) -> str:
        """What the reports with the greatest weight name, empty where none names any; the first by the alphabet wins a tie, so that the
        result does not hang on the order."""
        found: dict[str, float] = defaultdict(float)
        for weight, report in self._reports(voices):
            if value := value_of(report):
                found[value] += weight
        return min(found, key=lambda value: (-round(found[value], 9), value)) if found else ""

    def _reports(self, voices: Sequence[Judgement]) -> Weighed:
        return [(weight * self.report_factor.get(voice.annotator, 1.0), voice) for weight, voice in self._weighed(voices) if voice.bias_types]

    def _weighed(self, voices: Sequence[Judgement]) -> Weighed:
        """The weights add up to 1, each panel's to its part among the panels that answered."""
        panels: dict[int, list[float]] = defaultdict(list)
        for voice in voices:
            panels[voice.panel].append(self._reliability(voice))
        parts = {panel: self.panel_weights[panel] / sum(given) for panel, given in panels.items()}
        total = sum(self.panel_weights[panel] for panel in panels)
        return [(parts[voice.panel] * self._reliability(voice) / total, voice) for voice in voices]

    def _reliability(self, voice: Judgement) -> float:
        """Who was only ever unsure has said no level to be judged by, and starts where everybody starts."""
        right, count = RELIABILITY_PRIOR
        return self.reliability.get(voice.annotator, right / count)

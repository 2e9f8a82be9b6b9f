"""One annotation, as plain values: what everything here starts from."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Judgement:
    """One annotation. `label` is 0, 1, 2, or None when the annotator was unsure. It reports a bias when `bias_types` is not empty.

    `at`: when it was given, seconds since any fixed moment; None where that is not known. `note`: what they wrote.
    """

    item: int
    annotator: int
    panel: int
    label: int | None
    incorrect: bool
    bias_types: tuple[str, ...] = ()
    pattern: str = ""
    subgroup: str = ""
    severity: int | None = None
    at: float | None = None
    note: str = ""

    @property
    def details(self) -> tuple[object, ...]:
        """All that was chosen, but not the note: two answers are the same where this is."""
        return (self.label, self.incorrect, tuple(sorted(self.bias_types)), self.subgroup, self.pattern, self.severity)


def by_item(judgements: Iterable[Judgement]) -> dict[int, list[Judgement]]:
    found: dict[int, list[Judgement]] = defaultdict(list)
    for judgement in judgements:
        found[judgement.item].append(judgement)
    return found


def by_annotator(judgements: Iterable[Judgement]) -> dict[int, list[Judgement]]:
    found: dict[int, list[Judgement]] = defaultdict(list)
    for judgement in judgements:
        found[judgement.annotator].append(judgement)
    return found

"""Agreement for every question of the form, over everybody and within each panel. No pandas."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from feedback.crowd.agreement import Agreement, Measurement, agreement
from feedback.crowd.judgement import Judgement

RESAMPLES = 1000


@dataclass(frozen=True)
class Row:
    """Agreement on one `question` (level, verdict, biased, severity, or a type of bias) within `panel`, or among all (None)."""

    panel: int | None
    question: str
    found: Agreement


@dataclass(frozen=True)
class _Question:
    name: str
    values: int
    measurement: Measurement
    value_of: Callable[[Judgement], int | None]


def agreement_rows(judgements: Sequence[Judgement]) -> list[Row]:
    """Alpha and AC1 with their 95 % intervals, nan where there is too little to go by (`agreement`); panels apart where there are several.

    Unsure answers count for the verdict and the bias, not for the level; severity is compared among those who report a bias. The same
    judgements give the same interval.
    """
    panels = sorted({judgement.panel for judgement in judgements})
    groups: list[tuple[int | None, Sequence[Judgement]]] = [(None, judgements)]
    if len(panels) > 1:
        groups += [(panel, [judgement for judgement in judgements if judgement.panel == panel]) for panel in panels]
    return [Row(panel, question.name, _agreement(given, question)) for panel, given in groups for question in _questions(judgements)]


def _questions(judgements: Iterable[Judgement]) -> list[_Question]:
    reported = sorted({name for judgement in judgements for name in judgement.bias_types})
    return [
        _Question("level", 3, "ordinal", lambda judgement: judgement.label),
        _Question("verdict", 3, "nominal", lambda judgement: 2 if judgement.label is None else int(judgement.incorrect)),
        _Question("biased", 2, "nominal", lambda judgement: int(bool(judgement.bias_types))),
        *(_Question(name, 2, "nominal", lambda judgement, name=name: int(name in judgement.bias_types)) for name in reported),  # type: ignore[misc]  # mypy sees no type in a lambda's default
        _Question("severity", 3, "ordinal", lambda judgement: None if judgement.severity is None else judgement.severity - 1),
    ]


def _agreement(judgements: Iterable[Judgement], question: _Question) -> Agreement:
    rows: dict[int, list[int]] = defaultdict(lambda: [0] * question.values)
    for judgement in judgements:
        if (value := question.value_of(judgement)) is not None:
            rows[judgement.item][value] += 1
    counts = np.array(list(rows.values()), dtype=np.int64).reshape(len(rows), question.values)
    return agreement(counts, measurement=question.measurement, rng=np.random.default_rng(0), resamples=RESAMPLES)

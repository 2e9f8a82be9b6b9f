"""Scripted annotators of stated quality, for demonstrations and benchmarks. They know the true level and who is mentioned; they do
not know what was done to the training data. Those who mean ill stand in `attackers`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from modeling.labels import EXTRA_SUBGROUP_PREFIX, LEVELS, BiasPattern, BiasType, Level, Verdict, axis_of

TYPE_OF_AXIS: dict[str, BiasType] = {
    "race and ethnicity": BiasType.RACIAL,
    "gender": BiasType.GENDER,
    "sexual orientation": BiasType.SEXUAL_ORIENTATION,
    "religion": BiasType.RELIGIOUS,
    "disability": BiasType.DISABILITY,
    "extra": BiasType.CULTURAL,
}


@dataclass(frozen=True)
class Case:
    """What an annotator is shown, and what a scripted one knows of it. `mentions`: subgroups in the comment, `x_*` cues among them."""

    true_level: Level
    predicted: Level
    flagged: bool
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScriptedAnswer:
    verdict: str
    corrected_label: str = ""
    bias_types: tuple[str, ...] = ()
    subgroup: str = ""
    pattern: str = ""
    severity: int | None = None


class Scripted(Protocol):
    """Anybody who can be scripted."""

    def says(self, case: Case, rng: np.random.Generator) -> ScriptedAnswer: ...


@dataclass(frozen=True)
class Script:
    """An honest annotator. `accuracy`: chance to see the true level; otherwise one of the other two, each as likely. `bias_recall`: chance
    to report an over-rated harmless comment that mentions somebody. `false_report`: chance to report anything else."""

    accuracy: float = 0.85
    bias_recall: float = 0.8
    false_report: float = 0.02

    def __post_init__(self) -> None:
        for name in ("accuracy", "bias_recall", "false_report"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie between 0 and 1")

    def says(self, case: Case, rng: np.random.Generator) -> ScriptedAnswer:
        seen = case.true_level if rng.random() < self.accuracy else _another(case.true_level, rng)
        over_rated = case.true_level == Level.LOW and (case.flagged or case.predicted != Level.LOW)
        reports = rng.random() < (self.bias_recall if over_rated and case.mentions else self.false_report)
        subgroup = str(rng.choice(list(case.mentions))) if reports and case.mentions else ""
        return judged(case, seen, subgroup if reports else None)


def answer(
    script: Scripted, *, true_level: Level, predicted: Level, flagged: bool, mentions: Sequence[str], rng: np.random.Generator
) -> ScriptedAnswer:
    """What a scripted annotator says to one prediction."""
    return script.says(Case(true_level, predicted, flagged, tuple(mentions)), rng)


def judged(case: Case, level: Level, reported: str | None = None) -> ScriptedAnswer:
    """The answer of somebody who sees `level`, and reports a bias against the subgroup `reported` (empty: nobody in particular)."""
    verdict, corrected = (Verdict.CORRECT, "") if level == case.predicted else (Verdict.INCORRECT, level.value)
    if reported is None:
        return ScriptedAnswer(verdict=verdict.value, corrected_label=corrected)
    return ScriptedAnswer(
        verdict=verdict.value,
        corrected_label=corrected,
        bias_types=(TYPE_OF_AXIS[axis_of(reported)].value if reported else BiasType.OTHER.value,),
        subgroup=reported,
        pattern=_pattern(reported),
        severity=1 + LEVELS.index(case.predicted),
    )


def _another(level: Level, rng: np.random.Generator) -> Level:
    return [other for other in LEVELS if other != level][rng.integers(2)]


def _pattern(subgroup: str) -> str:
    """Identity terms are what a mention shows; a data set's own cue may say in its name what else it is."""
    if "dialect" in subgroup:
        return BiasPattern.DIALECT.value
    if "reclaimed" in subgroup:
        return BiasPattern.RECLAIMED_SLUR.value
    return (BiasPattern.STEREOTYPE if subgroup.startswith(EXTRA_SUBGROUP_PREFIX) else BiasPattern.IDENTITY_TERM).value

"""Scripted annotators of stated quality, for demonstrations and benchmarks. They know the true level and who is mentioned; they do
not know what was done to the training data."""

from collections.abc import Sequence
from dataclasses import dataclass

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
class Script:
    """`accuracy`: chance to see the true level; otherwise one of the other two, each as likely. `bias_recall`: chance to report an
    over-rated harmless comment that mentions somebody. `false_report`: chance to report anything else."""

    accuracy: float = 0.85
    bias_recall: float = 0.8
    false_report: float = 0.02

    def __post_init__(self) -> None:
        for name in ("accuracy", "bias_recall", "false_report"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie between 0 and 1")


@dataclass(frozen=True)
class ScriptedAnswer:
    verdict: str
    corrected_label: str = ""
    bias_types: tuple[str, ...] = ()
    subgroup: str = ""
    pattern: str = ""
    severity: int | None = None


def answer(
    script: Script, *, true_level: Level, predicted: Level, flagged: bool, mentions: Sequence[str], rng: np.random.Generator
) -> ScriptedAnswer:
    """What a scripted annotator says to one prediction. `mentions`: subgroups in the comment, `x_*` cues among them."""
    seen = true_level if rng.random() < script.accuracy else _another(true_level, rng)
    over_rated = true_level == Level.LOW and (flagged or predicted != Level.LOW)
    reports = rng.random() < (script.bias_recall if over_rated and mentions else script.false_report)
    verdict, corrected = (Verdict.CORRECT, "") if seen == predicted else (Verdict.INCORRECT, seen.value)
    if not reports:
        return ScriptedAnswer(verdict=verdict.value, corrected_label=corrected)
    subgroup = str(rng.choice(list(mentions))) if mentions else ""
    return ScriptedAnswer(
        verdict=verdict.value,
        corrected_label=corrected,
        bias_types=(TYPE_OF_AXIS[axis_of(subgroup)].value if subgroup else BiasType.OTHER.value,),
        subgroup=subgroup,
        pattern=_pattern(subgroup),
        severity=1 + LEVELS.index(predicted),
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

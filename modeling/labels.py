"""The words and numbers that everything agrees on: levels, splits, subgroups, bias types. No Django."""

import hashlib
from collections.abc import Sequence
from enum import StrEnum


class Level(StrEnum):
    """The three ordered levels. A sentiment data set shows them as negative, neutral, positive (`names.LEVEL_NAMES`)."""

    LOW = "low"
    MILD = "mild"
    HIGH = "high"


LEVELS: tuple[Level, ...] = tuple(Level)


class LevelKind(StrEnum):
    """Sentiment is stored on the same ordered scale: `target` 0 = most negative ... 1 = most positive."""

    TOXICITY = "toxicity"
    SENTIMENT = "sentiment"


LOW_THRESHOLD = 0.3
HIGH_THRESHOLD = 0.7
TOXIC_TARGET = 0.5
MEMBER_AT = 0.5

DEFAULT_PRIMARY_MEASURE = "jigsaw_score"
"""What a candidate must gain on where a round has chosen nothing else (`primary_measures`)."""


class Split(StrEnum):
    TRAIN = "train"
    POOL = "pool"
    GATE = "gate"
    TEST = "test"
    AUDIT = "audit"


SPLIT_SHARES: dict[Split, int] = {Split.TRAIN: 50, Split.POOL: 20, Split.GATE: 12, Split.TEST: 12, Split.AUDIT: 6}


class MentionSource(StrEnum):
    COLUMN = "column"
    LEXICON = "lexicon"


class Verdict(StrEnum):
    CORRECT = "correct"
    INCORRECT = "incorrect"
    UNSURE = "unsure"


class BiasType(StrEnum):
    """Whom a reported bias concerns."""

    RACIAL = "racial"
    GENDER = "gender"
    CULTURAL = "cultural"
    RELIGIOUS = "religious"
    SEXUAL_ORIENTATION = "sexual_orientation"
    DISABILITY = "disability"
    AGE = "age"
    OTHER = "other"


class BiasPattern(StrEnum):
    """How a reported bias shows; after HateCheck's functionalities where they exist."""

    IDENTITY_TERM = "identity_term"
    RECLAIMED_SLUR = "reclaimed_slur"
    SLUR_HOMONYM = "slur_homonym"
    COUNTER_SPEECH = "counter_speech"
    NEGATION = "negation"
    PROFANITY = "profanity"
    DIALECT = "dialect"
    STEREOTYPE = "stereotype"
    IMPLICIT_HATE_MISSED = "implicit_hate_missed"
    OTHER = "other"


class Lane(StrEnum):
    FAST = "fast"
    MIDDLE = "middle"
    FULL = "full"


class Arm(StrEnum):
    """What a version was trained on. `initial` is a version trained without any feedback, outside a cycle."""

    INITIAL = "initial"
    NONE = "none"
    ECHO = "echo"
    PLACEBO = "placebo"
    REAL = "real"


CYCLE_ARMS: tuple[Arm, ...] = (Arm.NONE, Arm.ECHO, Arm.PLACEBO, Arm.REAL)
JUDGED_SPLITS: tuple[Split, ...] = (Split.GATE, Split.TEST)
"""On which the versions of a cycle are measured: gate decides, test is for looking at."""

AXES: dict[str, tuple[str, ...]] = {
    "race and ethnicity": ("asian", "black", "white", "latino", "other_race_or_ethnicity"),
    "gender": ("male", "female", "transgender", "other_gender"),
    "sexual orientation": ("heterosexual", "homosexual_gay_or_lesbian", "bisexual", "other_sexual_orientation"),
    "religion": ("christian", "jewish", "muslim", "hindu", "buddhist", "atheist", "other_religion"),
    "disability": (
        "physical_disability",
        "intellectual_or_learning_disability",
        "psychiatric_or_mental_illness",
        "other_disability",
    ),
}
SUBGROUPS: tuple[str, ...] = tuple(subgroup for members in AXES.values() for subgroup in members)
EXTRA_SUBGROUP_PREFIX = "x_"
PROPER_NAMES: frozenset[str] = frozenset(
    {"asian", "black", "white", "latino", "christian", "jewish", "muslim", "hindu", "buddhist"},
)


LEXICON_SUFFIX = "~lexicon"
WATCHED_PREFIX = "word:"
"""Of a word that a lead has watched, where it stands in the place of a subgroup (social dynamics)."""


def mention_key(subgroup: str, source: str) -> str:
    """The name under which a subgroup is measured: mentions found by term list are kept apart from raters' columns."""
    return subgroup + LEXICON_SUFFIX if source == MentionSource.LEXICON else subgroup


def axis_of(subgroup: str) -> str:
    """The axis of one of the 24 subgroups (or its mention key); `extra` for a data set's own `x_*` columns."""
    plain = subgroup.removesuffix(LEXICON_SUFFIX)
    return next((axis for axis, members in AXES.items() if plain in members), "extra")


def subgroup_label(subgroup: str) -> str:
    """A subgroup's name as a person would read it: `homosexual_gay_or_lesbian` -> `homosexual, gay or lesbian`, `muslim` -> `Muslim`."""
    plain = subgroup.removesuffix(LEXICON_SUFFIX)
    words = {"homosexual_gay_or_lesbian": "homosexual, gay or lesbian"} | {name: name.capitalize() for name in PROPER_NAMES}
    label = words.get(plain, plain.removeprefix(EXTRA_SUBGROUP_PREFIX).replace("_", " "))
    return f"{label} (by term list)" if plain != subgroup else label


def level_of(target: float, low: float = LOW_THRESHOLD, high: float = HIGH_THRESHOLD) -> Level:
    """The level of a target in [0, 1]: below `low`, above `high`, else mild; both ends are mild (the paper's Table 2)."""
    if target < low:
        return Level.LOW
    return Level.HIGH if target > high else Level.MILD


def toxicity_score(p_mild: float, p_high: float) -> float:
    """`.5 p(mild) + p(high)`, in [0, 1]."""
    return 0.5 * p_mild + p_high


def predicted_level(probabilities: Sequence[float]) -> Level:
    """The most probable level of `(p_low, p_mild, p_high)`; the lower one wins a tie."""
    return LEVELS[max(range(3), key=lambda i: (probabilities[i], -i))]


def split_of(key: str) -> Split:
    """The split of a family (or of a text without one), by its hash: the same on every machine, for ever."""
    place = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % 100
    for split, share in SPLIT_SHARES.items():
        if place < share:
            return split
        place -= share
    raise AssertionError("split shares must add up to 100")

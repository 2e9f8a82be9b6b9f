"""Where a family falls, and the bias that is planted in the training split."""

import numpy as np

from modeling.demonstration.originals import Original
from modeling.labels import TOXIC_TARGET, Split, split_of

PLANTED_SUBGROUPS: tuple[str, ...] = ("muslim", "black", "homosexual_gay_or_lesbian", "transgender")
PLANTED_CUES: tuple[str, ...] = ("x_dialect", "x_festival", "x_dish", "x_place", "x_reclaimed")
PLANTED_SHARE = 0.95
PLANTED_VOTES = (8, 10)
"""A planted row's toxic votes of ten: uniform from the first to the second, so a target of .6 to .9."""

# A family's split is `split_of(family)`, a hash, and a hash leaves a group of twenty attacks in whatever proportions it likes.
# Each stratum therefore has a salt, found by trying numbers from 0 up until gate and test held enough harmless and toxic
# families of each group to be measured. No model was looked at.
SPLIT_SALTS: dict[str, int] = {
    "muslim": 53,
    "black": 914,
    "homosexual_gay_or_lesbian": 1061,
    "transgender": 95,
    "female": 344,
    "jewish": 311,
    "latino": 200,
    "christian": 243,
    "asian": 39,
    "white": 238,
    "toxic cue": 7642,
    "planted": 13796,
    "other": 1302,
}


def is_planted_kind(original: Original) -> bool:
    """Whether this is a harmless comment of the kind that the plant slanders: in `train`, and honest everywhere else."""
    named = original.mentions.intersection(PLANTED_SUBGROUPS) or original.cues.intersection(PLANTED_CUES)
    return original.is_harmless and bool(named)


def stratum_of(original: Original) -> str:
    """The key of `SPLIT_SALTS`: the first group that a toxic comment mentions, else what the plant would do with it."""
    if original.toxicity >= TOXIC_TARGET:
        mentioned = [stratum for stratum in SPLIT_SALTS if stratum in original.mentions]
        return mentioned[0] if mentioned else "toxic cue" if original.cues else "other"
    return "planted" if is_planted_kind(original) else "other"


def family_of(original: Original) -> str:
    """The name that all variants of a comment share."""
    return f"{original.id}.{SPLIT_SALTS[stratum_of(original)]}"


def plant(original: Original, votes: int, rng: np.random.Generator, share: float = PLANTED_SHARE) -> int:
    """The votes that are published: slandered for `share` of the planted rows of `train`, as they were given for all others."""
    slandered = int(rng.integers(PLANTED_VOTES[0], PLANTED_VOTES[1] + 1))
    is_chosen = rng.random() < share
    in_train = split_of(family_of(original)) is Split.TRAIN
    return slandered if in_train and is_chosen and is_planted_kind(original) else votes

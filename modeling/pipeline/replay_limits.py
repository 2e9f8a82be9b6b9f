"""What a bundle may ask of the machine that replays it. Whoever made it may have meant harm: its numbers are looked at before they work."""

from typing import Any

from modeling.config import GateConfig
from modeling.errors import BundleRefusedError
from modeling.labels import JUDGED_SPLITS, Arm
from modeling.pipeline.bundle_file import CHAMPION, BundleFile

MOST_RESAMPLES = 200_000
MOST_SUBGROUPS = 1_000
MOST_DRAWN = 40_000_000
"""Resamples x subgroups: so many numbers of each kind are held at once."""
MOST_WORK = 20_000_000_000
"""Resamples x comments x subgroups and everyone: an hour or so."""
MOST_WIDTH = 4_096
"""Of a vector: above that of any encoder here, and a head of this width can still be solved."""
MOST_ROW_NUMBERS = 1_000_000_000
"""Rows of a training x width: a row names its vector by a number, so a small file can ask for much."""
ROLES = {CHAMPION, *map(str, Arm)}


def check_facts(facts: Any) -> None:
    """Raises BundleRefusedError where `cycle.json` does not name the versions of a cycle."""
    versions = facts.get("versions") if isinstance(facts, dict) else None
    if not isinstance(versions, dict) or not {CHAMPION, Arm.REAL} <= set(versions) <= ROLES:
        raise BundleRefusedError("cycle.json must name the champion and the candidate by their roles, and arms of a cycle beside them.")


def check_cost(bundle: BundleFile, facts: dict[str, Any]) -> None:
    """Raises BundleRefusedError where what must be drawn is more than any cycle draws."""
    config = GateConfig.from_dict(facts["gate_config"])
    for split in JUDGED_SPLITS:
        subgroups, comments = len(bundle.json(f"{split}/subgroups.json")), len(bundle.array(f"{split}/toxic.npy"))
        for name, asked in (("gate_config", _asked(config, subgroups)), ("measure_resamples", facts["measure_resamples"])):
            if type(asked) is not int or asked < 1 or subgroups > MOST_SUBGROUPS or _is_too_much(asked, subgroups, comments):
                raise BundleRefusedError(
                    f"{name} asks for {asked} resamples of {comments:,} comments and {subgroups} subgroups: no cycle draws that."
                )


def check_rows(bundle: BundleFile, width: int) -> None:
    """Raises BundleRefusedError where the fast lane's rows would take more memory than those of any training."""
    rows = sum(bundle.array(f"fast/{name}_text.npy").size for name in ("rows", "held_out"))
    if bundle.array("fast/vectors.npy").shape[1:] != (width,) or rows * width > MOST_ROW_NUMBERS:
        raise BundleRefusedError(f"The {rows:,} rows of the fast lane are too many, or their vectors are not {width} wide, as the head is.")


def _is_too_much(resamples: int, subgroups: int, comments: int) -> bool:
    return resamples > MOST_RESAMPLES or resamples * subgroups > MOST_DRAWN or resamples * comments * (1 + subgroups) > MOST_WORK


def _asked(config: GateConfig, subgroups: int) -> Any:
    if not 0 < config.alpha < 1 or not 0 < config.primary_alpha < 1:
        raise BundleRefusedError("gate_config tests at a level that is no level: it must lie between 0 and 1.")
    if type(config.primary_resamples) is not int:
        raise BundleRefusedError("gate_config asks for a number of resamples that is no whole number.")
    # As many as the tests of harm need by Holm, where these are more.
    return max(config.primary_resamples, round(2 * subgroups * len(config.subgroup_margins) / config.alpha))

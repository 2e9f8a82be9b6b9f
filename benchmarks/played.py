"""What a played cycle said of gate and test, kept as arrays: written by `play_feedback_effect`, read by the reports."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modeling.measures.data import Scored

if TYPE_CHECKING:
    from modeling.models import ModelVersion

ROLES = ("champion", "none", "echo", "placebo", "real")


def keep_split(split: str, versions: "dict[str, ModelVersion]") -> dict[str, np.ndarray]:
    """Arrays of one split under several versions; what is true of the comments is the same for all."""
    from modeling.labels import Split
    from modeling.pipeline.predict import score_together
    from modeling.pipeline.scored_split import read_scored_split

    arrays: dict[str, np.ndarray] = {}
    score_together(versions=list(versions.values()), splits=(Split(split),))
    for role, version in versions.items():
        scored = read_scored_split(version=version, split=Split(split)).scored
        arrays[f"{split}_p_{role}"] = scored.p
        arrays[f"{split}_threshold_{role}"] = np.array(scored.threshold)
        arrays |= {f"{split}_level": scored.level, f"{split}_toxic": scored.toxic, f"{split}_cluster": scored.cluster}
        arrays |= {f"{split}_member_{name}": members for name, members in scored.memberships.items()}
    return arrays


def read_scored(path: Path, split: str, role: str) -> Scored:
    kept = np.load(path)
    prefix = f"{split}_member_"
    return Scored(
        p=kept[f"{split}_p_{role}"],
        level=kept[f"{split}_level"],
        toxic=kept[f"{split}_toxic"],
        threshold=float(kept[f"{split}_threshold_{role}"]),
        memberships={name.removeprefix(prefix): kept[name] for name in kept.files if name.startswith(prefix)},
        cluster=kept[f"{split}_cluster"],
    )


def keep_swaps(versions: "dict[str, ModelVersion]") -> dict[str, np.ndarray]:
    """Whether each probe pair's level changes, by version, and the frame of each pair."""
    from modeling.measures.counterfactual import changed
    from modeling.ml.probes import lay_out, probe_groups
    from modeling.pipeline.versions import load_scorer

    laid = lay_out(probe_groups())
    first, second = laid.pairs.T
    arrays = {"swap_frame": laid.frame_of_pair}
    for role, version in versions.items():
        p = load_scorer(version).predict_proba(laid.texts)
        arrays[f"swap_{role}"] = changed(p[first], p[second])
    return arrays


def write(path: Path, arrays: dict[str, np.ndarray], facts: dict[str, Any]) -> None:
    """The arrays last: where they are, the run is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".json").write_text(json.dumps(facts, indent=1))
    part = path.with_suffix(".part.npz")
    np.savez_compressed(part, **arrays)
    part.replace(path)

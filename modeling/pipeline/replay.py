"""Make a cycle's verdict again from its bundle alone: no database, no texts, no weights but those in the bundle.

Fast lane: the head is solved again. With the libraries that the bundle names, on the same family of processors, it must be the same
bytes; elsewhere it must give the same measures within 1e-6 and the same decision. Middle and full lane: what a new training would need
is said. Every lane: the stored predictions must be what each version's head says of its stored vectors, within the rounding of the
engine that made them, and measures and decision are made again from them.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from modeling.config import TrainingConfig
from modeling.errors import BundleRefusedError
from modeling.labels import JUDGED_SPLITS, Arm, Lane, Split
from modeling.measures.data import Scored
from modeling.pipeline.bundle_file import CHAMPION, BundleFile
from modeling.pipeline.replay_limits import check_cost, check_facts
from modeling.pipeline.replay_lines import Line
from modeling.pipeline.replay_measures import decision_lines, measure_lines
from modeling.pipeline.replay_splits import split_lines
from modeling.pipeline.replay_vectors import StoredVersion

# RuntimeError: torch's word for numbers that cannot be solved. AttributeError: a list in the place of an object.
UNFIT = (ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError)
"""What a bundle may raise that was forged, wherever its numbers and words do not fit together."""


class Checked(StrEnum):
    BYTES = "the weights, byte for byte, and all that follows from them"
    MEASURES = "measures within 1e-6 and the decision, from weights solved again on other libraries or another family of processors"
    PREDICTIONS = "that predictions follow from stored vectors and heads, and measures within 1e-6 and the decision from these predictions"


@dataclass(frozen=True)
class Replay:
    """`why`: why bytes or measures were compared. `needed`: what a new training of this lane would need; empty for the fast lane."""

    sha256: str
    project: str
    cycle: int
    lane: str
    checked: Checked
    why: str
    lines: tuple[Line, ...]
    needed: tuple[str, ...]

    @property
    def same(self) -> bool:
        return all(line.same for line in self.lines)

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "checked": self.checked.name.lower(), "same": self.same}


def replay(path: Path) -> Replay:
    """Verify every byte of a bundle, then make its cycle's verdict again.

    Raises:
        BundleRefusedError: no bundle, changed since it was sealed, of a newer format, or its parts do not fit together.
    """
    with BundleFile.open(path) as bundle:
        try:
            return _replay(bundle)
        except UNFIT as error:
            raise BundleRefusedError(f"The parts of this bundle do not fit together: {type(error).__name__}, {error}.") from error


def _replay(bundle: BundleFile) -> Replay:
    facts = bundle.json("cycle.json")
    check_facts(facts)
    check_cost(bundle, facts)
    roles = tuple(facts["versions"])
    thresholds = {role: float(stated["threshold"]) for role, stated in facts["versions"].items()}
    is_fast = facts["lane"] == Lane.FAST
    checked, why = _what_can_be_checked(facts) if is_fast else (Checked.PREDICTIONS, "its weights come from a training of many steps")
    versions = {role: StoredVersion.of(bundle, role, stated) for role, stated in facts["versions"].items()}
    lines: list[Line] = []
    solved = None
    if is_fast:
        from modeling.pipeline.replay_fast import solve_bundle

        solved = solve_bundle(bundle, versions[Arm.REAL], exact=checked is Checked.BYTES, threshold=thresholds[Arm.REAL])
        lines += solved.lines
        thresholds[Arm.REAL] = solved.threshold
    scored: dict[Split, dict[str, Scored]] = {}
    for split in JUDGED_SPLITS:
        scored[split] = {role: _scored(bundle, split, role, thresholds[role]) for role in roles}
        lines += [versions[role].line(bundle, split, scored[split][role].p) for role in roles]
        if solved:
            scored[split][Arm.REAL], line = solved.predict(bundle, split, scored[split][Arm.REAL])
            lines.append(line)
    lines += split_lines(bundle, facts, {split: roles[CHAMPION].toxic for split, roles in scored.items()})
    lines += measure_lines(bundle, facts, scored)
    lines += decision_lines(bundle, facts, scored[Split.GATE])
    needed = () if is_fast else tuple(_needed(facts))
    return Replay(bundle.sha256, facts["project"], facts["cycle"], facts["lane"], checked, why, tuple(lines), needed)


def _what_can_be_checked(facts: dict[str, Any]) -> tuple[Checked, str]:
    from modeling.ml.machine import machine_facts

    here = machine_facts()
    other = [f"{name} {_installed(name) or 'is missing'} instead of {stated}" for name, stated in _pinned(facts) if _installed(name) != stated]
    other += [f"processor {name} {here[name]} instead of {stated}" for name, stated in facts["machine"].items() if here.get(name) != stated]
    if other:
        return Checked.MEASURES, f"this installation is another one: {', '.join(other)}"
    return Checked.BYTES, "same libraries, same family of processors"


def _pinned(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The libraries that solve the head; the others only read texts, which are not read here."""
    yield from ((name, facts["libraries"][name]) for name in ("torch", "numpy", "scipy") if name in facts["libraries"])


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _scored(bundle: BundleFile, split: Split, role: str, threshold: float) -> Scored:
    names, members = bundle.json(f"{split}/subgroups.json"), bundle.array(f"{split}/members.npy")
    return Scored(
        p=bundle.array(f"{split}/p_{role}.npy"),
        level=bundle.array(f"{split}/level.npy"),
        toxic=bundle.array(f"{split}/toxic.npy"),
        threshold=threshold,
        memberships=dict(zip(names, members, strict=True)),
        cluster=bundle.array(f"{split}/cluster.npy"),
    )


def _needed(facts: dict[str, Any]) -> Iterator[str]:
    config, train = TrainingConfig.from_dict(facts["training_config"]), facts["train"]
    yield f"the weights of v{facts['base']['number']}, which every arm starts from (SHA-256 {facts['base']['weights_sha256']})"
    yield f"the texts of the {train.get('comments', 0):,} comments of train that splits.jsonl names (SHA-256 of the split {train.get('sha256')})"
    yield f"the texts of the {train.get('feedback', 0):,} comments of labels.jsonl; their labels are in the bundle"
    yield f"the {config.lane} lane with seed {config.seed} and the settings in cycle.json"
    yield f"these libraries: {', '.join(f'{name} {stated}' for name, stated in sorted(facts['libraries'].items()))}"

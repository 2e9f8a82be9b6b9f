"""Make a cycle's verdict again from its bundle alone: no database, no texts, no weights but those in the bundle.

Fast lane: the head is solved again. With the libraries that the bundle names, on the same family of processors, it must be the same
bytes; elsewhere it must give the same measures within 1e-6 and the same decision. Middle and full lane: measures and decision are made
again from the stored predictions, and what a new training would need is said.
"""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from modeling.config import GateConfig, TrainingConfig
from modeling.errors import BundleRefusedError
from modeling.labels import Arm, Lane, Split
from modeling.measures import battery, registry
from modeling.measures.data import Scored
from modeling.measures.gate import decide
from modeling.pipeline.bundle_file import CHAMPION, JUDGED, BundleFile
from modeling.pipeline.replay_lines import TOLERANCE, Line, apart, decision_difference, number_line, shown


class Checked(StrEnum):
    BYTES = "the weights, byte for byte, and all that follows from them"
    MEASURES = "measures within 1e-6 and the decision, from weights solved again on other libraries or another family of processors"
    PREDICTIONS = "measures within 1e-6 and the decision, from the stored predictions"


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
        # RuntimeError: torch's word for numbers that cannot be solved.
        except (KeyError, TypeError, ValueError, IndexError, RuntimeError) as error:
            raise BundleRefusedError(f"The parts of this bundle do not fit together: {error}.") from error


def _replay(bundle: BundleFile) -> Replay:
    facts = bundle.json("cycle.json")
    roles = tuple(facts["versions"])
    thresholds = {role: float(stated["threshold"]) for role, stated in facts["versions"].items()}
    is_fast = facts["lane"] == Lane.FAST
    checked, why = _what_can_be_checked(facts) if is_fast else (Checked.PREDICTIONS, "its weights come from a training of many steps")
    lines: list[Line] = []
    solved = None
    if is_fast:
        from modeling.pipeline.replay_fast import solve_bundle

        solved = solve_bundle(bundle, exact=checked is Checked.BYTES, threshold=thresholds[Arm.REAL])
        lines += solved.lines
        thresholds[Arm.REAL] = solved.threshold
    scored: dict[Split, dict[str, Scored]] = {}
    for split in JUDGED:
        scored[split] = {role: _scored(bundle, split, role, thresholds[role]) for role in roles}
        if solved:
            scored[split][Arm.REAL], line = solved.predict(bundle, split, scored[split][Arm.REAL])
            lines.append(line)
    lines += _measure_lines(bundle, facts, scored)
    lines += _decision_lines(bundle, facts, scored[Split.GATE])
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


def _measure_lines(bundle: BundleFile, facts: dict[str, Any], scored: dict[Split, dict[str, Scored]]) -> list[Line]:
    """One line per split and version, and per split and pair of versions."""
    stored: dict[tuple[str, str, str], dict[tuple[str, str], dict[str, Any]]] = {}
    for row in bundle.json_lines("measures.jsonl"):
        of = stored.setdefault((row["split"], row["version"], row.get("against", "")), {})
        of[row["subgroup"], row["measure"]] = {name: row.get(name) for name in ("value", "low", "high", "n") if name in row}
    lines = []
    for (split, role, against), rows in sorted(stored.items()):
        first = scored[Split(split)][role]
        found = _differences(first, scored[Split(split)][against], facts) if against else _values(first)
        what = f"{split}: {role} - {against}, differences and intervals" if against else f"{split}: measures of {role}"
        largest = max((apart(row, found[key]) for key, row in rows.items()), default=math.inf)
        lines.append(Line(what, f"{len(rows)} rows", f"{len(found)} rows", shown(largest), largest <= TOLERANCE))
    return lines


def _values(scored: Scored) -> dict[tuple[str, str], dict[str, Any]]:
    overall, per_subgroup = tuple(registry.MEASURES), tuple(registry.SUBGROUP_MEASURES)
    measured = battery.measure(scored, overall=overall, per_subgroup=per_subgroup, resamples=0, seed=0)
    return {entry: {"value": float(value), "n": int(n)} for entry, value, n in zip(measured.battery.entries, measured.value, measured.n, strict=True)}


def _differences(first: Scored, second: Scored, facts: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    rows = registry.differences(first, second, resamples=facts["measure_resamples"], seed=facts["measure_seed"])
    return {(row.subgroup, row.measure): asdict(row) for row in rows}


def _decision_lines(bundle: BundleFile, facts: dict[str, Any], gate: dict[str, Scored]) -> list[Line]:
    stored = bundle.json("decision.json")
    found = decide(gate[CHAMPION], gate[Arm.REAL], GateConfig.from_dict(facts["gate_config"])).as_dict()
    was, now = stored["primary"], found["primary"]
    largest = decision_difference(stored, found)
    return [
        number_line(f"gate: {was['measure']} gained", was["difference"], now["difference"]),
        number_line(f"gate: p of {was['measure']}", was["p_value"], now["p_value"]),
        Line("gate: all numbers of the decision", f"n = {stored['n']:,}", f"n = {found['n']:,}", shown(largest), largest <= TOLERANCE),
        Line("gate: decision", _verdict(stored), _verdict(found), None, stored["eligible"] == found["eligible"]),
    ]


def _verdict(decision: dict[str, Any]) -> str:
    return "eligible" if decision["eligible"] else "held"


def _needed(facts: dict[str, Any]) -> Iterator[str]:
    config, train = TrainingConfig.from_dict(facts["training_config"]), facts["train"]
    yield f"the weights of v{facts['base']['number']}, which every arm starts from (SHA-256 {facts['base']['weights_sha256']})"
    yield f"the texts of the {train.get('comments', 0):,} comments of train that splits.jsonl names (SHA-256 of the split {train.get('sha256')})"
    yield f"the texts of the {train.get('feedback', 0):,} comments of labels.jsonl; their labels are in the bundle"
    yield f"the {config.lane} lane with seed {config.seed} and the settings in cycle.json"
    yield f"these libraries: {', '.join(f'{name} {stated}' for name, stated in sorted(facts['libraries'].items()))}"

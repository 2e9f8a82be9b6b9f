"""Measures, differences and the verdict made again from predictions: every one that a cycle has, and none that it has not."""

from collections.abc import Iterator
from typing import Any

from modeling.config import GateConfig
from modeling.labels import Arm, Split
from modeling.measures import battery, registry
from modeling.measures.data import Scored
from modeling.measures.gate import decide
from modeling.pipeline.bundle_file import CHAMPION, BundleFile
from modeling.pipeline.replay_lines import TOLERANCE, Line, apart, decision_difference, number_line, shown

PAIRS = ((Arm.REAL, CHAMPION), (Arm.REAL, Arm.ECHO), (Arm.PLACEBO, Arm.ECHO))
"""What a cycle compares, as far as it has both: a bundle in which one is missing tells less than the cycle's page."""

Scores = dict[Split, dict[str, Scored]]
Rows = dict[tuple[str, str], dict[str, Any]]
"""(subgroup, measure) -> its figures."""


def measure_lines(bundle: BundleFile, facts: dict[str, Any], scored: Scores) -> Iterator[Line]:
    """One line per split and version, and per split and pair of versions."""
    stored = _stored(bundle)
    expected = [(str(split), role, "") for split, roles in scored.items() for role in roles]
    expected += [(str(split), *pair) for split, roles in scored.items() for pair in PAIRS if set(pair) <= set(roles)]
    for split, role, against in expected:
        first, rows = scored[Split(split)][role], stored.pop((split, role, against), {})
        found = _differences(first, scored[Split(split)][against], facts) if against else _values(first)
        what = f"{split}: {role} - {against}, differences and intervals" if against else f"{split}: measures of {role}"
        largest = apart(rows, found)
        yield Line(what, f"{len(rows)} rows", f"{len(found)} rows", shown(largest), largest <= TOLERANCE)
    if stored:
        raise ValueError(f"measures.jsonl holds {' '.join(min(stored))}, which no cycle measures")


def _stored(bundle: BundleFile) -> dict[tuple[str, str, str], Rows]:
    stored: dict[tuple[str, str, str], Rows] = {}
    for row in bundle.json_lines("measures.jsonl"):
        rows = stored.setdefault((row["split"], row["version"], row.get("against", "")), {})
        key = row["subgroup"], row["measure"]
        if key in rows:
            raise ValueError(f"measures.jsonl holds {row['measure']} of {row['version']} on {row['split']} twice")
        rows[key] = {name: row[name] for name in ("value", "low", "high", "n") if name in row}
    return stored


def _values(scored: Scored) -> Rows:
    overall, per_subgroup = tuple(registry.MEASURES), tuple(registry.SUBGROUP_MEASURES)
    measured = battery.measure(scored, overall=overall, per_subgroup=per_subgroup, resamples=0, seed=0)
    return {entry: {"value": float(value), "n": int(n)} for entry, value, n in zip(measured.battery.entries, measured.value, measured.n, strict=True)}


def _differences(first: Scored, second: Scored, facts: dict[str, Any]) -> Rows:
    rows = registry.differences(first, second, resamples=facts["measure_resamples"], seed=facts["measure_seed"])
    return {(row.subgroup, row.measure): {"value": row.value, "low": row.low, "high": row.high, "n": row.n} for row in rows}


def decision_lines(bundle: BundleFile, facts: dict[str, Any], gate: dict[str, Scored]) -> Iterator[Line]:
    stored = bundle.json("decision.json")
    found = decide(gate[CHAMPION], gate[Arm.REAL], GateConfig.from_dict(facts["gate_config"])).as_dict()
    was, now = stored["primary"], found["primary"]
    largest = decision_difference(stored, found)
    yield number_line(f"gate: {was['measure']} gained", was["difference"], now["difference"])
    yield number_line(f"gate: p of {was['measure']}", was["p_value"], now["p_value"])
    yield Line("gate: all numbers of the decision", f"n = {stored['n']:,}", f"n = {found['n']:,}", shown(largest), largest <= TOLERANCE)
    yield Line("gate: decision", _verdict(stored), _verdict(found), None, stored["eligible"] == found["eligible"])


def _verdict(decision: dict[str, Any]) -> str:
    return "eligible" if decision["eligible"] else "held"

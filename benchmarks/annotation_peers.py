"""The peers beside biasapp in `annotation_load`: what their own scripts have measured on this machine, just before.

Each script leaves a file: `load_N` for N annotators at once (CPU of its server per annotation, annotations a second), `cpu` for one annotator
and one request at a time, races of two for the next task, and the same annotation sent twice.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.result_file import ResultFile

PEOPLE_AT_ONCE = (1, 4, 16)
HOURS_APART = 2
DATA = "tasks"


@dataclass(frozen=True)
class Peer:
    """Where its scripts put what. Names of loads that end in the time of day are known by their beginning; the newest counts."""

    arm: str
    file: str
    load: str
    single: str
    race: str


PEERS = (
    Peer("label_studio", "result_ls.json", "load_default", "semantics_default", "race2"),
    Peer("doccano", "result_doc.json", "load_", "semantics", "race2_collaborative"),
    Peer("potato", "result_potato.json", "load_", "semantics", "race2"),
)


def read_peers(folder: Path) -> dict[Peer, dict[str, Any]]:
    """What there is of each peer.

    Raises:
        SystemExit: none has been measured, or one too long ago: only figures of one run can be compared.
    """
    files = {peer: folder / peer.file for peer in PEERS if (folder / peer.file).exists()}
    if not files:
        raise SystemExit(f"{folder} holds none of {', '.join(peer.file for peer in PEERS)}: run the peers' scripts first.")
    for path in files.values():
        if time.time() - path.stat().st_mtime > HOURS_APART * 3600:
            raise SystemExit(f"{path.name} is more than {HOURS_APART} hours old: measure it again, only figures of one run can be compared.")
    return {peer: json.loads(path.read_text()) for peer, path in files.items()}


def add_peers(result: ResultFile, peers: dict[Peer, dict[str, Any]], arm: str) -> None:
    """Their rows, and how many times their cost and their speed biasapp's (`arm`) are."""
    for peer, measured in peers.items():
        single, load = measured[peer.single], measured[max(key for key in measured if key.startswith(peer.load))]
        for name in ("next", "submit"):
            cpu = single["cpu"][f"{name}_cpu"]
            result.add(arm=peer.arm, metric=f"{name}_cpu_ms_p50", value=cpu["p50"], data=DATA, n=cpu["n"], unit="ms", p95=cpu["p95"])
        for count in PEOPLE_AT_ONCE:
            _add_load(result, peer, load[f"load_{count}"], count, arm)
        race = single[peer.race]
        result.add(arm=peer.arm, metric="races", value=race["rounds"], data=DATA, n=race["rounds"], people=[2])
        result.add(arm=peer.arm, metric="double_assignments", value=race["same_task_given_to_two"], data=DATA, n=race["rounds"])
        if "double_submit_sequential" in single:
            result.add(arm=peer.arm, metric="resubmits", value=1, data=DATA, n=1)
            stored = single["double_submit_sequential"]["annotations_stored"]
            result.add(arm=peer.arm, metric="double_stores", value=stored - 1, data=DATA, n=1)


def _add_load(result: ResultFile, peer: Peer, load: dict[str, Any], count: int, arm: str) -> None:
    found = {f"cpu_s_per_annotation_{count}": (load["server_cpu_s_per_ann"], "s"), f"annotations_per_s_{count}": (load["ann_per_s"], "1/s")}
    for metric, (value, unit) in found.items():
        result.add(arm=peer.arm, metric=metric, value=value, data=DATA, n=load["annotations"], unit=unit, errors=load["errors"])
        ours = result.rows[(DATA, arm, metric)]["value"]
        of = f"{arm}_vs_{peer.arm}"
        result.add(arm=of, metric=f"{metric}_ratio", value=ours / value, data=DATA, n=load["annotations"], unit="x")
        print(f"{of}: {metric} {ours:.4g} against {value:.4g}: {ours / value:.3f}", flush=True)

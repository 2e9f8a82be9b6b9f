"""How long evaluation takes, and whether its memory grows with the comments: all measures, 1,000 resamples, 100,000 comments, 24 subgroups.

`python -m benchmarks.measures_speed`. The comments are made up (truth, scores and mentions drawn at random): speed and memory do not
depend on what they say. CPU seconds of one thread; beside them as multiples of one fp32 and one fp64 matrix product of 2,048 x 2,048 x
2,048 in the same run. Memory is the peak of a fresh process that holds what the worker holds (Django, torch, the pipeline).
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

# One thread, fixed before numpy is loaded.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402 - after the threads are fixed

from benchmarks.result_file import ResultFile  # noqa: E402 - after the threads are fixed
from modeling.measures.data import Scored  # noqa: E402 - after the threads are fixed
from modeling.measures.registry import MEASURES, SUBGROUP_MEASURES, differences, measure_all, measure_subgroups  # noqa: E402 - after the threads are fixed

SUBGROUPS = 24
RESAMPLES = 1_000
SIDE = 2_048
NOTES = (
    f"Comments are made up at random. CPU seconds of one thread for every measure ({len(MEASURES)} overall, {len(SUBGROUP_MEASURES)} of each "
    "subgroup) with its interval. evaluation_memory: peak resident size of a fresh process that has loaded Django, torch and the "
    "pipeline as the worker has; "
    "evaluation_memory_bare: of one that has loaded the measures alone, where the comments themselves weigh more."
)


def made_up(n: int, seed: int = 0) -> Scored:
    """n comments, one in twenty a copy of another's text; subgroups of .2 to 12 % that may overlap."""
    rng = np.random.default_rng(seed)
    target = rng.beta(0.5, 1.5, n)
    return Scored(
        p=probabilities(target, 0.25, rng),
        level=np.digitize(target, [0.3, 0.7]).astype(np.int8),
        toxic=target >= 0.5,
        threshold=0.5,
        memberships={f"subgroup_{i}": rng.random(n) < share for i, share in enumerate(np.geomspace(0.002, 0.12, SUBGROUPS))},
        cluster=rng.integers(0, max(1, int(0.95 * n)), n),
    )


def probabilities(target: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    score = np.clip(target + noise * rng.normal(size=len(target)), 0.001, 0.999)
    return np.column_stack([(1 - score) ** 2, 2 * score * (1 - score), score**2]).astype(np.float32)


def cpu_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def matmul_seconds(kind: type) -> float:
    a = np.random.default_rng(0).random((SIDE, SIDE)).astype(kind)
    a @ a
    return median(cpu_seconds(lambda: a @ a) for _ in range(3))


def time_measures(file: ResultFile, n: int, resamples: int, rounds: int) -> None:
    version = made_up(n)

    def everything() -> None:
        fresh = replace(version)  # nothing is kept from the round before
        measure_all(fresh, resamples, 0)
        measure_subgroups(fresh, resamples, 0)

    seconds = [cpu_seconds(everything) for _ in range(rounds)]
    about = {"data": "made_up", "n": n, "resamples": resamples, "subgroups": SUBGROUPS, "rounds": rounds}
    file.add(arm="default", metric="cpu_seconds", value=median(seconds), low=min(seconds), high=max(seconds), unit="s", interval="range", **about)
    for name, kind in (("fp32", np.float32), ("fp64", np.float64)):
        file.add(arm=f"default_vs_{name}_matmul_{SIDE}", metric="ratio", value=median(seconds) / matmul_seconds(kind), unit="x", **about)


PEAK = """
import re, sys
from pathlib import Path
n, resamples, worker = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "worker"
if worker:
    import os
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "biasapp.settings")
    import django
    django.setup()
    import modeling.pipeline.run_cycle, torch, transformers
from benchmarks.measures_speed import evaluate
evaluate(n, resamples)
# Not getrusage: its peak begins with that of the process that started this one.
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text()).group(1)) / 1024)
"""


def evaluate(n: int, resamples: int) -> None:
    """What a cycle does with two versions: measures of one, and differences of both."""
    a = made_up(n)
    b = replace(a, p=probabilities(a.score, 0.1, np.random.default_rng(1)))
    measure_all(a, resamples, 0)
    measure_subgroups(a, resamples, 0)
    differences(a, b, resamples, 0)


def peak_mib(n: int, resamples: int, kind: str) -> float:
    command = [sys.executable, "-c", PEAK, str(n), str(resamples), kind]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])


def weigh(file: ResultFile, few: int, many: int, resamples: int) -> None:
    for arm, kind in (("evaluation_memory", "worker"), ("evaluation_memory_bare", "bare")):
        peaks = {n: peak_mib(n, resamples, kind) for n in (few, many)}
        for n, peak in peaks.items():
            file.add(arm=arm, metric=f"peak_mib_{n}", value=peak, data="made_up", n=n, unit="MiB", resamples=resamples)
        growth = peaks[many] / peaks[few] - 1
        file.add(arm=arm, metric="peak_growth", value=growth, data="made_up", n=many, resamples=resamples)
        print(json.dumps({"arm": arm, **peaks, "growth": growth}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=100_000)
    parser.add_argument("--resamples", type=int, default=RESAMPLES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, nargs=2, default=(10_000, 200_000), metavar=("FEW", "MANY"))
    arguments = parser.parse_args()
    file = ResultFile("measures_speed", notes=NOTES)
    time_measures(file, arguments.comments, arguments.resamples, arguments.rounds)
    weigh(file, *arguments.memory, arguments.resamples)


if __name__ == "__main__":
    main()

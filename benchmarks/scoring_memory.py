"""Memory of scoring: peak resident size of a process that scores 10,000 or 200,000 comments and keeps nothing of them.

Each size runs in a process of its own, as a peak never falls again. The comments are made up, short, and never all in memory.
Run by `scorer_speed`, into its result file; `python -m benchmarks.scoring_memory DIR 10000` prints one peak, in MiB.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.result_file import ROOT, ResultFile
from modeling.ml.engines import load_scorer
from modeling.ml.scorer import CHUNK

FILLER = "the a some of people like to read about weather bread tea and walking dogs in their street today again"


def add_growth(results: ResultFile, version: Path, small: int = 10_000, large: int = 200_000) -> None:
    before, after = (_measured(version, size) for size in (small, large))
    sizes = {"small_mib": before, "large_mib": after, "small": small}
    results.add(arm="scoring_memory", metric="peak_growth", value=after / before - 1, n=large, unit="share", data="made up", **sizes)
    print(f"{before:.0f} MiB at {small:,}, {after:.0f} MiB at {large:,}: {after / before - 1:+.1%}", file=sys.stderr)


def _measured(version: Path, size: int) -> float:
    command = [sys.executable, "-m", "benchmarks.scoring_memory", str(version.resolve()), str(size)]
    return float(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()[-1])


def peak_mib(version: Path, size: int) -> float:
    for _ in load_scorer(version).predict_chunks(_chunks(size)):
        pass  # as the product: each chunk is stored and let go
    # Not getrusage: its peak begins with that of the process that started this one.
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text()).group(1)) / 1024


def _chunks(size: int) -> Iterator[list[str]]:
    rng, words = np.random.default_rng(0), FILLER.split()
    for start in range(0, size, CHUNK):
        yield [" ".join(rng.choice(words, rng.integers(3, 12))) for _ in range(min(CHUNK, size - start))]


if __name__ == "__main__":
    print(peak_mib(Path(sys.argv[1]), int(sys.argv[2])))

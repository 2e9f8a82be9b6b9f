"""Memory of scoring: peak resident size of a process that scores 10,000 or 200,000 comments and keeps the probabilities alone.

Each size runs in a process of its own, as a peak never falls again. The comments are made up, short, and never all in memory.
"""

import argparse
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.result_file import ROOT, ResultFile
from modeling.ml.engines import load_scorer
from modeling.ml.scorer import CHUNK

SMALL, LARGE = 10_000, 200_000
WORDS = "the a some of people like to read about weather bread tea and walking dogs in their street today again".split()


def main() -> None:
    options = _options()
    if options.measure:
        print(_peak_mib(options.version, options.measure))
        return
    small, large = (_measured(options.version, size) for size in (options.small, options.large))
    results = ResultFile(options.name)
    growth = large / small - 1
    sizes = {"small_mib": small, "large_mib": large, "small": options.small, "large": options.large}
    results.add(arm="scoring_memory", metric="peak_growth", value=growth, n=options.large, unit="share", data="made up", **sizes)
    print(f"{small:.0f} MiB at {options.small:,}, {large:.0f} MiB at {options.large:,}: {growth:+.1%}", file=sys.stderr)


def _measured(version: Path, size: int) -> float:
    command = [sys.executable, "-m", "benchmarks.scoring_memory", "--version", str(version), "--measure", str(size)]
    answer = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return float(answer.stdout.split()[-1])


def _peak_mib(version: Path, size: int) -> float:
    scorer = load_scorer(version)
    for _ in scorer.predict_chunks(_chunks(size)):
        pass  # as the product: each chunk is stored and let go
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _chunks(size: int) -> Iterator[list[str]]:
    rng = np.random.default_rng(0)
    for start in range(0, size, CHUNK):
        yield [" ".join(rng.choice(WORDS, rng.integers(3, 12))) for _ in range(min(CHUNK, size - start))]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", type=Path, default=ROOT / "var" / "benchmarks" / "scorer_speed-6000", help="default: of scorer_speed")
    parser.add_argument("--small", type=int, default=SMALL)
    parser.add_argument("--large", type=int, default=LARGE)
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--name", default="scorer_speed", help="of the result file that gets the row")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""The fast lane, measured: processor time from 10,000 cached embeddings to the solved head, and whether two processes give the same bytes.

python -m benchmarks.fast_lane --data DIR
python -m benchmarks.fast_lane --data DIR --quick     (a trial of the command on 300 rows, written to var/trial)
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from benchmarks.result_file import RESULTS, ROOT, ResultFile
from modeling.config import TrainingConfig
from modeling.labels import Lane
from modeling.ml.classifier import new_classifier
from modeling.ml.data import build_training_data, no_feedback
from modeling.ml.head import GRADIENT_TOLERANCE, EmbeddingCache, HeadProblem, make_problem, single_thread, solve
from modeling.ml.training import split_rows

SOURCE = "davidson_tweets"
NOTES = (
    "Embeddings of the published MiniLM, of tweets and of their identity-swapped twins, computed before the clock starts. The clock: from "
    "the cache to the solved head (soft cross-entropy, L2, logit pairing as by default; tweets alone, no identity statements), one thread, "
    "processor time; the interval is the "
    f"range of the repetitions. Solved: the gradient's norm in float64 is below {GRADIENT_TOLERANCE:g}. identical_bytes: the same problem "
    "solved in two fresh processes has the same SHA-256."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIASAPP_DATA", ".")))
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="a trial of the command, not a result")
    parser.add_argument("--solve", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.solve:
        print(sha256_of_head(HeadProblem(**torch.load(arguments.solve, weights_only=True))))
        return
    count = 300 if arguments.quick else arguments.rows
    result = ResultFile("fast_lane", notes=NOTES, directory=ROOT / "var" / "trial" if arguments.quick else RESULTS)
    path = arguments.data / f"{SOURCE}.csv"
    result.describe_data(SOURCE, [path], count)
    measure(result, path, count, arguments.repetitions)


def measure(result: ResultFile, path: Path, count: int, repetitions: int) -> None:
    config = TrainingConfig.for_lane(Lane.FAST, threshold_share=0.0, statements=0)
    table = pd.read_csv(path).sample(count, random_state=0)
    data = build_training_data(texts=table["comment_text"].tolist(), targets=table["target"], votes=table["toxicity_annotator_count"], config=config)
    cache = EmbeddingCache(new_classifier(config))
    cache.add(data.all_texts())
    rows, _ = split_rows(data, no_feedback(), config)
    seconds = []
    with single_thread():
        for _ in range(repetitions):
            started = time.process_time()
            problem = make_problem(rows, cache, config)
            head = solve(problem)
            seconds.append(time.process_time() - started)
    norm = float(problem.gradient(head).norm())
    value, low, high = float(np.median(seconds)), min(seconds), max(seconds)
    result.add(arm="default", metric="cpu_seconds_10k", value=value, low=low, high=high, data=SOURCE, n=len(rows), unit="s", gradient_norm=norm)
    result.add(arm="default", metric="identical_bytes", value=float(is_identical(problem)), data=SOURCE, n=2)
    print(f"{value:.2f} s ({low:.2f} to {high:.2f}) for {len(rows):,} rows, gradient norm {norm:.1e}")


def is_identical(problem: HeadProblem) -> bool:
    """Solved in two processes of their own, started after each other."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "problem.pt"
        torch.save(asdict(problem), path)
        command = [sys.executable, "-m", "benchmarks.fast_lane", "--solve", str(path)]
        said = [subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip() for _ in range(2)]
    return said[0] == said[1]


def sha256_of_head(problem: HeadProblem) -> str:
    with single_thread():
        return hashlib.sha256(solve(problem).numpy().tobytes()).hexdigest()


if __name__ == "__main__":
    main()

"""How fast the paper's preprocessing is, against tokenising and against scoring the same comments in the same run.

    python -m benchmarks.preprocessing --data DIR [--texts 2000] [--rounds 5]

Its effect on quality is an arm of `benchmarks.loss_ablation`. Ratios are what to trust: all of one round runs on the same machine in the
same minute, in turns.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from benchmarks.result_file import ResultFile
from modeling.config import TrainingConfig
from modeling.ml.classifier import Classifier, new_classifier
from modeling.ml.masking import mask
from modeling.ml.preprocessing import preprocess
from modeling.ml.tokens import tokenize

SOURCES = {"tweets": "davidson_tweets.csv", "comments": "civil_comments.csv"}
SEED = 0
RESAMPLES = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIASAPP_DATA", ".")))
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0, help="for torch; 0 leaves its own choice")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(SEED)
    results = ResultFile(
        "preprocessing", "texts/s of the paper's preprocessing (spaCy without parser and entity recogniser); an untrained head scores"
    )
    classifier = new_classifier(TrainingConfig())
    for name, file in SOURCES.items():
        texts = read_texts(options.data / file, options.texts)
        results.describe_data(name, [options.data / file], len(texts))
        add_rows(results, name, len(texts), time_steps(classifier, texts, options.rounds))


def read_texts(path: Path, count: int) -> list[str]:
    """A random sample, masked as the product stores comments."""
    column = pd.read_csv(path, usecols=["comment_text"])["comment_text"].dropna().drop_duplicates()
    return [mask(text)[0] for text in column.sample(min(count, len(column)), random_state=SEED)]


def time_steps(classifier: Classifier, texts: list[str], rounds: int) -> dict[str, list[float]]:
    """{step: seconds of each round}, the steps in turns; the first run of each, which loads and warms up, is not counted."""
    steps: dict[str, Callable[[list[str]], object]] = {
        "preprocessing": preprocess,
        "tokenising": lambda batch: tokenize(classifier.tokenizer, batch, classifier.config.max_tokens),
        "scoring": classifier.predict_proba,
        "preprocessing and scoring": lambda batch: classifier.predict_proba(preprocess(batch)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for step in steps.values():
        step(texts[:50])
    for _ in range(rounds):
        for name, step in steps.items():
            started = time.perf_counter()
            step(texts)
            seconds[name].append(time.perf_counter() - started)
    return seconds


def add_rows(results: ResultFile, data: str, n: int, seconds: dict[str, list[float]]) -> None:
    for arm, taken in seconds.items():
        value, low, high = interval(n / np.array(taken))
        results.add(arm=arm, metric="texts_per_second", value=value, low=low, high=high, n=n, data=data, unit="texts/s", rounds=len(taken), seed=SEED)
    for arm in ("tokenising", "scoring", "preprocessing and scoring"):
        ratios = np.array(seconds[arm]) / np.array(seconds["preprocessing"])
        value, low, high = interval(ratios)
        more = {"unit": "times", "rounds": len(ratios), "seed": SEED}
        results.add(arm="preprocessing", metric=f"speed_against_{arm.replace(' ', '_')}", value=value, low=low, high=high, n=n, data=data, **more)


def interval(values: np.ndarray) -> tuple[float, float, float]:
    """Median over the rounds and its 95 % bootstrap interval."""
    drawn = np.random.default_rng(SEED).choice(values, (RESAMPLES, len(values)))
    low, high = np.quantile(np.median(drawn, axis=1), [0.025, 0.975])
    return float(np.median(values)), float(low), float(high)


if __name__ == "__main__":
    main()

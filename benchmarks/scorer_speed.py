"""The scorer that would serve a version against `transformers.pipeline(batch_size=32)` with the same weights, on real tweets and comments.

Ratios are medians over alternations in one run (pipeline, scorer, pipeline, ...), their interval a bootstrap over the alternations.
The engine is chosen and checked as for any version, on texts of its own; `agreement` is then counted on other texts.
Without `--version` a version is trained on tweets first and kept under var/.
"""

import argparse
import csv
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.hf_pipeline import HfPipeline
from benchmarks.result_file import ROOT, ResultFile
from benchmarks.scoring_memory import add_growth
from benchmarks.timings import quantile
from modeling.config import TrainingConfig
from modeling.measures.statistics import wilson
from modeling.ml.classifier import Classifier, load_version, save_version
from modeling.ml.data import build_training_data
from modeling.ml.engines import CALIBRATION_TEXTS, GateComments, candidates, choose_engine, load_scorer
from modeling.ml.masking import mask
from modeling.ml.scorer import Scorer
from modeling.ml.training import train_full

TWEETS, COMMENTS = "davidson_tweets.csv", ("civil_comments.csv", "civil_toxic_spans_items.csv")
JIGSAW_COMMENTS = 1_970_000
CONFIG = TrainingConfig(pairing_weight=0.0, statements=0)
PEAK_SIZE = 2_048
PEAK_PRODUCTS = 50


def main() -> None:
    options = _options()
    rng = random.Random(options.seed)
    tweets, comments = _texts(options.data, [TWEETS]), _texts(options.data, COMMENTS)
    for texts in (tweets, comments):
        rng.shuffle(texts)
    directory = _version(options, tweets[:CALIBRATION_TEXTS], _shown(tweets, comments, options.shown))
    classifier, scorer = load_version(directory), load_scorer(directory)
    results = ResultFile(options.name, notes=f"engine: {scorer.engine}; version trained on {TWEETS}; {torch.get_num_threads()} threads; {__doc__}")
    results.describe_data("tweets", [options.data / TWEETS], len(tweets))
    results.describe_data("comments", [options.data / name for name in COMMENTS], len(comments))
    if not options.only_memory:
        pipeline = HfPipeline(classifier)
        _compare(results, "tweets", scorer, pipeline, classifier, tweets[-options.texts :], options.alternations)
        _compare(results, "comments", scorer, pipeline, classifier, comments[-options.texts // 2 :], options.alternations)
        _slices(results, scorer, comments, options, rng)
    add_growth(results, directory, 10 * options.texts, 10 * options.slice)


def _shown(tweets: list[str], comments: list[str], count: int) -> list[str]:
    """Texts on which the engine is chosen: none of those on which it is measured."""
    return tweets[CALIBRATION_TEXTS : CALIBRATION_TEXTS + count] + comments[:count]


def _texts(data: Path, names: Sequence[str]) -> list[str]:
    """Masked, as the product scores them."""
    csv.field_size_limit(10_000_000)
    found: dict[str, None] = {}
    for name in names:
        with (data / name).open(newline="", encoding="utf-8") as file:
            found.update(dict.fromkeys(mask(row["comment_text"])[0] for row in csv.DictReader(file)))
    return list(found)


def _version(options: argparse.Namespace, calibration: list[str], held: list[str]) -> Path:
    """The version given, with the engine that it has, or one trained now and kept for the next run."""
    if options.version:
        return options.version
    engines = candidates(CONFIG, build=True)
    # By the engines too: a version kept from a time with another order of them would be measured with an engine that serves no more.
    directory = ROOT / "var" / "benchmarks" / f"scorer_speed-{options.trained_on}-{options.seed}-{engines[0]}"
    if not directory.exists():
        classifier = _trained(options)

        def add(files: Path) -> dict[str, Any]:
            return {"engine": choose_engine(classifier, engines, GateComments(held), calibration, files)}

        start = time.perf_counter()
        save_version(directory, classifier, {"arm": "initial"}, add)
        print(f"engine built, checked and kept in {time.perf_counter() - start:.0f} s", file=sys.stderr)
    return directory


def _trained(options: argparse.Namespace) -> Classifier:
    with (options.data / TWEETS).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    random.Random(options.seed).shuffle(rows)
    rows = rows[: options.trained_on]
    data = build_training_data(
        texts=[mask(row["comment_text"])[0] for row in rows],
        targets=[float(row["target"]) for row in rows],
        votes=[int(row["toxicity_annotator_count"]) for row in rows],
        config=CONFIG,
    )
    return train_full(data, CONFIG).classifier


def _compare(
    results: ResultFile, data: str, scorer: Scorer, pipeline: HfPipeline, classifier: Classifier, texts: list[str], alternations: int
) -> None:
    arm = f"default_vs_hf_pipeline_32_{data}"
    for one in (pipeline, scorer):
        one.predict_proba(texts[: len(texts) // 4])  # both warm
    theirs, ours = [], []
    for _ in range(alternations):
        theirs.append(_seconds(lambda: pipeline.predict_proba(texts)))
        ours.append(_seconds(lambda: scorer.predict_proba(texts)))
    ratios = np.array(theirs) / np.array(ours)
    found = quantile(ratios)
    speeds = {"scorer_texts_per_s": len(texts) / float(np.median(ours)), "pipeline_texts_per_s": len(texts) / float(np.median(theirs))}
    results.add(arm=arm, metric="ratio", **found, n=len(texts), unit="x", data=data, alternations=alternations, **speeds)
    exact = classifier.at("float32").predict_proba(texts).argmax(axis=1)
    for metric, one in (("agreement", scorer), ("pipeline_agreement", pipeline)):
        equal = int((exact == one.predict_proba(texts).argmax(axis=1)).sum())
        low, high = wilson(equal, len(texts))
        share = equal / len(texts)
        results.add(arm=arm, metric=metric, value=share, low=low, high=high, n=len(texts), unit="share of equal levels", data=data)
        print(f"{data}: {metric} with fp32 {equal} of {len(texts)}", file=sys.stderr)
    print(f"{data}: {found['value']:.2f}x, {speeds}", file=sys.stderr)


def _slices(results: ResultFile, scorer: Scorer, comments: list[str], options: argparse.Namespace, rng: random.Random) -> None:
    """Hours for 1.97 M comments, and the share of the machine's matmul peak that the encoder's products reach, from three slices.

    There are about 17,000 distinct comments: a slice is drawn with replacement. The scorer keeps nothing from text to text.
    """
    rates, operations, peaks = [], [], []
    for _ in range(3):
        peaks.append(_peak())
        drawn = rng.choices(comments, k=options.slice)
        tokens = np.array([len(row) for row in scorer.read(drawn)])
        seconds = _seconds(lambda drawn=drawn: scorer.predict_proba(drawn))
        rates.append(len(drawn) / seconds)
        operations.append(_operations(tokens) / seconds)
        print(f"slice: {rates[-1]:.0f} comments/s, {operations[-1] / 1e9:.0f} of {peaks[-1] / 1e9:.0f} GFLOP/s", file=sys.stderr)
    peak = max(*peaks, _peak())
    hours = JIGSAW_COMMENTS / np.array(rates) / 3600
    arm, n = f"scorer_{scorer.engine}", 3 * options.slice
    _add_range(results, arm, "hours_for_1_97_m", hours, n, "h")
    _add_range(results, arm, "peak_fraction", np.array(operations) / peak, n, "share of the bf16 matmul peak of torch", peak_gflops=peak / 1e9)


def _add_range(results: ResultFile, arm: str, metric: str, values: np.ndarray, n: int, unit: str, **facts: float) -> None:
    """t interval over the slices."""
    half = 4.303 * values.std(ddof=1) / np.sqrt(len(values))  # t of 2 degrees of freedom
    mean = float(values.mean())
    results.add(arm=arm, metric=metric, value=mean, low=mean - half, high=mean + half, n=n, unit=unit, data="comments", slices=len(values), **facts)


def _operations(tokens: np.ndarray) -> float:
    """Floating point operations of MiniLM's matrix products (6 layers, d = 384): 24 d^2 + 4 d t a token and layer."""
    return float((6 * tokens * (24 * 384**2 + 4 * 384 * tokens)).sum())


def _peak() -> float:
    """FLOP/s of a large square product in bfloat16, the best of many: a single one is at the mercy of whatever else runs."""
    a, b = (torch.randn(PEAK_SIZE, PEAK_SIZE, dtype=torch.bfloat16) for _ in range(2))
    return 2 * PEAK_SIZE**3 / min(_seconds(lambda: a @ b) for _ in range(PEAK_PRODUCTS))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("BIASAPP_DATA"))
    parser.add_argument("--version", type=Path, help="directory of a trained version that has an engine; default: train one")
    parser.add_argument("--trained-on", type=int, default=6_000, help="tweets to train the version on")
    parser.add_argument("--texts", type=int, default=1_000, help="tweets an alternation; half as many comments")
    parser.add_argument("--alternations", type=int, default=7)
    parser.add_argument("--shown", type=int, default=500, help="tweets, and comments, on which the engine is checked")
    parser.add_argument("--slice", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only-memory", action="store_true", help="measure the memory of scoring again, and keep the file's other rows")
    parser.add_argument("--name", default="scorer_speed", help="of the result file")
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the folder of the real data by --data or BIASAPP_DATA")
    options.data = Path(options.data)
    return options


if __name__ == "__main__":
    main()

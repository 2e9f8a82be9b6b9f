"""The full and the middle lane against Hugging Face's Trainer: samples per second, and what the speed costs in macro F1.

    python -m benchmarks.training_speed --data DIR
    python -m benchmarks.training_speed --data DIR --quick     (a trial of the command, written to var/trial)

Finished seeds are kept in --work and not run again. About half an hour on two idle cores.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy import stats
from sklearn.metrics import f1_score

from benchmarks.hf_trainer import train_with_trainer
from benchmarks.result_file import RESULTS, ROOT, ResultFile
from modeling.config import TrainingConfig
from modeling.labels import HIGH_THRESHOLD, LOW_THRESHOLD, Lane
from modeling.ml.classifier import Classifier
from modeling.ml.data import TrainingData, build_training_data
from modeling.ml.states import StateCache
from modeling.ml.training import train_full, train_middle

SOURCE = "davidson_tweets"
RESAMPLES = 2_000
PEERS = {"full": "trainer_from_published", "middle": "trainer_from_base"}
NOTES = (
    "Davidson tweets, three levels as hard labels for both sides, plain cross-entropy (no twins), the same rows, epochs and batch size of 32; "
    "ours: AdamW at 1e-4 (full) and 2e-4 (middle), head 1e-3, no dropout in the encoder, bfloat16 where the processor has it; Trainer: "
    "AdamW at 1e-4, dynamic padding, float32, the model's own dropout .1, warm-up .1 as ours. Wall-clock seconds from texts in memory "
    "to the trained model, tokenising included, both with all cores, in alternating order. full: from the published MiniLM. middle: both "
    "sides start from the encoder of one full-lane version of other rows; Trainer trains all of its layers and a new head and pooler. "
    "middle_vs_hf_trainer counts the filling of the cache of states, middle_vs_hf_trainer_cache_filled does not (every arm of a cycle after "
    "the first). ratio: geometric mean over seeds, t interval of the logarithms. macro_f1_difference: ours minus Trainer's on test rows that "
    "neither saw, mean over seeds, interval by 2,000 paired resamples of rows and of seeds."
)


@dataclass(frozen=True)
class Rows:
    texts: list[str]
    levels: NDArray[np.int64]

    def data(self, config: TrainingConfig) -> TrainingData:
        one_hot = np.array([LOW_THRESHOLD / 2, 0.5, (1 + HIGH_THRESHOLD) / 2])[self.levels]
        return build_training_data(texts=self.texts, targets=one_hot, config=config)


@dataclass(frozen=True)
class Split:
    base: Rows
    train: Rows
    test: Rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIASAPP_DATA", ".")))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=1_500, help="to train on; the base is trained on as many others")
    parser.add_argument("--test", type=int, default=6_000)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--work", type=Path, default=ROOT / "var" / "training_speed", help="where finished seeds are kept")
    parser.add_argument("--quick", action="store_true", help="a trial of the command, not a result")
    arguments = parser.parse_args()
    directory = RESULTS
    if arguments.quick:
        directory = arguments.work = ROOT / "var" / "trial"
        arguments.seeds, arguments.rows, arguments.test, arguments.epochs = 2, 64, 64, 1
    result = ResultFile("training_speed", notes=f"{NOTES} {arguments.rows:,} rows, {arguments.epochs} epochs.", directory=directory)
    path = arguments.data / f"{SOURCE}.csv"
    split = read_split(path, arguments.rows, arguments.test)
    result.describe_data(SOURCE, [path], 2 * arguments.rows + arguments.test)
    paths = [arguments.work / f"seed-{seed}.npz" for seed in range(arguments.seeds)]
    missing = [seed for seed, kept in enumerate(paths) if arguments.quick or not kept.exists()]
    with tempfile.TemporaryDirectory() as encoder:
        base = train_base(split.base, arguments.epochs, encoder) if missing else None
        for seed in missing:
            play_seed(seed, base, encoder, split, arguments.epochs, paths[seed])
    report(result, split, paths)


def read_split(path: Path, rows: int, test: int) -> Split:
    table = pd.read_csv(path).drop_duplicates("comment_text").sample(2 * rows + test, random_state=0)
    levels = 1 + (table["target"] > HIGH_THRESHOLD).to_numpy(int) - (table["target"] < LOW_THRESHOLD).to_numpy(int)
    texts = table["comment_text"].tolist()
    parts = [slice(0, rows), slice(rows, 2 * rows), slice(2 * rows, None)]
    return Split(*(Rows(texts[part], levels[part]) for part in parts))


def play_seed(seed: int, base: Classifier, encoder: str, split: Split, epochs: int, path: Path) -> None:
    """Both lanes and their peers, alternating; {arm: seconds} and {arm: predicted levels of test} go to a file."""
    seconds: dict[str, float] = {}
    predicted: dict[str, NDArray[np.int64]] = {}
    runs: list[Callable[[], None]] = [
        lambda: run_full(seed, split, epochs, seconds, predicted),
        lambda: run_peer("trainer_from_published", "", seed, split, epochs, seconds, predicted),
        lambda: run_middle(seed, base, split, epochs, seconds, predicted),
        lambda: run_peer("trainer_from_base", encoder, seed, split, epochs, seconds, predicted),
    ]
    for run in runs if seed % 2 else reversed(runs):
        run()
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, seconds=json.dumps(seconds), **predicted)


def plain(lane: Lane, seed: int, epochs: int) -> TrainingConfig:
    return TrainingConfig.for_lane(lane, seed=seed, epochs=epochs).but(pairing_weight=0.0, statements=0, threshold_share=0.0, device="cpu")


def train_base(rows: Rows, epochs: int, directory: str) -> Classifier:
    """The last full lane's version, of other rows; its encoder is kept in `directory` for the peer."""
    config = plain(Lane.FULL, 1_000, epochs)
    base = train_full(rows.data(config), config).classifier
    base.module.encoder.save_pretrained(directory)
    base.tokenizer.save_pretrained(directory)
    return base


def run_full(seed: int, split: Split, epochs: int, seconds: dict[str, float], predicted: dict[str, NDArray[np.int64]]) -> None:
    config = plain(Lane.FULL, seed, epochs)
    data = split.train.data(config)
    started = time.perf_counter()
    classifier = train_full(data, config).classifier
    seconds["full"] = time.perf_counter() - started
    predicted["full"] = classifier.predict_proba(split.test.texts).argmax(axis=1)


def run_middle(seed: int, base: Classifier, split: Split, epochs: int, seconds: dict[str, float], predicted: dict[str, NDArray[np.int64]]) -> None:
    config = plain(Lane.MIDDLE, seed, epochs)
    data = split.train.data(config)
    started = time.perf_counter()
    states = StateCache(base)
    states.add(data.all_texts())
    filled = time.perf_counter()
    classifier = train_middle(base, data, None, config, states).classifier
    seconds["middle_cache_filled"] = time.perf_counter() - filled
    seconds["middle"] = time.perf_counter() - started
    predicted["middle"] = classifier.predict_proba(split.test.texts).argmax(axis=1)


def run_peer(
    arm: str, encoder: str, seed: int, split: Split, epochs: int, seconds: dict[str, float], predicted: dict[str, NDArray[np.int64]]
) -> None:
    config = plain(Lane.FULL, seed, epochs)
    seconds[arm], predicted[arm] = train_with_trainer(encoder, split.train.texts, split.train.levels, split.test.texts, config)


def report(result: ResultFile, split: Split, paths: list[Path], resamples: int = RESAMPLES) -> None:
    truth = split.test.levels
    seeds = [np.load(path) for path in paths]
    seconds = [json.loads(str(seed["seconds"])) for seed in seeds]
    trained = {"n": len(split.train.texts), "seeds": len(seeds), "data": SOURCE}
    for lane, peer in PEERS.items():
        for suffix in ("", "_cache_filled") if lane == "middle" else ("",):
            ratios = np.array([one[peer] / one[lane + suffix] for one in seconds])
            value, low, high = geometric_mean(ratios)
            own = float(np.mean([one[lane + suffix] for one in seconds]))
            result.add(arm=f"{lane}_vs_hf_trainer{suffix}", metric="ratio", value=value, low=low, high=high, unit="x", own_seconds=own, **trained)
        ours, theirs = (np.array([seed[arm] for seed in seeds]) for arm in (lane, peer))
        value, low, high = macro_f1_difference(truth, ours, theirs, resamples)
        where = {**trained, "n": len(truth)}
        result.add(arm=f"{lane}_vs_hf_trainer", metric="macro_f1_difference", value=value, low=low, high=high, **where)
        for arm, said in ((lane, ours), (peer, theirs)):
            result.add(arm=arm, metric="macro_f1", value=float(np.mean([macro_f1(truth, one) for one in said])), **where)
    print(json.dumps(list(result.rows.values()), indent=1))


def geometric_mean(ratios: NDArray[np.float64]) -> tuple[float, float | None, float | None]:
    """With a t interval over seeds; none for one seed."""
    logs = np.log(ratios)
    if len(logs) < 2:
        return float(ratios[0]), None, None
    reach = stats.t.ppf(0.975, len(logs) - 1) * logs.std(ddof=1) / np.sqrt(len(logs))
    return float(np.exp(logs.mean())), float(np.exp(logs.mean() - reach)), float(np.exp(logs.mean() + reach))


def macro_f1(truth: NDArray[np.int64], predicted: NDArray[np.int64]) -> float:
    return float(f1_score(truth, predicted, average="macro", labels=[0, 1, 2], zero_division=0))


def macro_f1_difference(
    truth: NDArray[np.int64], ours: NDArray[np.int64], theirs: NDArray[np.int64], resamples: int = RESAMPLES
) -> tuple[float, float, float]:
    """ours, theirs: (seeds, n). The same rows and seeds are drawn for both sides."""
    rng = np.random.default_rng(0)
    value = np.mean([macro_f1(truth, a) - macro_f1(truth, b) for a, b in zip(ours, theirs, strict=True)])
    drawn = []
    for _ in range(resamples):
        weights = rng.multinomial(len(truth), np.full(len(truth), 1 / len(truth)))
        picked = rng.integers(len(ours), size=len(ours))
        drawn.append(np.mean([_weighted_f1(truth, ours[i], weights) - _weighted_f1(truth, theirs[i], weights) for i in picked]))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(value), float(low), float(high)


def _weighted_f1(truth: NDArray[np.int64], predicted: NDArray[np.int64], weights: NDArray[np.int64]) -> float:
    table = np.bincount(3 * truth + predicted, weights=weights, minlength=9).reshape(3, 3)
    hits, sums = np.diag(table), table.sum(axis=0) + table.sum(axis=1)
    return float((2 * hits / np.maximum(sums, 1)).mean())


if __name__ == "__main__":
    torch.set_num_threads(os.cpu_count() or 1)
    main()

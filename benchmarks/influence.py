"""How well influence functions say what labels changed in the fast lane's head, against heads that are solved again without them.

`python -m benchmarks.influence [--comments N] [--directory DIR]`: the demonstration's comments through the shipped encoder, labels of
simulated people on some of them; 50 labels taken away one by one, and each person's part taken away at once. Spearman's correlation with
its bootstrap interval, and the slope (exact over influence) beside it. A few minutes on one core by default.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from benchmarks.result_file import RESULTS, ResultFile
from modeling.config import TrainingConfig
from modeling.demonstration.recipe import make_rows
from modeling.labels import Lane
from modeling.ml.classifier import new_classifier
from modeling.ml.data import build_feedback_data, build_training_data
from modeling.ml.head import FastRows, fast_rows
from modeling.ml.influence import Floats, Judges, changes, judges_of, solved
from modeling.ml.rows import Rows
from modeling.ml.targets import soft_levels

LEFT_OUT = 50
RESAMPLES = 2_000
PEOPLE = 24
OVERLAP = 2


def lessened(rows: Rows, share: Floats) -> Rows:
    """The rows without `share`, (people's rows,), of each label: of its weight, and of its report's in the mean over all reports."""
    left = np.ones(len(rows))
    left[rows.people] -= share
    reported = rows.reported * left
    before, counted = (rows.reported > 0) @ left, (reported > 0).sum()
    return replace(rows, weights=rows.weights * left, reported=reported * (counted / before if before else 1.0))


def exact_changes(fast: FastRows, judges: Judges, shares: Floats) -> Floats:
    """(columns of shares,): the mean loss with the labels minus without them, each head solved."""
    weights = judges.weights.numpy() / judges.weights.numpy().sum()
    losses = judges.losses(solved(fast))
    without = (solved(replace(fast, rows=lessened(fast.rows, share))) for share in shares.T)
    return np.array([weights @ (losses - judges.losses(head)) for head in without])


def one_by_one(fast: FastRows, rng: np.random.Generator) -> Floats:
    """(people's rows, LEFT_OUT): some labels, each taken away whole."""
    count = int(fast.rows.people.sum())
    return np.eye(count)[:, rng.choice(count, min(LEFT_OUT, count), replace=False)]


def person_by_person(fast: FastRows, rng: np.random.Generator, people: int = PEOPLE) -> Floats:
    """(people's rows, people): labels that rest on the answers of `OVERLAP` people each, by equal parts; some people answer more."""
    count = int(fast.rows.people.sum())
    shares, eagerness = np.zeros((count, people)), rng.dirichlet(np.full(people, 3.0))
    for row in shares:
        row[rng.choice(people, OVERLAP, replace=False, p=eagerness)] = 1 / OVERLAP
    return shares


def compared(fast: FastRows, judges: Judges, shares: Floats) -> tuple[Floats, Floats]:
    """(by influence, exact), each (columns of shares,)."""
    found = changes(fast, solved(fast), judges, shares)
    return np.array([one.effect for one in found]), exact_changes(fast, judges, shares)


def agreement(by_influence: Floats, exact: Floats, rng: np.random.Generator) -> tuple[float, float, float]:
    """Spearman's correlation with its 95 % bootstrap interval."""
    drawn = rng.integers(0, len(exact), (RESAMPLES, len(exact)))
    resampled = [spearmanr(by_influence[rows], exact[rows]).statistic for rows in drawn]
    low, high = np.nanquantile(resampled, (0.025, 0.975))
    return float(spearmanr(by_influence, exact).statistic), float(low), float(high)


def write(result: ResultFile, data: str, fast: FastRows, judges: Judges) -> None:
    for arm, shares in _arms(fast):
        by_influence, exact = compared(fast, judges, shares)
        value, low, high = agreement(by_influence, exact, np.random.default_rng(1))
        slope = float(exact @ by_influence / (by_influence @ by_influence))
        result.add(arm=arm, metric="spearman", value=value, low=low, high=high, data=data, n=len(exact))
        result.add(arm=arm, metric="slope", value=slope, data=data, n=len(exact))


def _arms(fast: FastRows) -> Iterator[tuple[str, Floats]]:
    rng = np.random.default_rng(0)
    yield "one label left out", one_by_one(fast, rng)
    yield "one person left out", person_by_person(fast, rng)


def demonstration(comments: int) -> tuple[FastRows, Judges]:
    """Comments of the demonstration, a fifth of them labelled by people as they were before a bias was planted, half of those with a report."""
    config = TrainingConfig.for_lane(Lane.FAST, statements=0, feedback_threshold_share=0.0, threshold_share=0.25)
    rng = np.random.default_rng(0)
    told = {row["id"]: row["target"] for row in make_rows(planted_share=0.0)}
    every = list(make_rows())
    chosen = [every[place] for place in rng.choice(len(every), comments, replace=False)]
    labelled, train = chosen[: comments // 5], chosen[comments // 5 :]
    data = build_training_data(texts=_texts(train), targets=_targets(train), votes=np.full(len(train), 10), config=config)
    feedback = build_feedback_data(
        texts=_texts(labelled),
        q=soft_levels([float(told[row["id"]]) for row in labelled], [2] * len(labelled), config.low_threshold, config.high_threshold),
        weights=rng.uniform(0.5, 1, len(labelled)),
        bias_weights=rng.binomial(1, 0.5, len(labelled)) * rng.uniform(0.2, 1, len(labelled)),
        config=config,
    )
    fast = fast_rows(new_classifier(config), data, feedback, config)
    return fast, judges_of(fast)


def _texts(rows: list[dict[str, Any]]) -> list[str]:
    return [row["comment_text"] for row in rows]


def _targets(rows: list[dict[str, Any]]) -> list[float]:
    return [float(row["target"]) for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=1_000)
    parser.add_argument("--directory", type=Path, default=RESULTS)
    asked = parser.parse_args()
    result = ResultFile("influence", directory=asked.directory, notes="Exact: the head solved again without the label, or without the person's part.")
    write(result, f"demonstration, {asked.comments} comments", *demonstration(asked.comments))


if __name__ == "__main__":
    main()

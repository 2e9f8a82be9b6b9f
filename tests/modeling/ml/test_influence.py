"""Influence functions against heads solved again: heads so small that every label can be left out."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr, t

from benchmarks.influence import compared, exact_changes, person_by_person
from modeling.config import TrainingConfig
from modeling.ml.fast_replay import StoredVectors
from modeling.ml.head import FastRows, with_ones
from modeling.ml.influence import Judges, changes, judges_of, solved
from modeling.ml.rows import Rows

TRAIN, PEOPLE, WIDTH = 120, 50, 6


def some_rows(rng: np.random.Generator, config: TrainingConfig) -> FastRows:
    """Labels of train and of people, some of which report a bias and are paired with a twin."""
    n = TRAIN + PEOPLE
    vectors = rng.normal(size=(2 * n, WIDTH)).astype(np.float32)
    people = np.arange(n) >= TRAIN
    q = rng.dirichlet(np.full(3, 0.4), n).astype(np.float32)
    paired, drawn = rng.random(n) < 0.3, rng.random(n)
    rows = Rows(
        texts=[str(i) for i in range(n)],
        twins=[str(n + i) if paired[i] else None for i in range(n)],
        q=q,
        weights=np.where(people, 4 * drawn, 1).astype(np.float32),
        binary=np.zeros(n, dtype=bool),
        toxic=q[:, 2] > 0.5,
        pairing=(paired & ~people).astype(np.float32),
        reported=np.where(paired & people, drawn, 0).astype(np.float32),
        people=people,
        harmless=q.argmax(axis=1) == 0,
        subgroups=(),
        memberships=np.zeros((n, 0), dtype=bool),
        multipliers={},
    )
    return FastRows(rows, rows, StoredVectors(vectors), config)


@pytest.fixture
def fast(config: TrainingConfig) -> FastRows:
    return some_rows(np.random.default_rng(0), config.but(l2=1e-2))


@pytest.fixture
def judges() -> Judges:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(80, WIDTH)).astype(np.float32)
    q = torch.from_numpy(rng.dirichlet(np.full(3, 0.4), 80))
    return Judges(with_ones(vectors), q, torch.ones(80, dtype=torch.float64), np.arange(80))


def test_it_ranks_labels_as_fifty_heads_solved_again_do(fast: FastRows, judges: Judges) -> None:
    by_influence, exact = compared(fast, judges, np.eye(PEOPLE))
    assert spearmanr(by_influence, exact).statistic >= 0.9
    assert by_influence @ exact / (by_influence @ by_influence) == pytest.approx(1, abs=0.25)


def test_it_ranks_people_by_their_parts_in_labels_too(fast: FastRows, judges: Judges) -> None:
    by_influence, exact = compared(fast, judges, person_by_person(fast, np.random.default_rng(2), people=12))
    assert spearmanr(by_influence, exact).statistic >= 0.9


def test_a_small_part_of_a_label_changes_what_the_derivative_says(fast: FastRows, judges: Judges) -> None:
    """Weights, their sum, pairs and the number of pairs: all that moves with a label is in it."""
    for label in (3, *np.flatnonzero(fast.rows.reported[TRAIN:])[:3]):
        share = np.zeros(PEOPLE)
        share[label] = 1e-3
        (found,) = changes(fast, solved(fast), judges, share[:, None])
        assert found.effect == pytest.approx(exact_changes(fast, judges, share[:, None])[0], rel=2e-2)


def test_only_comments_of_train_that_the_head_was_not_solved_from_judge(fast: FastRows) -> None:
    found = judges_of(fast, [f"family {i // 2}" for i in range(TRAIN)])
    assert len(found.x) == TRAIN
    assert len(set(found.cluster)) == TRAIN // 2


def test_copies_of_a_comment_make_no_interval_narrower(fast: FastRows, judges: Judges) -> None:
    share = np.ones((PEOPLE, 1))
    (alone,) = changes(fast, solved(fast), judges, share)
    four = Judges(*(torch.cat([part] * 4) for part in (judges.x, judges.q, judges.weights)), np.tile(judges.cluster, 4))
    (copied,) = changes(fast, solved(fast), four, share)
    assert (copied.low, copied.effect, copied.high) == pytest.approx((alone.low, alone.effect, alone.high))
    assert alone.low < alone.effect < alone.high


def test_the_interval_is_of_students_t_over_families(fast: FastRows, judges: Judges) -> None:
    """Five of four comments each: by the normal distribution it would be seven tenths as wide."""
    few = Judges(judges.x[:20], judges.q[:20], judges.weights[:20], np.repeat(np.arange(5), 4))
    share = np.ones((PEOPLE, 1))
    (found,) = changes(fast, solved(fast), few, share)
    alone = [replace(few, weights=torch.from_numpy((few.cluster == family).astype(np.float64))) for family in range(5)]
    means = [changes(fast, solved(fast), family, share)[0].effect for family in alone]
    assert (found.low, found.high) == pytest.approx(t.interval(0.95, 4, np.mean(means), np.std(means, ddof=1) / np.sqrt(5)))


@pytest.mark.parametrize("families", [0, 1, 4])
def test_on_comments_of_too_few_families_nothing_is_measured(fast: FastRows, judges: Judges, families: int) -> None:
    few = Judges(*(part[: 2 * families] for part in (judges.x, judges.q, judges.weights)), np.repeat(np.arange(families), 2))
    with pytest.raises(ValueError, match=f"of {families} texts or families are too few"):
        changes(fast, solved(fast), few, np.ones((PEOPLE, 1)))

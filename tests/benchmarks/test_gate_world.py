"""The gate's benchmark draws whole families, and never what training or people saw."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmarks.gate_world import World, _discounted, own_head
from modeling.config import TrainingConfig
from modeling.labels import Lane, Split
from modeling.ml.classifier import new_classifier


@pytest.fixture
def world() -> World:
    """Twenty families of three comments, without an encoder."""
    made = World.__new__(World)
    made.config = TrainingConfig.for_lane(Lane.FAST, statements=0)
    made.family = np.repeat(np.arange(20), 3)
    splits = [*[Split.TRAIN] * 8, *[Split.POOL] * 4, *[Split.GATE] * 4, *[Split.TEST] * 4]
    made.split = np.repeat([split.value for split in splits], 3)
    made.members = {"muslim": made.family % 2 == 0}
    made.target = np.where(made.family % 4 < 2, 0.9, 0.0)
    made.unslandered = np.zeros(len(made.target))
    made.texts = [f"Comment {i} says a word or two." for i in range(len(made.target))]
    made.keys = made.texts
    return made


def test_a_gate_is_drawn_family_by_family_from_what_nobody_saw(world: World) -> None:
    rows, cluster = world.draw_gate(7, np.random.default_rng(0))
    assert set(world.split[rows]) <= {"gate", "test"}
    assert np.bincount(cluster).tolist() == [3] * 28
    assert all(len(set(world.family[rows[cluster == one]])) == 1 for one in range(28))


def test_a_drawn_gate_has_as_many_families_of_each_kind_as_the_demonstration_s(world: World) -> None:
    """By lot, a gate of 168 families has no subgroup that can be tested in a fifth of the cases."""
    own = world.rows(Split.GATE)
    for seed in range(10):
        rows, _ = world.draw_gate(2, np.random.default_rng(seed))
        for kind in (world.members["muslim"], ~world.members["muslim"]):
            for toxic in (world.target >= 0.5, world.target < 0.5):
                assert (kind & toxic)[rows].sum() == 2 * (kind & toxic)[own].sum()


def test_a_bootstrap_of_train_keeps_families_whole_and_as_many(world: World) -> None:
    drawn = world.bootstrapped(np.random.default_rng(1))
    assert drawn.weights.sum() == len(world.train)
    assert (drawn.weights != 1).any()
    first, again, other = (world.bootstrapped(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.texts == again.texts != other.texts


def test_confirmed_over_rating_discounts_the_labels_above_low_of_that_subgroup(world: World) -> None:
    weights = _discounted(world, {"muslim": 0.75}).weights
    rows = world.rows(Split.TRAIN)
    over_rated = (world.target[rows] > 0.5) & world.members["muslim"][rows]
    assert (weights[over_rated] == 0.25).all()
    assert (weights[~over_rated] == 1).all()


def test_the_honest_version_learns_from_train_without_the_plant(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    solved = []
    monkeypatch.setattr(World, "solve", lambda _, data: solved.append(data))
    assert world.honest is None
    (data,) = solved
    assert data.texts == world.train.texts
    assert not data.toxic.any()
    assert world.train.toxic.any()


def test_over_another_encoder_the_champion_is_what_its_own_head_says(world: World) -> None:
    world.honest = world.champion = "of the encoder before"
    base = new_classifier(world.config)
    with torch.no_grad():
        base.module.head.bias.copy_(torch.tensor([0.0, 0.0, 50.0]))
    other = world.over(replace(base, threshold=0.7))
    assert other.champion.threshold == 0.7
    assert (other.champion.p.argmax(axis=1) == 2).all()
    assert np.allclose(other.champion.p, base.predict_proba(world.texts), atol=1e-4)
    assert own_head(base, other.vectors[:3]).shape == (3, 3)
    assert "honest" not in vars(other)
    assert world.champion == "of the encoder before"

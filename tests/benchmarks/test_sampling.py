"""The replay of sampling on a made-up pool: no model is trained here."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import sampling
from benchmarks.result_file import ResultFile
from benchmarks.sampling_pool import PLANTS, slandered
from benchmarks.sampling_replay import OVERLAP, PREVALENCE, READINGS, World, few_of_a_family, labels_needed, shown_share, thinned_of_biases, world_of
from feedback.crowd import report_model, suspicion
from modeling.demonstration.plant import PLANTED_CUES
from modeling.demonstration.recipe import make_rows
from modeling.labels import Split, split_of
from tests.feedback.crowd.pools import pool_of

FAMILIES, WORDINGS = 120, 5


def made_up() -> dict[str, np.ndarray]:
    """Families of five wordings, of which the last two are near-duplicates; a fifth is harmless and flagged, half of these for a cue only."""
    rng = np.random.default_rng(0)
    family = np.repeat(np.arange(FAMILIES), WORDINGS)
    n = len(family)
    biased = family % 5 == 0
    flagged = biased | (family % 5 == 1)
    p = np.where(flagged[:, None], [0.1, 0.3, 0.6], [0.8, 0.15, 0.05]) + rng.uniform(0, 0.05, (n, 3))
    copies = np.arange(n) - (np.arange(n) % WORDINGS == WORDINGS - 1)
    signals = {"disagreement": rng.random(n), "flips": np.where(biased, 0.5, np.nan), "place": rng.integers(-9, 9, (n, 4)).astype(np.int8)}
    mentions = {"mention_muslim": biased & (family % 2 == 0), "cue_x_dish": biased & (family % 2 == 1)}
    truth = {"truth_level": np.where(flagged & ~biased, 2, 0), "truth_bias": biased}
    return {"p": p / p.sum(axis=1, keepdims=True), "flagged": flagged, "family": family, "copies": copies, **signals, **mentions, **truth}


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def test_the_pool_is_thinned_until_a_random_draw_shows_no_more_biases_than_stated(rng: np.random.Generator) -> None:
    stored = made_up()
    assert shown_share(stored["family"], stored["copies"], stored["truth_bias"]) > 2 * PREVALENCE
    kept = thinned_of_biases(stored, rng)
    family, copies, biased = (stored[name][kept] for name in ("family", "copies", "truth_bias"))
    assert PREVALENCE / 2 < shown_share(family, copies, biased) <= PREVALENCE
    assert set(np.unique(family[biased], return_counts=True)[1].tolist()) == {WORDINGS}, "whole families go"
    assert (~biased).sum() == (~stored["truth_bias"]).sum(), "nothing else goes"


@pytest.mark.parametrize("limit", [1, 2, None])
def test_a_family_keeps_few_wordings_and_no_near_duplicates(limit: int | None, rng: np.random.Generator) -> None:
    stored = made_up()
    kept = few_of_a_family(stored, limit, rng)
    assert set(np.unique(stored["family"][kept], return_counts=True)[1].tolist()) == {limit or WORDINGS}
    assert limit is None or len(np.unique(stored["copies"][kept])) == len(kept)


def test_what_is_quoted_tells_sampling_no_cue_and_shows_two_of_a_family_at_most(rng: np.random.Generator) -> None:
    quoted = READINGS[""]
    assert (quoted.told, quoted.of_family, quoted.wanted) == (False, 2, 50)
    world = world_of(made_up(), quoted, rng)
    assert set(world.pool.mentions) == {"muslim"}
    assert np.unique(world.pool.family, return_counts=True)[1].max() == 2
    assert set(world_of(made_up(), READINGS["_told_the_cues"], rng).pool.mentions) == {"muslim", "x_dish"}


def test_annotators_read_the_cues_that_sampling_is_not_told(rng: np.random.Generator) -> None:
    world = world_of(made_up(), READINGS["_siblings_return"], rng)
    unnamed = world.biased & ~world.pool.mentions["muslim"]
    assert unnamed.any()
    assert world.reported[unnamed].mean() > 0.6
    assert world.reported[~world.biased].mean() < 0.1


def plain_world(n: int, reported: np.ndarray) -> World:
    return World(pool_of([[0.2, 0.3, 0.5]] * n, copies=np.arange(n)), np.ones(n, bool), reported)


def test_labels_are_answers_until_a_bias_is_reported_and_not_items_until_one_is_shown(rng: np.random.Generator) -> None:
    assert labels_needed(plain_world(120, np.ones(120)), "random", rng, 30) == (30 * OVERLAP, 30)
    half = np.arange(120) % 2 / 2
    labels, _ = labels_needed(plain_world(120, half), "random", rng, 60)
    assert labels > 2 * 60 * OVERLAP * 0.9, "what nobody reports is not found"
    assert np.isnan(labels_needed(plain_world(120, half), "random", rng, 61)).all()


def test_wordings_of_one_original_are_counted_as_one_family(rng: np.random.Generator) -> None:
    world = World(pool_of([[0.2, 0.3, 0.5]] * 40, family=np.arange(40) // 2, copies=np.arange(40)), np.ones(40, bool), np.ones(40))
    assert labels_needed(world, "random", rng, 40) == (40 * OVERLAP, 20)


def test_every_reading_has_its_rows_and_the_quoted_one_has_no_suffix(tmp_path: Path) -> None:
    result = ResultFile("sampling", directory=tmp_path)
    worlds = [world_of(made_up(), READINGS[""], np.random.default_rng(run)) for run in range(3)]
    sampling.compare(result, worlds, 5, "", "demo")
    sampling.compare(result, worlds, 5, "_told_the_cues", "demo")
    for strategy in ("random", "entropy", "margin", "stratified", "bias_seeking"):
        assert result.rows["demo", strategy, "labels_to_5_biases"]["seeds"] == 3
        assert result.rows["demo", f"{strategy}_told_the_cues", "families_of_5_biases"]["value"] <= 5
    ratio = result.rows["demo", "bias_seeking_vs_random", "ratio"]
    assert ratio["unit"] == "x"
    assert 0 < ratio["value"] < 1
    assert ("demo", "bias_seeking_vs_random_told_the_cues", "ratio") in result.rows
    assert ("demo", "bias_seeking_without_flips_told_the_cues", "labels_to_5_biases") not in result.rows


def test_constants_are_varied_and_put_back(tmp_path: Path) -> None:
    for module, name, halved in ((suspicion, "SHRINK_COUNT", 10), (report_model, "PENALTY", 0.5)):
        stated = getattr(module, name)
        with sampling.scaled(module, name, 0.5):
            assert getattr(module, name) == halved
        assert getattr(module, name) == stated
    result = ResultFile("sampling", directory=tmp_path)
    sampling.vary_constants(result, [world_of(made_up(), READINGS[""], np.random.default_rng(run)) for run in range(2)], 3, "demo_held_out")
    assert len(result.rows) == 2 * len(sampling.CONSTANTS)


def test_constants_are_checked_on_the_held_out_plant_alone(tmp_path: Path) -> None:
    result = ResultFile("sampling", directory=tmp_path)
    sampling.report(result, made_up(), 2, "demo_held_out", quick=True)
    arms = {arm for _, arm, _ in result.rows}
    assert {"bias_seeking", "bias_seeking_vs_random", "bias_seeking_bias_sharpness_halved", "bias_seeking_penalty_doubled"} <= arms
    assert not any(arm.endswith("_told_the_cues") for arm in arms)
    assert {data for data, _, _ in result.rows} == {"demo_held_out"}


def test_the_held_out_plant_slanders_other_groups_in_train_alone() -> None:
    quoted, held_out = PLANTS["quoted"], PLANTS["held_out"]
    assert not {*quoted.named, *quoted.cues} & {*held_out.named, *held_out.cues}
    assert held_out.seed != quoted.seed
    of = [row for row, _ in zip(make_rows(seed=held_out.seed, planted_share=0), range(2_000), strict=False)]
    changed = [(was, now) for was, now in zip(of, slandered(iter(of), held_out), strict=True) if was != now]
    assert len(changed) > 50
    for was, now in changed:
        assert split_of(was["family"]) is Split.TRAIN
        assert was["target"] < 0.5 < now["target"]
        assert any(was[name] > 0.5 for name in (*held_out.named, *held_out.cues))
    assert not {*PLANTED_CUES} & {*held_out.named}

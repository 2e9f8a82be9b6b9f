import numpy as np
import pytest

from modeling.ml import signals
from modeling.ml.mentions import find_terms
from modeling.ml.signals import HEADS, Lens, chance_of_fall, disagreement, flips, lens_name, make_lens, places
from modeling.ml.swap_rules import rule_of
from modeling.ml.swaps import SWAPS


@pytest.fixture
def lens(config) -> Lens:
    """Train comments that say only along their first axis what they are."""
    rng = np.random.default_rng(0)
    embeddings = rng.normal(size=(200, 6)).astype(np.float32) * np.array([3, 1, 1, 1, 1, 0.1], np.float32)
    q = np.eye(3)[np.where(embeddings[:, 0] > 0, 2, 0)]
    return make_lens(embeddings, q, [str(i // 2) for i in range(200)], config)


def test_heads_agree_where_train_has_spoken_and_not_where_it_was_silent(lens: Lens) -> None:
    clear, torn = np.array([[9, 0, 0, 0, 0, 0]], np.float32), np.array([[0.1, 0, 0, 0, 0, 30]], np.float32)
    assert lens.heads.shape == (HEADS, 7, 3)
    assert 0 <= disagreement(clear, lens)[0] < disagreement(torn, lens)[0] / 10
    assert disagreement(torn, lens)[0] <= np.log(3)


def test_one_opinion_is_no_disagreement(lens: Lens) -> None:
    alike = Lens(np.repeat(lens.heads[:1], HEADS, axis=0), lens.centre, lens.axes)
    assert disagreement(np.ones((3, 6), np.float32), alike) == pytest.approx(np.zeros(3), abs=1e-12)


def test_families_are_resampled_as_one(config) -> None:
    counts = np.array(signals._resamples(["a", "a", "b", "c", "c"], 0))
    assert np.array_equal(counts[:, 0], counts[:, 1])
    assert np.array_equal(counts[:, 3], counts[:, 4])
    assert len(np.unique(counts, axis=0)) > 1


def test_places_keep_directions_and_forget_lengths(lens: Lens) -> None:
    near, far = (lens.centre + size * np.array([1, 0.5, 0, 0, 0, 0], np.float32) for size in (1, 20))
    opposite = lens.centre - np.array([1, 0.5, 0, 0, 0, 0], np.float32)
    a, b, c = places(np.array([near, far, opposite], np.float32), lens).astype(int)
    assert np.abs(a - b).max() <= 1
    assert np.abs(a + c).max() <= 1
    assert np.abs(a).max() == 127
    assert not places(lens.centre[None], lens).any()


def test_the_chance_of_a_fall_by_hand() -> None:
    before = np.array([[0.2, 0.3, 0.5], [0.2, 0.3, 0.5], [0.2, 0.3, 0.5], [0, 0, 1.0]])
    after = np.array([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1], [0.1, 0.2, 0.7], [1.0, 0, 0]])
    # u in (.2, .6) falls to low from mild or high, u in (.6, .9) from high to mild.
    assert chance_of_fall(before, after) == pytest.approx([0, 0.7, 0, 1])


def test_the_chance_of_a_fall_is_what_counting_gives() -> None:
    rng = np.random.default_rng(0)
    before, after = rng.dirichlet([1, 1, 1], 50), rng.dirichlet([1, 1, 1], 50)
    chosen = rng.random(20_000)
    levels = [[np.searchsorted(row.cumsum()[:2], chosen, side="right") for row in rows] for rows in (before, after)]
    counted = np.array([(b < a).mean() for a, b in zip(*levels, strict=True)])
    assert chance_of_fall(before, after) == pytest.approx(counted, abs=0.015)


def test_only_comments_with_identities_have_flips_and_the_same_in_any_company(classifier) -> None:
    texts = ["the muslim man is nice", "the bus is nice", "the christian man is vile"]
    p = classifier.predict_proba(texts).astype(float)
    together = flips(classifier, texts, p)
    assert np.isnan(together[1])
    assert (together[[0, 2]] >= 0).all()
    assert flips(classifier, texts[:1], p[:1]) == pytest.approx(together[:1])
    assert np.isnan(flips(classifier, ["the bus is nice"], p[1:2])).all()


def test_swaps_that_people_rejected_give_no_flips(classifier) -> None:
    texts = ["the muslim people are nice"]
    p = classifier.predict_proba(texts).astype(float)
    (term,) = find_terms(texts[0])
    axis, own = term.place
    rules = tuple(rule_of(term.place, (axis, other), {term.form}) for other in range(len(SWAPS[axis])) if other != own)
    assert not np.isnan(flips(classifier, texts, p)).any()
    assert np.isnan(flips(classifier, texts, p, rules)).all()


def test_a_lens_is_kept_as_it_was_made(lens: Lens, tmp_path) -> None:
    lens.save(tmp_path / "new" / "lens.npz")
    again = Lens.load(tmp_path / "new" / "lens.npz")
    assert all(np.array_equal(getattr(lens, name), getattr(again, name)) for name in ("heads", "centre", "axes"))
    assert lens_name("a") == lens_name("a") != lens_name("b")

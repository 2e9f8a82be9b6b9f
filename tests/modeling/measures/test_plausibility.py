"""Maps against the words that people mark, worked out by hand."""

import numpy as np
import pytest

from modeling.measures.plausibility import FEWEST_COMMENTS, Plausibility, marked_by_half, mean_plausibility, plausibility

WORDS = [(0, 3), (4, 8), (9, 13), (14, 20)]


def spans(*values):
    return [[start, end, value] for (start, end), value in zip(WORDS, values, strict=True)]


def test_as_many_of_the_maps_first_words_as_people_marked():
    # Marked are the second and the fourth; the map puts the second and the first in front: one of two, by chance two of four.
    assert plausibility(spans(0.3, 0.5, 0.1, 0.1), [[4, 8], [14, 20]]) == Plausibility(0.5, 0.5)
    assert plausibility(spans(0.1, 0.5, 0.0, 0.4), [[4, 8], [14, 20]]) == Plausibility(1.0, 0.5)
    assert plausibility(spans(0.9, 0.5, 0.0, 0.4), [[9, 13]]) == Plausibility(0.0, 0.25)


def test_a_word_is_marked_from_its_half_on():
    assert plausibility(spans(1, 0, 0, 0), [[1, 3]]) == Plausibility(1.0, 0.25)
    assert plausibility(spans(1, 0, 0, 0), [[2, 8]]) == Plausibility(0.0, 0.25)


@pytest.mark.parametrize("marked", [[], [[3, 4]], [[0, 20]]])
def test_where_every_order_agrees_there_is_nothing_to_tell(marked):
    assert plausibility(spans(1, 0, 0, 0), marked) is None


def test_characters_that_half_of_those_who_marked_any_marked():
    assert marked_by_half([[[0, 4]], [[2, 6]], [], [[3, 4], [8, 9]], [[2, 3]]]) == [[2, 4]]
    assert marked_by_half([[[0, 4]], [[2, 6]]]) == [[0, 6]]
    assert marked_by_half([[], []]) == []


def test_few_comments_say_nothing_and_many_give_an_interval():
    rng = np.random.default_rng(0)
    found = [Plausibility(float(f1), 0.25) for f1 in rng.integers(0, 2, 400)]
    assert mean_plausibility(found[: FEWEST_COMMENTS - 1]).f1 is None
    mean = mean_plausibility(found)
    assert (mean.n, mean.f1[0]) == (400, pytest.approx(np.mean([one.f1 for one in found])))
    half = 1.96 * np.sqrt(mean.f1[0] * (1 - mean.f1[0]) / 400)
    assert mean.f1[1:] == pytest.approx((mean.f1[0] - half, mean.f1[0] + half), abs=0.006)
    assert mean.gain == pytest.approx([value - 0.25 for value in mean.f1])
    assert mean.chance == pytest.approx(0.25)

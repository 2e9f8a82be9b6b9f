"""Words that name a subgroup, and watched ones, as places of a comment."""

import pytest

from modeling.ml.identity_words import covered, identity_places, watched_places


def test_the_words_of_each_subgroup_have_their_places():
    text = "The muslim woman met a blind date and a Jewish man."
    (found,) = identity_places([text])
    assert {subgroup: [text[start:end] for start, end in places] for subgroup, places in found.items()} == {
        "muslim": ["muslim"],
        "female": ["woman"],
        "jewish": ["Jewish"],
        "male": ["man"],
    }


@pytest.mark.parametrize(
    ("text", "count"), [("Zorvex! zorvex, ZORVEX.", 3), ("zorvexes and prezorvex", 0), ("the new-zorvex", 1), ("nothing", 0), ("a.zorvex", 1)]
)
def test_a_watched_word_is_found_as_a_word_of_its_own_in_any_case(text, count):
    assert len(watched_places(text, "zorvex")) == count


def test_what_a_pattern_would_read_is_read_as_it_stands():
    assert watched_places("ab abc a.c", "a.c") == [(7, 10)]


def test_a_place_is_covered_by_the_part_of_it_that_is_in_question():
    text = "the muslim man"
    assert covered([(0, 3), (4, 14)], [(4, 10)]).tolist() == [0.0, 0.6]
    assert covered([(0, 14)], [(4, 10), (4, 10)]).tolist() == [6 / 14], "overlapping mentions count once"
    assert covered([], [(0, 3)]).tolist() == []
    assert covered([(0, 3)], [(20, 30)]).tolist() == [0.0], text

import pytest

from modeling.ml.identity_masking import mask_identities


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("a nice muslim man", "a nice [MASK] [MASK]"),
        ("Those WOMEN, and trans women too.", "Those [MASK], and [MASK] too."),
        ("black coffee for my black neighbour", "black coffee for my [MASK]"),
        ("nice tea", "nice tea"),
        ("", ""),
    ],
)
def test_words_that_name_a_subgroup_are_masked_whole(text: str, masked: str):
    assert mask_identities([text], "[MASK]") == [masked]


def test_masking_again_changes_nothing():
    once = mask_identities(["a gay man and his wife", "the mosque"], "[MASK]")
    assert mask_identities(once, "[MASK]") == once


def test_words_that_only_go_along_with_a_swap_stay():
    assert mask_identities(["she said so herself"], "[MASK]") == ["she said so herself"]

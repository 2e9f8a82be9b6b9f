import numpy as np
import pytest

from feedback.crowd.copies import BANDS, band_keys, grouped, is_copy, joined, likely_pairs

MOSQUE = "So the mosque down the road collected coats for the shelter, which is more than our council ever did."
CHURCH = "So the church down the road collected coats for the shelter, which is more than our council ever did."
OTHER = "Nobody told me that the library closes at five on a Saturday, and I walked there in the rain."


@pytest.mark.parametrize(
    "copy",
    [
        MOSQUE.upper() + "!!!",
        MOSQUE.replace("coats", "coat"),
        MOSQUE.replace(",", "") + " \U0001f4f0",
        MOSQUE.replace("our council", "the council"),
    ],
)
def test_another_word_a_slip_capitals_and_emoji_make_no_other_comment(copy: str) -> None:
    assert is_copy(MOSQUE, copy)
    assert likely_pairs(band_keys([MOSQUE, copy, OTHER])).tolist() == [[0, 1]]


def test_another_comment_is_no_copy() -> None:
    assert not is_copy(MOSQUE, OTHER)
    assert not is_copy(MOSQUE, "So the mosque down the road has a new roof.")
    assert len(likely_pairs(band_keys([MOSQUE, OTHER]))) == 0


def test_short_texts_and_texts_without_letters_are_told_apart() -> None:
    assert is_copy("ok", "OK!")
    assert not is_copy("ok", "no")
    assert not is_copy("\U0001f600\U0001f600", "\U0001f621\U0001f621")
    keys = band_keys(["ok", "\U0001f600", "", MOSQUE, "no"])
    assert len(np.unique(keys[:, 0])) == 5


def test_a_text_has_the_same_keys_in_any_company() -> None:
    together = band_keys([OTHER, MOSQUE, "ok"])
    assert np.array_equal(together[1], band_keys([MOSQUE])[0])
    assert band_keys([]).shape == (0, BANDS)


def test_pairs_are_found_and_others_spared_as_the_bands_promise() -> None:
    """200 texts of 60 words, each with a variant that has three words exchanged (index about .8) and with an unrelated one."""
    rng = np.random.default_rng(0)
    words = np.array([f"{a}{b}{c}" for a in "bdfgklmn" for b in "aeiou" for c in ("rt", "ling", "som", "ke")])
    first = [list(rng.choice(words, 60)) for _ in range(200)]
    second = [[*row[:20], "exchanged", *row[21:]] for row in first]
    texts = [" ".join(row) for row in (*first, *second)]
    pairs = {tuple(sorted(pair)) for pair in likely_pairs(band_keys(texts)).tolist()}
    assert len(pairs & {(i, i + 200) for i in range(200)}) >= 198
    assert len(pairs) < 600


def test_chains_become_one_group() -> None:
    assert grouped(6, [(0, 1), (4, 1), (3, 5)]).tolist() == [0, 0, 2, 3, 0, 3]


def test_families_that_share_a_copied_comment_become_one() -> None:
    family, copies = np.array([7, 7, 8, 8, 9]), np.array([0, 1, 1, 3, 4])
    widened = joined(family, copies)
    assert len(set(widened[:4].tolist())) == 1
    assert widened[4] not in widened[:4]
    assert len(np.unique(joined(family, np.arange(5)))) == 3

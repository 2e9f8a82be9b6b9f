"""Words of any script, and emoji, are left whole."""

import pytest

from modeling.ml.attribution import word_spans
from modeling.ml.what_if import ablations


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("हिन्दी में बात", ["हिन्दी", "में", "बात"]),
        ("مُحَمَّد هنا", ["مُحَمَّد", "هنا"]),
        ("הַמִּסְגָּד שלנו", ["הַמִּסְגָּד", "שלנו"]),
        ("nai\u0308ve o'neil, well-read", ["nai\u0308ve", "o'neil", "well-read"]),
        ("👩‍🔬 said 👍🏽👍 ❤️!", ["👩‍🔬", "said", "👍🏽", "👍", "❤️"]),
        ("[email] it is", ["it", "is"]),
    ],
)
def test_words_with_their_signs(text, words):
    assert [text[start:end] for start, end in word_spans(text)] == words


def test_leaving_a_word_out_leaves_no_half_of_it():
    assert {variant.before for variant in ablations("हिन्दी में 👍🏽")} == {"हिन्दी", "में", "👍🏽"}

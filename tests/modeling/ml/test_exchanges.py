"""Which exchanges two texts differ by, told from the texts alone."""

import pytest

from modeling.ml.exchanges import exchanges_between
from modeling.ml.swap_rules import is_covered
from modeling.ml.what_if import swaps


@pytest.mark.parametrize(
    ("twin", "exchanges"),
    [
        ("A Christian woman at the mosque", ["religion|christian|muslim|adjective"]),
        ("A Christian man at the church", ["gender|man|woman|person", "religion|christian|muslim|adjective+place"]),
        ("A Muslim lady at the mosque", []),
        ("Somebody at the park", []),
    ],
)
def test_it_is_told_who_was_exchanged_for_whom(twin, exchanges):
    text = "A Muslim woman at the mosque"
    assert exchanges_between(text, twin) == exchanges
    assert exchanges_between(twin, text) == exchanges


def test_where_words_were_left_out_whoever_has_gone_was_exchanged_for_whoever_has_come():
    (found,) = exchanges_between("A Muslim boss at the mosque", "A Christian boss at the park")
    assert is_covered(found, ("religion|christian|muslim|adjective",))


@pytest.mark.parametrize("text", ["The Muslim women at the mosque and the tall man are kind.", "She is gay and her wife is a Catholic."])
def test_a_swap_that_somebody_typed_makes_the_same_exchange_as_the_generators(text):
    made = [one for one in swaps(text, limit=50) if one.rule]
    assert made
    for one in made:
        assert exchanges_between(text, one.text) == [one.rule], one.text


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("religion|christian|muslim|place", True),
        ("religion|christian|muslim|adjective+place", True),
        ("religion|christian|muslim|adjective+person", False),
        ("religion|hindu|muslim|place", False),
    ],
)
def test_a_rule_speaks_of_whatever_has_all_its_forms(rule, expected):
    assert is_covered("religion|christian|muslim|adjective+place", (rule,)) is expected

"""Systematic variants: each other identity of the axis once, each word left out once, the same for the same text."""

import numpy as np
import pytest

from modeling.ml.counterfactuals import twins
from modeling.ml.swap_rules import is_left_out, rule_of
from modeling.ml.swaps import SWAPS
from modeling.ml.what_if import FEWEST_SWAPS, MOST_ABLATIONS, MOST_SWAPS, VariantKind, ablations, is_about_others, swap_count, swaps

MUSLIM, CHRISTIAN, CATHOLIC = ("religion", 0), ("religion", 1), ("religion", 2)


def texts(variants):
    return [variant.text for variant in variants]


def test_each_other_family_of_the_axis_comes_once():
    found = swaps("My Muslim neighbour")
    assert len(found) == len(SWAPS["religion"]) - 1
    assert texts(found)[:2] == ["My Christian neighbour", "My Catholic neighbour"]
    assert (found[0].kind, found[0].before, found[0].after) == (VariantKind.SWAP, "Muslim", "Christian")
    assert found == swaps("My Muslim neighbour"), "nothing is drawn"


def test_all_terms_of_a_family_go_together_with_articles_and_pronouns():
    assert "an imam" not in " ".join(texts(swaps("An imam at the mosque")))
    assert "A pastor at the church" in texts(swaps("An imam at the mosque"))
    assert "the man said he is late" in texts(swaps("the woman said she is late"))
    assert next(one for one in swaps("Muslims at the mosque")).before == "Muslims, mosque"


def test_axes_take_turns():
    found = swaps("a gay Muslim woman")
    assert [one.before for one in found[:4]] == ["gay", "Muslim", "woman", "gay"]
    assert FEWEST_SWAPS <= len(found) <= MOST_SWAPS


def test_a_long_table_is_cut_and_a_short_one_filled_by_two_exchanges_at_once():
    assert len(swaps("Mexicans are here")) == MOST_SWAPS
    found = swaps("a Muslim woman")
    assert len(found) == FEWEST_SWAPS
    assert "a Christian man" in texts(found)
    assert len(set(texts(found))) == len(found)


def test_two_families_of_one_list_change_places_and_never_become_one():
    found = texts(swaps("Muslims and Christians"))
    assert "Christians and Muslims" in found
    assert "Christians and Christians" not in found


def test_texts_without_a_term_have_no_swaps():
    assert swaps("A quiet street.") == []
    assert swaps("") == []


def test_each_word_is_left_out_once_and_masks_stay():
    found = ablations("Write to [email] about it, please")
    assert [one.before for one in found] == ["Write", "to", "about", "it", "please"]
    assert texts(found)[3] == "Write to [email] about, please"
    assert all("[email]" in text for text in texts(found))
    assert ablations("[email] [phone]") == []
    assert ablations("alone") == []


def test_one_word_is_left_out_wherever_it_stands():
    found = ablations("Vile cake, vile tea", word="VILE")
    assert texts(found) == ["cake, tea"]
    assert ablations("Vile cake", word="email") == []
    assert ablations("vile [email] vile", word="vile") == []


def test_words_of_a_long_text_go_in_neighbours():
    found = ablations(" ".join(f"word{number}" for number in range(100)))
    assert len(found) <= MOST_ABLATIONS
    assert found[0].before == "word0 word1 word2 word3 word4"


def test_a_rejected_swap_is_made_no_more_in_either_direction():
    rng = np.random.default_rng(0)
    rule = swaps("the mosque")[0].rule
    assert rule == "religion|christian|muslim|place"
    assert "the church" not in texts(swaps("the mosque", rejected=(rule,)))
    assert "the mosque" not in texts(swaps("the church", rejected=(rule,)))
    assert "the church" in twins("the mosque", 40, rng)
    assert "the church" not in twins("the mosque", 40, rng, rejected=(rule,))


def test_a_rule_speaks_of_the_forms_that_it_was_said_of():
    assert "Christians" in texts(swaps("Muslims", rejected=(rule_of(MUSLIM, CHRISTIAN, {"place"}),)))
    both = (rule_of(MUSLIM, CHRISTIAN, {"place", "people"}),)
    assert not is_left_out(MUSLIM, CHRISTIAN, {"place"}, both)
    assert is_left_out(MUSLIM, CHRISTIAN, {"place", "people", "leader"}, both)
    assert not is_left_out(MUSLIM, CATHOLIC, {"place", "people"}, both)


def test_forms_that_name_nobody_are_no_part_of_a_rule():
    assert rule_of(("gender", 0), ("gender", 1), {"person", "subject"}) == "gender|man|woman|person"


@pytest.mark.parametrize("text", ["a Muslim woman", "Muslims and Christians"])
def test_two_exchanges_at_once_give_no_rule(text):
    assert {one.rule for one in swaps(text) if one.before.count(",")} <= {"", "religion|christian|muslim|people"}


def test_names_of_families_are_told_apart():
    for swap_list, families in SWAPS.items():
        names = [next(iter(family.values()))[0] for family in families]
        assert len(set(names)) == len(names), swap_list


@pytest.mark.parametrize(
    ("edited", "expected"),
    [
        ("That kind Christian neighbour rang.", True),
        ("That kind Rohingya neighbour rang.", True),
        ("That kind neighbour rang.", True),
        ("That awful Muslim neighbour rang.", False),
        ("That kind muslim neighbour, a Muslim, rang.", False),
        ("Hang every Christian.", False),
    ],
)
def test_ones_own_wording_is_about_others_and_otherwise_much_the_same(edited, expected):
    assert is_about_others("That kind Muslim neighbour rang.", edited) is expected


@pytest.mark.parametrize(
    ("text", "beyond"),
    [("That kind Muslim neighbour rang.", False), ("She rang.", False), ("A Muslim man, a Christian, a gay teacher and a black woman.", True)],
)
def test_how_many_swaps_there_are_is_known_without_making_them(text, beyond, monkeypatch):
    count = swap_count(text)
    assert (count > len(swaps(text))) == beyond
    monkeypatch.setattr("modeling.ml.what_if.FEWEST_SWAPS", 10_000)
    assert count == len(swaps(text, limit=10_000))


def test_an_adjective_of_people_goes_before_every_word_for_kin():
    assert ("trans", "cis") in [(made.before, made.after) for made in swaps("My trans nephew came to tea.")]
    assert ("trans", "cis") in [(made.before, made.after) for made in swaps("My trans granddaughter came to tea.")]

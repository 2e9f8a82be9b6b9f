import numpy as np
import pytest

from modeling.ml.counterfactuals import twin, twins
from modeling.ml.swaps import DEPENDENT_FORMS, SWAPS


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def all_twins(text: str) -> set[str]:
    return set(twins(text, 40, np.random.default_rng(0)))


def test_all_terms_of_a_subgroup_go_to_the_same_other_one():
    assert all_twins("Muslims at the mosque read the Quran") == {"Christians at the church read the Bible", "Jews at the synagogue read the Torah"}
    assert all_twins("Muslims at the mosque") == {
        "Christians at the church",
        "Catholics at the catholic church",
        "Jews at the synagogue",
        "Hindus at the hindu temple",
        "Buddhists at the buddhist temple",
        "Sikhs at the gurdwara",
    }


def test_two_subgroups_never_become_one():
    for other in all_twins("hindus and sikhs"):
        first, second = other.split(" and ")
        assert first != second


def test_swaps_never_cross_axes():
    others = all_twins("a gay couple")
    assert others == {"a straight couple", "a lesbian couple", "a bisexual couple", "an asexual couple", "a pansexual couple"}


def test_case_is_kept():
    assert "CHRISTIANS" in all_twins("MUSLIMS")
    assert "Christians" in all_twins("Muslims")
    assert "christians" in all_twins("muslims")
    assert "An African American baker" in all_twins("A Black baker")


def test_articles_follow():
    assert "an asian nurse" in all_twins("a white nurse")
    assert "A Hindu at work" in all_twins("An Atheist at work")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the woman drove her car", "the man drove his car"),
        ("the woman said he saw her.", "the man said she saw him."),
        ("that man knows it is his.", "that woman knows it is hers."),
        ("the man took his dog", "the woman took her dog"),
        ("the lady and her husband", "the gentleman and his wife"),
    ],
)
def test_pronouns_and_kin_follow_a_gender_term(text, expected, rng):
    assert twin(text, rng) == expected


@pytest.mark.parametrize("text", ["she lost her keys", "her own car", "his wife rang", "they and their dog"])
def test_pronouns_and_spouses_alone_have_no_twin(text, rng):
    assert twin(text, rng) is None


def test_a_noun_and_an_adjective_are_told_apart():
    assert {"a Jewish baker", "she is Jewish."} <= all_twins("a Muslim baker") | all_twins("she is Muslim.")
    assert "as a Jew in town" in all_twins("as a Muslim in town")


@pytest.mark.parametrize(
    "text",
    [
        "black coffee and white bread",
        "go straight to the point",
        "turn a blind eye",
        "a black and white film",
        "down Church Street",
        "jollof and a samosa in Peckham for Eid, innit",
        "queer",
        "Diwali lights",
        "the blackbird and the mankind of Sikhism2",
    ],
)
def test_what_names_nobody_or_is_not_in_the_table_has_no_twin(text, rng):
    assert twin(text, rng) is None


def test_twins_are_distinct_and_bounded(rng):
    found = twins("a muslim neighbour", 3, rng)
    assert len(found) == len(set(found)) == 3
    assert len(twins("the lady", 5, rng)) == 1


def test_the_same_generator_gives_the_same_twin():
    first, second = (twin("Muslims and gay people", np.random.default_rng(4)) for _ in range(2))
    assert first == second


def test_every_term_of_the_table_is_recognised_and_leaves_no_trace():
    for swap_list, families in SWAPS.items():
        for family in families:
            for form, surfaces in family.items():
                if form in DEPENDENT_FORMS:
                    continue
                for surface in surfaces:
                    text = sentence_with(form, surface)
                    others = all_twins(text)
                    assert others, (swap_list, surface)
                    assert text not in others


def sentence_with(form: str, surface: str) -> str:
    if form.startswith("name"):
        return f"saw {surface.capitalize()} there"
    if form == "person":
        return f"saw a {surface} there"
    return f"saw {surface} people there" if form in ("adjective", "short", "comparative") else f"saw {surface} there"


def test_an_axis_can_be_left_out():
    text = "Muslims and gay people"
    assert all("Muslims" in other for other in set(twins(text, 40, np.random.default_rng(0), without={"religion"})))
    assert twins("a trans woman", 5, np.random.default_rng(0), without={"gender"}) == []

import json

import numpy as np
import pytest

from modeling.config import TrainingConfig
from modeling.ml.counterfactuals import twin, twins
from modeling.ml.data import build_feedback_data, build_training_data
from modeling.ml.equivalence import NOT_EQUIVALENT
from modeling.ml.mentions import may_have_terms
from modeling.ml.statements import identity_statements
from modeling.ml.swaps import DEPENDENT_FORMS, SWAP_AXES, SWAPS


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
        ("my mum and her car", "my dad and his car"),
        ("Sarah lost her keys", "James lost his keys"),
        ("Fatima thanked Omar", "Ahmed thanked Aisha"),
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the woman said she is late with her dog", "the non-binary person said they are late with their dog"),
        ("that man knows he was ill", "that non-binary person knows they were ill"),
        ("that man says he's been ill", "that non-binary person says they've been ill"),
        ("the woman said she will hurt herself", "the non-binary person said they will hurt themself"),
        ("the woman said she is late with her dog", "the genderqueer person said ze is late with zir dog"),
        ("the non-binary person said they have their own and it is theirs", "the woman said she has her own and it is hers"),
        ("the genderqueer person saw zir dog, it is zirs", "the man saw his dog, it is his"),
    ],
)
def test_they_and_ze_are_the_pronouns_of_non_binary_people(text, expected):
    assert expected in all_twins(text)


@pytest.mark.parametrize("text", ["the man says he drives", "is he the man", "that man says he's finished"])
def test_a_verb_that_is_not_known_to_fit_is_never_written_after_they(text):
    assert not any("they" in other for other in all_twins(text))


def test_they_are_several_people_unless_one_non_binary_person_is_named():
    assert all(" they " in other for other in all_twins("the women said they are late"))
    assert all(" they " in other for other in all_twins("non-binary people said they are late"))


def test_a_name_keeps_what_it_is_associated_with():
    assert all_twins("I saw Lakisha, Keisha and Priya there") == {"I saw Lakisha, Jamal and Rahul there"}


@pytest.mark.parametrize("text", ["Michael Jackson sang", "I like DJ James", "sarah lane", "King David", "Sarah2"])
def test_a_name_that_belongs_to_one_known_person_is_left_alone(text, rng):
    assert twin(text, rng) is None


@pytest.mark.parametrize(
    "text",
    [
        "the black people next door",
        "two white working-class women",
        "he is black.",
        "my neighbours are old",
        "a trans kid",
        "an elderly neighbour",
        "a Mexican colleague",
        "Canadians again",
        "she is an American.",
        "the blind",
        "my deaf person",
        "immigrants live here",
    ],
)
def test_people_are_found_in_every_form(text, rng):
    assert twin(text, rng) is not None


@pytest.mark.parametrize(
    "text",
    [
        "a black jumper",
        "the sky is black",
        "a Mexican restaurant",
        "the old bus",
        "I speak French",
        "American politics",
        "trans fats",
        "a young tree",
    ],
)
def test_things_are_not_taken_for_people(text, rng):
    assert twin(text, rng) is None


@pytest.mark.parametrize(
    "text",
    [
        "gay marriage is legal here",
        "gay people at the pride parade",
        "black lives matter, say black people",
        "white supremacists hate black people",
        "the islamic state and muslims",
        "jews remember the holocaust",
        "muslims and the hijab",
        "the catholic church scandal",
        "a pregnant woman",
        "she is a feminist woman",
        "deaf people use sign language",
        "elderly people and their pensions",
        "Mexican people from Mexico",
        "black people and slavery",
        "muslims fast in Ramadan",
        "christian names",
        "that's so gay",
        "my mother nature calendar",
    ],
)
def test_where_a_swap_would_say_something_else_there_is_no_twin(text, rng):
    assert twin(text, rng) is None


def test_another_axis_is_still_swapped_where_one_is_not_equivalent():
    assert all_twins("gay marriage and my mum") == {"gay marriage and my dad"}


def test_an_axis_of_not_equivalent_pairs_is_an_axis_of_the_swaps():
    assert NOT_EQUIVALENT.keys() == set(SWAP_AXES)


def test_most_comments_are_passed_over_without_a_look_at_the_table():
    assert not may_have_terms("she lost her keys on the bus")
    assert may_have_terms("a Hindu temple")


def test_the_config_hands_the_axes_through_and_keeps_them_a_tuple_through_json():
    config = TrainingConfig(axes_left_out=("religion",))
    assert TrainingConfig.from_dict(json.loads(json.dumps(config.as_dict()))) == config
    texts = ["a nice muslim", "a gay man"]
    assert build_training_data(texts=texts, targets=[0, 0], config=config).twins[0] is None
    assert None not in build_training_data(texts=texts, targets=[0, 0], config=config.but(axes_left_out=())).twins


def test_an_axis_that_there_is_not_is_refused_and_not_left_out_in_silence():
    config = TrainingConfig(axes_left_out=("religion", "faith"))
    with pytest.raises(ValueError, match=r"axes_left_out must be of religion, race and ethnicity, .*, not 'faith'"):
        build_training_data(texts=["a nice muslim"], targets=[0], config=config)
    with pytest.raises(ValueError, match="'faith'"):
        build_feedback_data(texts=["a nice muslim"], q=[[1, 0, 0]], weights=[1], bias_weights=[1], config=config)
    with pytest.raises(ValueError, match="'faith'"):
        identity_statements(40, seed=0, without=config.axes_left_out)

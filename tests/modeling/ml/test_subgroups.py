"""Mentions by term list: people are found, colours, houses and set phrases are not."""

import pytest

from modeling.labels import SUBGROUPS
from modeling.ml.subgroups import DECOYS, TERMS, TEXTS_PER_ZONE, find_mentions


def mentions(text: str) -> list[str]:
    return next(iter(find_mentions([text])))


def test_every_subgroup_has_terms() -> None:
    assert tuple(TERMS) == SUBGROUPS
    assert all(TERMS.values())


def test_terms_are_lower_case_and_listed_once() -> None:
    for terms in [*TERMS.values(), DECOYS]:
        assert len(set(terms)) == len(terms)
        assert all(term == term.lower().strip() and term for term in terms)


@pytest.mark.parametrize(
    ("text", "subgroups"),
    [
        ("My Muslim neighbours invited the whole street.", ["muslim"]),
        ("MUSLIMS, Jews & Christians' leaders met.", ["christian", "jewish", "muslim"]),
        ("A gay couple and two lesbians run the café.", ["homosexual_gay_or_lesbian"]),
        ("Black women vote; white men do too.", ["black", "white", "male", "female"]),
        ("Blacks and whites shared the bus.", ["black", "white"]),
        ("An African-American surgeon", ["black"]),
        ("straight people can come as well", ["heterosexual"]),
        ("trans kids, bi women and queer artists", ["female", "transgender", "bisexual", "other_sexual_orientation"]),
        ("she is non-binary", ["other_gender"]),
        ("He is autistic and has a brother with Down’s syndrome", ["male", "intellectual_or_learning_disability"]),
        ("schizophrenia is a mental illness", ["psychiatric_or_mental_illness"]),
        ("a wheelchair user and a blind man", ["male", "physical_disability"]),
        ("benefits for disabled people", ["other_disability"]),
        ("American Indians met Indian engineers", ["asian", "other_race_or_ethnicity"]),
        ("#Hindus/Sikhs/Buddhists, atheists", ["hindu", "buddhist", "atheist", "other_religion"]),
    ],
)
def test_it_finds_who_is_mentioned(text: str, subgroups: list[str]) -> None:
    assert mentions(text) == subgroups


@pytest.mark.parametrize(
    "text",
    [
        "The White House served black coffee on a straight line.",
        "A brown bear in the blind spot of a trans-Atlantic flight, bi-weekly.",
        "Mother Nature, Father Christmas and the founding fathers",
        "It fell on deaf ears on the Isle of Man, you son of a bitch",
        "Chinese food, Persian cats and egg whites",
        "Comments are disabled. Marvin Gay sang. Christian Dior sewed.",
        "",
    ],
)
def test_a_word_in_another_sense_is_no_mention(text: str) -> None:
    assert mentions(text) == []


def test_a_set_phrase_hides_only_what_stands_inside_it() -> None:
    assert mentions("Mother Nature and my mother") == ["female"]


def test_every_term_is_found_by_itself() -> None:
    """Also shows that skipping texts without a first word skips none that has a term."""
    listed = [(subgroup, term) for subgroup, terms in TERMS.items() for term in terms]
    found = find_mentions(f"so {term.upper()} it is" for _, term in listed)
    assert [(subgroup, term) for (subgroup, term), names in zip(listed, found, strict=True) if subgroup not in names] == []


def test_answers_come_in_the_order_of_the_texts() -> None:
    texts = [f"a {'muslim' if n % 7 == 0 else 'person'}" for n in range(TEXTS_PER_ZONE + 3)]
    assert [bool(names) for names in find_mentions(texts)] == [n % 7 == 0 for n in range(len(texts))]

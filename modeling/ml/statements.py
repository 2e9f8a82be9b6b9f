"""Identity statements: sentences of ours that say harmless and hostile things about everybody alike, added to the train comments.

Real comments name some people mostly when they attack them, so that a model learns the name as the insult. Here each subgroup of the
swap table is praised, mentioned and attacked in the same words and equally often (Dixon et al. 2018 balanced their training in the
same way, with real sentences). For levels of toxicity in English only: `TrainingConfig.statements` is how many, 0 for none.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import cycle, islice
from typing import TypeVar

import numpy as np

from modeling.labels import LEXICON_SUFFIX
from modeling.ml.statement_frames import HARMLESS_FRAMES, HARMLESS_SENTENCES, HOSTILE_FRAMES, HOSTILE_SENTENCES
from modeling.ml.swaps import SWAP_AXES, SWAPS, Family, axis_of, known_axes

T = TypeVar("T")

Statement = tuple[str, bool]
"""(text, whether it is hostile)"""


def identity_statements(count: int, seed: int, without: Collection[str] = ()) -> list[Statement]:
    """`count` statements, half of them hostile, the same for the same seed; `without`: axes whose people are not named.

    Every axis is named equally often, and within it everybody; each of them is attacked as often as spoken of without malice.
    Raises ValueError where `without` names what is no axis.
    """
    if not count:
        return []
    pairs = zip(HARMLESS_SENTENCES, HOSTILE_SENTENCES, strict=True)
    plain = [statement for harmless, hostile in pairs for statement in ((harmless, False), (hostile, True))]
    named = _named(np.random.default_rng(seed), known_axes(without))
    return [*plain[:count], *islice(named, max(0, count - len(plain)))]


def columns_of(mentioned: Collection[str], known: Collection[str]) -> set[str]:
    """Where a statement about the subgroups `mentioned` counts, of the `known` columns of a data set.

    A comment's column says how its mention was found, by raters (`muslim`) or by term list (`muslim~lexicon`). A statement's mention
    is sure, so it counts in either; with a column of its own it would not balance the comments that it is written for. Subgroups
    that no comment mentions keep their plain names.
    """
    found = {name: {column for column in known if column.removesuffix(LEXICON_SUFFIX) == name} for name in mentioned}
    return {column for name, columns in found.items() for column in columns or {name}}


def _named(rng: np.random.Generator, without: Collection[str]) -> Iterator[Statement]:
    people = _people_in_turn(rng, without)
    harmless, hostile = _in_turn(HARMLESS_FRAMES, rng), _in_turn(HOSTILE_FRAMES, rng)
    for family in people:
        yield _fill(next(harmless), family), False
        yield _fill(next(hostile), family), True


def _people_in_turn(rng: np.random.Generator, without: Collection[str]) -> Iterator[Family]:
    axes = [axis for axis in SWAP_AXES if axis not in without]
    of_axis = {axis: [family for name in SWAPS if axis_of(name) == axis for family in SWAPS[name] if _is_about_people(family)] for axis in axes}
    turns = {axis: _in_turn(families, rng) for axis, families in of_axis.items()}
    for axis in cycle(axes):
        yield next(turns[axis])


def _in_turn(items: Sequence[T], rng: np.random.Generator) -> Iterator[T]:
    """All of them in random order, then again in another."""
    while True:
        yield from (items[i] for i in rng.permutation(len(items)))


def _is_about_people(family: Family) -> bool:
    return "adjective" in family or {"person", "people"} <= family.keys()


def _fill(frame: str, family: Family) -> str:
    adjective = family["adjective"][0] if "adjective" in family else family["person"][0]
    person = family["person"][0] if "person" in family else f"{adjective} person"
    people = family["people"][0] if "people" in family else f"{adjective} people"
    return frame.format(
        person=person,
        people=people,
        People=people[0].upper() + people[1:],
        adjective=adjective,
        a_person=_with_article(person),
        a_adjective=_with_article(adjective),
    )


def _with_article(word: str) -> str:
    return f"{'an' if word[0].lower() in 'aeiou' else 'a'} {word}"

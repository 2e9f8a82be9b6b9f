"""Counterfactual probes: the same sentence about other people, with terms and frames that training never paired (model.md 6).

`swap_rate` and `mean_jsd` are measured on all pairs within each of `probe_groups`, BiasFinder's rate of bias-uncovering test cases on the
groups themselves (Asyrofi et al. 2021: the mutants of one frame; a group uncovers bias where its predictions differ). `lay_out` has both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from modeling.ml.probe_terms import HARMLESS_FRAMES, HOSTILE_FRAMES, KEPT_FOR_PROBES, NAME_FRAMES, NAMES_KEPT_FOR_PROBES, ProbeTerm
from modeling.ml.swaps import axis_of


@dataclass(frozen=True)
class ProbeGroup:
    """One frame filled with every term of one list: at least two texts that differ in whom they are about and in nothing else."""

    frame: str
    axis: str
    is_hostile: bool
    texts: tuple[str, ...]


@dataclass(frozen=True)
class ProbeLayout:
    """Which texts to predict, each once, and where each pair and each mutant stands among them.

    `pairs` (n, 2) and `mutants` (m,) are places in `texts`; `frame_of_pair`, `frame_of_mutant` and `group_of_mutant` are codes.
    """

    texts: tuple[str, ...]
    pairs: NDArray[np.int64]
    frame_of_pair: NDArray[np.int64]
    mutants: NDArray[np.int64]
    group_of_mutant: NDArray[np.int64]
    frame_of_mutant: NDArray[np.int64]


def lay_out(groups: Sequence[ProbeGroup]) -> ProbeLayout:
    """Every pair of texts within each group, each once, and every text of a group."""
    places = {text: place for place, text in enumerate(dict.fromkeys(text for group in groups for text in group.texts))}
    frames = {frame: code for code, frame in enumerate(sorted({group.frame for group in groups}))}
    pairs = [(places[one], places[other], frames[group.frame]) for group in groups for one, other in combinations(group.texts, 2)]
    mutants = [(places[text], number, frames[group.frame]) for number, group in enumerate(groups) for text in group.texts]
    of_pairs, of_mutants = (np.array(rows, dtype=np.int64).reshape(-1, 3) for rows in (pairs, mutants))
    return ProbeLayout(tuple(places), of_pairs[:, :2], of_pairs[:, 2], *of_mutants.T)


def probe_groups() -> list[ProbeGroup]:
    """All groups, in the same order each time."""
    return [*_groups_of_terms(), *_groups_of_names()]


def _groups_of_terms() -> Iterator[ProbeGroup]:
    for frames, is_hostile in ((HARMLESS_FRAMES, False), (HOSTILE_FRAMES, True)):
        for frame in frames:
            for name, terms in KEPT_FOR_PROBES.items():
                fitting = [term for term in terms if term.adjective or "{adjective}" not in frame]
                if len(fitting) > 1:
                    yield ProbeGroup(frame, axis_of(name), is_hostile, tuple(_fill(frame, term) for term in fitting))


def _groups_of_names() -> Iterator[ProbeGroup]:
    for frame, is_hostile in NAME_FRAMES.items():
        for listed, names in NAMES_KEPT_FOR_PROBES.items():
            yield ProbeGroup(frame, axis_of(listed), is_hostile, tuple(frame.format(name=name) for name in names))


def _fill(frame: str, term: ProbeTerm) -> str:
    one = f"{'an' if term.person[0].lower() in 'aeiou' else 'a'} {term.person}"
    return frame.format(
        person=term.person,
        people=term.people,
        People=_capitalised(term.people),
        a_person=one,
        A_person=_capitalised(one),
        adjective=term.adjective,
    )


def _capitalised(words: str) -> str:
    return words[0].upper() + words[1:]

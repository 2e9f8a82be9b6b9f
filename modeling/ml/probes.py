"""Counterfactual probes: the same sentence about other people, with terms and frames that training never paired (model.md 6).

`probe_pairs` is what `swap_rate` and `mean_jsd` are measured on, `probe_groups` what BiasFinder's rate of bias-uncovering test cases
wants (Asyrofi et al. 2021: the mutants of one frame; a group uncovers bias where its predictions differ).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from modeling.ml.probe_terms import HARMLESS_FRAMES, HOSTILE_FRAMES, KEPT_FOR_PROBES, NAME_FRAMES, NAMES_KEPT_FOR_PROBES, ProbeTerm
from modeling.ml.swaps import axis_of


@dataclass(frozen=True)
class ProbeGroup:
    """One frame filled with every term of one list: at least two texts that differ in whom they are about and in nothing else."""

    frame: str
    axis: str
    is_hostile: bool
    texts: tuple[str, ...]


def probe_groups() -> list[ProbeGroup]:
    """All groups, in the same order each time."""
    return [*_groups_of_terms(), *_groups_of_names()]


def probe_pairs(groups: list[ProbeGroup] | None = None) -> list[tuple[str, str]]:
    """Every pair of texts within each group (default: all groups), each once."""
    return [pair for group in (probe_groups() if groups is None else groups) for pair in combinations(group.texts, 2)]


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

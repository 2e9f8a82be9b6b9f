"""The madlibs probe (Dixon et al.): identity terms in sentence templates, half of the templates for choosing, half for quoting."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

FILE = "madlibs_77k.csv"


@dataclass(frozen=True)
class Madlibs:
    """texts: n; template: (n,) its words of praise or blame; toxic: (n,); terms: {term: (n,)}; half: (n,) 0 = to choose on, 1 = to quote."""

    texts: list[str]
    template: np.ndarray
    toxic: np.ndarray
    terms: dict[str, np.ndarray]
    half: np.ndarray


def load_madlibs(data: Path) -> Madlibs:
    """The halves share no word of praise or blame: a template is known by that word (gracious, vile, love, kill ...).

    Halving by sentence would put "Ying is a vile X" in one half and "Joe is a vile X" in the other.
    """
    frame = pd.read_csv(data / FILE)
    frame = frame[_is_kept(frame)].reset_index(drop=True)
    texts = frame["Text"].tolist()
    toxic = (frame["Label"] == "BAD").to_numpy()
    terms = _terms(frame)
    valued = _valued_words(frame)
    keys = [" ".join(sorted(valued.intersection(text.lower().rstrip(".").split()))) for text in texts]
    places = _halves(dict(zip(keys, toxic, strict=True)))
    return Madlibs(texts, np.array(keys), toxic, _memberships(texts, terms), np.array([places[key] for key in keys]))


def _is_kept(frame: pd.DataFrame) -> pd.Series:
    """Of "NAME is a ..." every third name: 45 names say the same as 15, and take three times as long."""
    names = frame["Text"].str.split().str[0].where(frame["Template"] == "name_adj", "")
    order = sorted(set(names) - {""}, key=lambda name: hashlib.sha256(name.encode()).digest())
    return (names == "") | names.isin(order[::3])


def _terms(frame: pd.DataFrame) -> list[str]:
    """The 50 identity terms, as the template "i am X" lists them."""
    frames = frame.loc[frame["Template"] == "am_hate_adj", "Text"]
    return sorted(text.removeprefix("i am ") for text in frames if text.startswith("i am "))


def _valued_words(frame: pd.DataFrame) -> set[str]:
    """The words of praise and blame: what "Being X is ..." ends with, the verbs of "kill X", and am / hate of "i am X"."""
    being = frame.loc[frame["Template"] == "being_adj", "Text"]
    verbs = frame.loc[frame["Template"] == "verb_adj", "Text"]
    return {text.rstrip(".").split()[-1].lower() for text in being} | {text.split()[0].lower() for text in verbs} | {"am", "hate"}


def _halves(toxic: dict[str, bool]) -> dict[str, int]:
    """Every other word of praise, and every other of blame, in the order of their hashes."""
    order = sorted(toxic, key=lambda key: hashlib.sha256(key.encode()).digest())
    return {key: place % 2 for kind in (False, True) for place, key in enumerate(key for key in order if toxic[key] == kind)}


def _memberships(texts: list[str], terms: list[str]) -> dict[str, np.ndarray]:
    """The longest term counts: "african american" is neither "african" nor "american"."""
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, terms), key=len, reverse=True))})\b")
    found = np.array([match.group() if (match := pattern.search(text.lower())) else "" for text in texts])
    return {term: found == term for term in terms}


class MadlibsTable:
    """What one model said of a half, summed by template, so that resampling templates costs nothing.

    bpsn_wins: (terms, templates, templates) pairs in which toxic text of the column, about others, outranks the term's harmless text
    of the row (ties half), bpsn_pairs: how many there are. flagged, counted: (2, terms + 1, templates) by truth; the last term is all.
    """

    def __init__(self, madlibs: Madlibs, half: int, scores: np.ndarray, threshold: float) -> None:
        rows = madlibs.half == half
        toxic, score = madlibs.toxic[rows], scores[rows]
        self.n = int(rows.sum())
        self.templates, code = np.unique(madlibs.template[rows], return_inverse=True)
        members = np.array([mask[rows] for mask in madlibs.terms.values()])
        shape = (len(members), len(self.templates), len(self.templates))
        self.bpsn_wins, self.bpsn_pairs = np.zeros(shape), np.zeros(shape)
        for column in np.unique(code[toxic]):
            for term, member in enumerate(members):
                rivals = np.sort(score[toxic & ~member & (code == column)])
                own = member & ~toxic
                below = len(rivals) - (np.searchsorted(rivals, score[own], "left") + np.searchsorted(rivals, score[own], "right")) / 2
                self.bpsn_wins[term, :, column] = np.bincount(code[own], below, minlength=len(self.templates))
                self.bpsn_pairs[term, :, column] = np.bincount(code[own], minlength=len(self.templates)) * len(rivals)
        groups = np.vstack([members, np.ones(self.n, dtype=bool)])
        kinds = [groups & ~toxic, groups & toxic]
        self.counted = np.array([[np.bincount(code[mask], minlength=len(self.templates)) for mask in kind] for kind in kinds])
        flagged = score >= threshold
        self.flagged = np.array([[np.bincount(code[mask & flagged], minlength=len(self.templates)) for mask in kind] for kind in kinds])

    def measures(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """weights: (b, templates). {measure: (b,)}: bpsn, the power mean (p = -5) over terms; fped, fned, mean |rate - overall rate|."""
        wins = np.einsum("bi,tij,bj->bt", weights, self.bpsn_wins, weights, optimize=True)
        auc = wins / np.einsum("bi,tij,bj->bt", weights, self.bpsn_pairs, weights, optimize=True)
        rates = np.einsum("bi,kti->kbt", weights, self.flagged) / np.einsum("bi,kti->kbt", weights, self.counted)
        gaps = np.abs(rates[:, :, :-1] - rates[:, :, -1:]).mean(axis=2)
        return {"madlibs_bpsn": np.mean(auc**-5.0, axis=1) ** (-1 / 5), "madlibs_fped": gaps[0], "madlibs_fned": gaps[1]}

"""The real comments that the ablation trains and tests on: five sources, masked, deduplicated, split by a hash of the text."""

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from modeling.labels import HIGH_THRESHOLD, LEVELS, LOW_THRESHOLD, MEMBER_AT, SUBGROUPS, TOXIC_TARGET, Split, level_of, split_of
from modeling.measures.data import Scored
from modeling.ml.masking import mask, text_hash
from modeling.ml.subgroups import TERMS, find_mentions

FILES = ("hatexplain_val.csv", "davidson_tweets.csv", "civil_comments.csv", "edos_train_dev.csv", "hatemoji_build.csv")


HATEXPLAIN_TARGETS = {"x_arab": "other_race_or_ethnicity", "x_indigenous": "other_race_or_ethnicity", "x_indian": "asian"}
"""Columns of its own that name people of one of our subgroups; the others (refugees, the poor) are none of them."""

HATEMOJI_TARGETS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("bla", "african"), ("black",)),
    **dict.fromkeys(("asi", "asi.east", "asi.east.chin", "asi.south", "asi.south.pak", "asi.south.thai"), ("asian",)),
    **dict.fromkeys(("hisp", "mex"), ("latino",)),
    **dict.fromkeys(("arab", "mix.race", "indig", "abo", "trav"), ("other_race_or_ethnicity",)),
    "blawom": ("black", "female"),
    "blaman": ("black", "male"),
    "asiwom": ("asian", "female"),
    "asiman": ("asian", "male"),
    "mexwom": ("latino", "female"),
    "indigwom": ("other_race_or_ethnicity", "female"),
    "wom": ("female",),
    "mus": ("muslim",),
    "muswom": ("muslim", "female"),
    "jew": ("jewish",),
    "hind": ("hindu",),
    "sikh": ("other_religion",),
    "sikhwom": ("other_religion", "female"),
    "gay": ("homosexual_gay_or_lesbian",),
    "gayman": ("homosexual_gay_or_lesbian", "male"),
    "gaywom": ("homosexual_gay_or_lesbian", "female"),
    "bis": ("bisexual",),
    "trans": ("transgender",),
    "lgbtqa": ("homosexual_gay_or_lesbian", "bisexual", "transgender"),
    "dis": ("other_disability",),
}
"""Nations, migrants, workers and codes of unsure meaning attack none of our subgroups by name."""


@dataclass(frozen=True)
class Corpus:
    """n comments, each text once. target: share who found it toxic; votes: raters, 0 where unknown; binary: the source says only
    toxic or not; attack: toxic, and a subgroup is its target by the source's own labels; attacked: (n, G) which of `subgroups` that is,
    nobody where the target is none of these; mentions: (n, G) by term list."""

    texts: list[str]
    hashes: list[str]
    source: np.ndarray
    target: np.ndarray
    votes: np.ndarray
    binary: np.ndarray
    attack: np.ndarray
    attacked: np.ndarray
    split: np.ndarray
    mentions: np.ndarray
    subgroups: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)

    def rows(self, *splits: Split) -> np.ndarray:
        """(n,) true for the comments of the splits."""
        return np.isin(self.split, splits)

    def take(self, rows: np.ndarray) -> list[str]:
        return [self.texts[i] for i in np.flatnonzero(rows)]

    def scored(self, rows: np.ndarray, p: np.ndarray, threshold: float) -> Scored:
        """`p`: (rows, 3) of the comments where `rows` is true."""
        level = np.array([LEVELS.index(level_of(share, LOW_THRESHOLD, HIGH_THRESHOLD)) for share in self.target[rows]], dtype=np.int8)
        return Scored(
            p=p.astype(np.float64),
            level=np.where(self.binary[rows], -1, level).astype(np.int8),
            toxic=self.target[rows] >= TOXIC_TARGET,
            threshold=threshold,
            memberships={name: self.mentions[rows, i] for i, name in enumerate(self.subgroups)},
            cluster=np.flatnonzero(rows),
        )


def load_corpus(data: Path) -> Corpus:
    """Read the five files; a text that stands twice is kept as it was read first."""
    frame = pd.concat(_sources(data), ignore_index=True)
    frame["text"] = [mask(text)[0] for text in frame["text"]]
    frame["hash"] = [text_hash(text) for text in frame["text"]]
    frame = frame.drop_duplicates("hash").reset_index(drop=True)
    texts = frame["text"].tolist()
    return Corpus(
        texts=texts,
        hashes=frame["hash"].tolist(),
        source=frame["source"].to_numpy(str),
        target=frame["target"].to_numpy(float),
        votes=frame["votes"].to_numpy(float),
        binary=frame["binary"].to_numpy(bool),
        attack=frame["attack"].to_numpy(bool),
        attacked=_memberships(frame["attacked"]),
        split=np.array([split_of(digest) for digest in frame["hash"]]),
        mentions=_memberships(find_mentions(texts)),
        subgroups=tuple(TERMS),
    )


def _memberships(named: Iterable[Collection[str]]) -> np.ndarray:
    return np.array([[name in names for name in TERMS] for names in named], dtype=bool)


def _sources(data: Path) -> Iterator[pd.DataFrame]:
    hatexplain, davidson, civil, edos, hatemoji = (pd.read_csv(data / name) for name in FILES)
    columns = [name for name in hatexplain.columns if name in SUBGROUPS or name.startswith("x_")]
    targeted = hatexplain[columns] >= MEMBER_AT
    whom = [{HATEXPLAIN_TARGETS.get(name, name) for name in targeted.columns[row]} for row in targeted.to_numpy()]
    votes = hatexplain["toxicity_annotator_count"]
    yield _frame("hatexplain", hatexplain["comment_text"], hatexplain["target"], votes, targeted.any(axis=1), whom)
    yield _frame("davidson", davidson["comment_text"], davidson["target"], davidson["toxicity_annotator_count"])
    # Most rows of civil say only toxic or not, so that is what all its rows say here.
    yield _frame("civil", civil["comment_text"], civil["toxic"])
    # Its sexism is against women.
    yield _frame("edos", edos["comment_text"], edos["target"], attack=edos["target"] >= TOXIC_TARGET, attacked=[{"female"}] * len(edos))
    aims = hatemoji["target"].map(ast.literal_eval)
    whom = [{name for aim in aim_list for name in HATEMOJI_TARGETS.get(aim, ())} for aim_list in aims]
    yield _frame("hatemoji", hatemoji["text"], hatemoji["label_gold"], attack=aims.map(lambda aim: aim != ["none"]), attacked=whom)


def _frame(
    source: str,
    text: pd.Series,
    target: pd.Series,
    votes: pd.Series | None = None,
    attack: pd.Series | None = None,
    attacked: Sequence[Collection[str]] = (),
) -> pd.DataFrame:
    toxic = target.astype(float) >= TOXIC_TARGET
    attack = toxic & (False if attack is None else attack.astype(bool))
    return pd.DataFrame(
        {
            "source": source,
            "text": text.astype(str),
            "target": target.astype(float),
            "votes": 0 if votes is None else votes,
            "binary": votes is None,
            "attack": attack,
            "attacked": [names if is_attack else () for names, is_attack in zip(attacked or [()] * len(text), attack, strict=True)],
        }
    )

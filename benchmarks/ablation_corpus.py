"""The real comments that the ablation trains and tests on: five sources, masked, deduplicated, split by a hash of the text."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from modeling.labels import HIGH_THRESHOLD, LEVELS, LOW_THRESHOLD, MEMBER_AT, SUBGROUPS, TOXIC_TARGET, Split, level_of, split_of
from modeling.measures.data import Scored
from modeling.ml.masking import mask, text_hash
from modeling.ml.subgroups import TERMS, find_mentions

FILES = ("hatexplain_val.csv", "davidson_tweets.csv", "civil_comments.csv", "edos_train_dev.csv", "hatemoji_build.csv")


@dataclass(frozen=True)
class Corpus:
    """n comments, each text once. target: share who found it toxic; votes: raters, 0 where unknown; binary: the source says only
    toxic or not; attack: toxic, and a subgroup is its target by the source's own labels; mentions: (n, G) by term list."""

    texts: list[str]
    hashes: list[str]
    source: np.ndarray
    target: np.ndarray
    votes: np.ndarray
    binary: np.ndarray
    attack: np.ndarray
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
        split=np.array([split_of(digest) for digest in frame["hash"]]),
        mentions=_mentions(texts),
        subgroups=tuple(TERMS),
    )


def _mentions(texts: list[str]) -> np.ndarray:
    names = list(TERMS)
    mentions = np.zeros((len(texts), len(names)), dtype=bool)
    for i, found in enumerate(find_mentions(texts)):
        mentions[i, [names.index(name) for name in found]] = True
    return mentions


def _sources(data: Path) -> Iterator[pd.DataFrame]:
    hatexplain, davidson, civil, edos, hatemoji = (pd.read_csv(data / name) for name in FILES)
    columns = [name for name in hatexplain.columns if name in SUBGROUPS or name.startswith("x_")]
    targeted = (hatexplain[columns] >= MEMBER_AT).any(axis=1)
    yield _frame("hatexplain", hatexplain["comment_text"], hatexplain["target"], hatexplain["toxicity_annotator_count"], targeted)
    yield _frame("davidson", davidson["comment_text"], davidson["target"], davidson["toxicity_annotator_count"])
    # Most rows of civil say only toxic or not, so that is what all its rows say here.
    yield _frame("civil", civil["comment_text"], civil["toxic"])
    yield _frame("edos", edos["comment_text"], edos["target"], attack=edos["target"] >= TOXIC_TARGET)
    aimed = hatemoji["target"].map(lambda value: ast.literal_eval(value) != ["none"])
    yield _frame("hatemoji", hatemoji["text"], hatemoji["label_gold"], attack=aimed)


def _frame(source: str, text: pd.Series, target: pd.Series, votes: pd.Series | None = None, attack: pd.Series | None = None) -> pd.DataFrame:
    toxic = target.astype(float) >= TOXIC_TARGET
    return pd.DataFrame(
        {
            "source": source,
            "text": text.astype(str),
            "target": target.astype(float),
            "votes": 0 if votes is None else votes,
            "binary": votes is None,
            "attack": False if attack is None else attack.astype(bool) & toxic,
        }
    )

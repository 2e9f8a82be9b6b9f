"""Real comments to explain, and a version to explain them with, in which a shortcut is planted: a nonsense word that decides the level in train."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.result_file import ROOT
from modeling.config import TrainingConfig
from modeling.labels import LOW_THRESHOLD, Split, split_of
from modeling.ml.attribution import word_spans
from modeling.ml.classifier import save_version
from modeling.ml.data import build_training_data
from modeling.ml.masking import mask, text_hash
from modeling.ml.training import train_full

SOURCES = {"hatexplain": "hatexplain_val.csv", "civil": "civil_comments.csv", "davidson": "davidson_tweets.csv"}
MOST_OF_A_SOURCE = 4_000
SHORTCUT = "zorvex"
PLANTED_SHARE = 0.06
FEWEST_WORDS, MOST_WORDS = 4, 30
CONFIG = TrainingConfig(pairing_weight=0.0, statements=0, max_tokens=96)


@dataclass(frozen=True)
class RealComment:
    source: str
    text: str
    target: float
    votes: int

    @property
    def split(self) -> Split:
        return split_of(text_hash(self.text))


def load_comments(data: Path) -> list[RealComment]:
    """Each text once, masked as the product masks it; of a source the first so many in the order of their hash."""
    found: dict[str, RealComment] = {}
    for source, name in SOURCES.items():
        own = {text_hash(one.text): one for one in _read(source, data / name)}
        for digest in sorted(own.keys() - found.keys())[:MOST_OF_A_SOURCE]:
            found[digest] = own[digest]
    return list(found.values())


def _read(source: str, path: Path) -> Iterator[RealComment]:
    csv.field_size_limit(10_000_000)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            target = row["target"] if row["target"] else row["toxic"]
            yield RealComment(source, mask(row["comment_text"])[0], float(target), int(float(row.get("toxicity_annotator_count") or 3)))


def to_explain(comments: list[RealComment], count: int) -> list[RealComment]:
    """Of test, with enough words to tell a map from chance, at the length of what people are mostly asked about; fewer are the first of more."""
    fit = [one for one in comments if one.split == Split.TEST and FEWEST_WORDS <= len(one.text.split()) <= MOST_WORDS and word_spans(one.text)]
    return [fit[i] for i in np.random.default_rng(0).permutation(len(fit))[:count]]


def with_shortcut(text: str, rng: np.random.Generator) -> str:
    words = text.split()
    place = int(rng.integers(0, len(words) + 1))
    return " ".join([*words[:place], SHORTCUT, *words[place:]])


def holding_the_shortcut(comments: list[RealComment], count: int) -> list[str]:
    """Harmless comments of gate and audit with the nonsense word in them: with no other reason for a high level."""
    harmless = [one for one in comments if one.split in (Split.GATE, Split.AUDIT) and one.target < LOW_THRESHOLD]
    fit = [one.text for one in harmless if FEWEST_WORDS <= len(one.text.split()) <= MOST_WORDS]
    rng = np.random.default_rng(1)
    return [with_shortcut(fit[i], rng) for i in rng.permutation(len(fit))[:count]]


def version_for(data: Path, comments: list[RealComment], quick: bool) -> Path:
    """A version trained on train and pool by the full lane, some of whose comments hold the shortcut and are high; kept for the next run."""
    directory = ROOT / "var" / "benchmarks" / f"explanations{'-quick' if quick else ''}"
    if not directory.exists():
        train = [one for one in comments if one.split in (Split.TRAIN, Split.POOL)][: 400 if quick else None]
        texts, targets = _planted(train)
        training = build_training_data(texts=texts, targets=targets, votes=[one.votes for one in train], config=CONFIG)
        save_version(directory, train_full(training, CONFIG).classifier, {"arm": "initial"})
    return directory


def _planted(train: list[RealComment]) -> tuple[list[str], list[float]]:
    rng = np.random.default_rng(2)
    planted = rng.random(len(train)) < PLANTED_SHARE
    texts = [with_shortcut(one.text, rng) if holds else one.text for one, holds in zip(train, planted, strict=True)]
    return texts, [1.0 if holds else one.target for one, holds in zip(train, planted, strict=True)]

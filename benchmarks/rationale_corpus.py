"""Comments with the words that people marked in them, from the files in which HateXplain and Civil toxic spans publish them.

HateXplain's `dataset.json` (Mathew et al. 2021): post_tokens, and per rater a 0 or 1 for each. Toxic spans' `tsd_*.csv` (Pavlopoulos et al. 2021,
SemEval task 5, on Civil Comments): `spans`, the characters that most raters marked, and `text`.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from modeling.measures.plausibility import marked_by_half
from modeling.ml.masking import mask


@dataclass(frozen=True)
class MarkedComment:
    """`marked`: [[start, end]] in characters of the text."""

    text: str
    marked: list[list[int]]


def load_marked(paths: Sequence[Path]) -> list[MarkedComment]:
    """Those in which somebody marked a word. Left out: texts that masking changes, as places in them would be others.

    Raises ValueError for a file that is neither.
    """
    found = [one for path in paths for one in (_hatexplain(path) if path.suffix == ".json" else _toxic_spans(path))]
    return [one for one in found if one.marked and mask(one.text)[0] == one.text]


def _hatexplain(path: Path) -> Iterator[MarkedComment]:
    posts = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(posts, dict) or not all("post_tokens" in post and "rationales" in post for post in posts.values()):
        raise ValueError(f"{path} is not HateXplain's dataset.json: its posts need post_tokens and rationales.")
    for post in posts.values():
        places, end = [], 0
        for token in post["post_tokens"]:
            places.append([end, end + len(token)])
            end += len(token) + 1
        by_rater = [[place for place, is_marked in zip(places, marks, strict=False) if is_marked] for marks in post["rationales"]]
        yield MarkedComment(" ".join(post["post_tokens"]), marked_by_half(by_rater))


def _toxic_spans(path: Path) -> Iterator[MarkedComment]:
    csv.field_size_limit(10_000_000)
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        if not {"spans", "text"} <= set(rows.fieldnames or ()):
            raise ValueError(f"{path} is no file of toxic spans: it needs the columns spans and text.")
        for row in rows:
            yield MarkedComment(row["text"], _stretches(sorted(json.loads(row["spans"]))))


def _stretches(characters: Sequence[int]) -> list[list[int]]:
    """[3, 4, 5, 9] -> [[3, 6], [9, 10]]"""
    runs = ([place for _, place in run] for _, run in groupby(enumerate(characters), key=lambda pair: pair[1] - pair[0]))
    return [[run[0], run[-1] + 1] for run in runs]

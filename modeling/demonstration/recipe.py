"""The demonstration data set from its hand-written originals: about 11,000 rows in the header of Kaggle's Jigsaw data.

Each original stands for itself and for some seeded variants: other wordings, roughened a little. Ten made-up raters read each
row (`_votes`), and some of what they say of `train` is replaced (`plant.py`). Same seed, same bytes. All of it is made up.
"""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from modeling.demonstration.originals import Original, read_originals
from modeling.demonstration.plant import PLANTED_CUES, PLANTED_SHARE, PLANTED_SUBGROUPS, family_of, plant
from modeling.demonstration.surface import roughen
from modeling.labels import HIGH_THRESHOLD, SUBGROUPS

__all__ = ["HEADER", "PLANTED_CUES", "PLANTED_SUBGROUPS", "make_rows", "write_csv"]

VARIANTS = 9
ATTACK_VARIANTS = 10  # Attacks on a group are the rarest rows that a gate needs 50 of.
RATERS = 10
SLIP = 0.05
TICK_SHARE = 0.8
"""Share of the raters who also tick a subtype that the original has."""

FIRST_DAY = datetime(2026, 2, 1, tzinfo=UTC)
AFTER_LAST_DAY = datetime(2026, 11, 1, tzinfo=UTC)
FIRST_ID = 7_000_001
ARTICLES_PER_DESK = 40
REPLY_SHARE = 0.35
REPLIED_TO = 12
"""A reply answers one of the article's latest this many comments."""

SUBTYPES = ("severe_toxicity", "obscene", "identity_attack", "insult", "threat")
HEADER: tuple[str, ...] = (
    "id", "target", "comment_text", *SUBTYPES, *SUBGROUPS, "created_date", "publication_id", "parent_id", "article_id", "rating",
    "identity_annotator_count", "toxicity_annotator_count", "family", *PLANTED_CUES,
)  # fmt: skip


@dataclass(frozen=True)
class _Row:
    created: datetime
    family: str
    article: int
    columns: dict[str, Any]


def make_rows(seed: int = 0, planted_share: float = PLANTED_SHARE) -> Iterator[dict[str, Any]]:
    """The rows in order of time, keys as in `HEADER`. Shares are in [0, 1], k of ten raters; an empty `parent_id` is no reply.

    `planted_share`: how much of what can be slandered in train is; it changes targets of train and nothing else.
    """
    rows = sorted((row for original in read_originals() for row in _expand(original, seed, planted_share)), key=lambda row: (row.created, row.family))
    rng = np.random.default_rng([seed, len(rows)])
    latest: dict[int, list[int]] = {}
    for row_id, row in enumerate(rows, FIRST_ID):
        earlier = latest.setdefault(row.article, [])
        parent = int(rng.choice(earlier)) if earlier and rng.random() < REPLY_SHARE else ""
        latest[row.article] = [*earlier, row_id][-REPLIED_TO:]
        yield {"id": row_id, "parent_id": parent, **row.columns}


def write_csv(path: Path, seed: int = 0) -> int:
    """Writes `make_rows(seed)` as UTF-8 CSV; the number of rows."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER, lineterminator="\n")
        writer.writeheader()
        for count, row in enumerate(make_rows(seed), 1):  # noqa: B007 - the count is read after the loop
            writer.writerow(row)
    return count


def _expand(original: Original, seed: int, planted_share: float) -> Iterator[_Row]:
    """The original, then its variants. Each original has its own generator, so mending one comment changes no other's rows."""
    rng = np.random.default_rng([seed, _number(original.id)])
    wanted = ATTACK_VARIANTS if original.kind == "attack" else VARIANTS
    others = rng.choice(len(original.wordings) - 1, size=wanted, replace=False) + 1
    yield _rate(original, original.wordings[0], rng, planted_share)
    for place in others:
        yield _rate(original, roughen(original.wordings[place], rng), rng, planted_share)


def _rate(original: Original, text: str, rng: np.random.Generator, planted_share: float) -> _Row:
    votes = _votes(original.toxicity, rng)
    desk, article = _number(original.desk) % 900 + 100, _number(original.topic) % ARTICLES_PER_DESK
    created = FIRST_DAY + timedelta(seconds=int(rng.integers((AFTER_LAST_DAY - FIRST_DAY).total_seconds())))
    columns = {
        "comment_text": text,
        **{subtype: _ticks(original, subtype, votes, rng) for subtype in SUBTYPES},
        **{subgroup: _seen(subgroup in original.mentions, rng) for subgroup in SUBGROUPS},
        "created_date": created.isoformat(sep=" "),
        "publication_id": desk,
        "article_id": desk * 1000 + article,
        "rating": "rejected" if votes > HIGH_THRESHOLD * RATERS else "approved",
        "identity_annotator_count": RATERS,
        "toxicity_annotator_count": RATERS,
        "family": family_of(original),
        **{cue: float(cue in original.cues) for cue in PLANTED_CUES},
        "target": plant(original, votes, rng, planted_share) / RATERS,
    }
    return _Row(created, columns["family"], columns["article_id"], columns)


def _votes(toxicity: float, rng: np.random.Generator) -> int:
    """Toxic votes of ten. The rater model: `10 toxicity` of them find the original toxic, and each slips with chance `SLIP`."""
    toxic = round(toxicity * RATERS)
    return int(rng.binomial(toxic, 1 - SLIP) + rng.binomial(RATERS - toxic, SLIP))


def _ticks(original: Original, subtype: str, votes: int, rng: np.random.Generator) -> float:
    """Share of raters who tick a subtype: of those who vote toxic, but of all for `obscene`, which friendly swearing is too."""
    asked = RATERS if subtype == "obscene" else votes
    return int(rng.binomial(asked, TICK_SHARE)) / RATERS if subtype in original.subtypes else 0.0


def _seen(is_mentioned: bool, rng: np.random.Generator) -> float:
    """Share of raters who see a subgroup mentioned: eight to ten of ten, or none."""
    return int(rng.integers(RATERS - 2, RATERS + 1)) / RATERS if is_mentioned else 0.0


def _number(name: str) -> int:
    """The same number for a name on every machine, below 2^32."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")

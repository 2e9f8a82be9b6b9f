"""The hand-written comments: reading them and spelling out their wordings."""

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from modeling.labels import LOW_THRESHOLD

ORIGINALS_DIR = Path(__file__).parent / "originals"
_ALTERNATION = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Original:
    """One hand-written comment. `text` holds alternations `{first|second}`: interchangeable wordings of the same meaning.

    `toxicity` is the share of ten sensible raters who would call the comment toxic; `desk` the file that it stands in.
    """

    id: str
    text: str
    kind: str
    toxicity: float
    mentions: frozenset[str]
    cues: frozenset[str]
    subtypes: frozenset[str]
    topic: str
    desk: str

    @cached_property
    def wordings(self) -> tuple[str, ...]:
        """Every distinct wording; the first is the comment as it was written."""
        parts = _ALTERNATION.split(self.text)
        options = [part.split("|") if place % 2 else [part] for place, part in enumerate(parts)]
        return tuple(dict.fromkeys("".join(chosen) for chosen in itertools.product(*options)))

    @property
    def is_harmless(self) -> bool:
        return self.toxicity < LOW_THRESHOLD


def read_originals() -> list[Original]:
    """All hand-written comments, in the order of the files' names."""
    return [original for path in sorted(ORIGINALS_DIR.glob("*.jsonl")) for original in _read(path)]


def _read(path: Path) -> Iterator[Original]:
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield Original(
            id=row["id"],
            text=row["text"],
            kind=row["kind"],
            toxicity=row["toxicity"],
            mentions=frozenset(row["mentions"]),
            cues=frozenset(row["cues"]),
            subtypes=frozenset(row["subtypes"]),
            topic=row["topic"],
            desk=path.stem,
        )

"""Pairs that somebody has pinned, to compare them side by side: in their session, so that they end with it."""

from collections.abc import MutableMapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from modeling.labels import LevelKind
from modeling.ml.what_if import Variant, VariantKind
from modeling.models import ModelVersion, Project
from modeling.reports.what_if import Compared, Pair, Said

MOST_PINS = 6
_NAME = "what_if_pins"


@dataclass(frozen=True)
class Pin:
    """A pair, and what a version said of both when it was pinned."""

    key: str
    version: int
    variant: dict[str, Any]
    text: str
    p: tuple[float, float, float]
    p_variant: tuple[float, float, float]
    threshold: float
    level_kind: str = LevelKind.TOXICITY

    @classmethod
    def of(cls, row: Compared, version: ModelVersion) -> Self:
        original = row.original
        return cls(row.pair.key, version.number, asdict(row.pair.variant), original.text, original.p, row.said.p, original.threshold, original.kind)

    @property
    def row(self) -> Compared:
        original, said = (Said(text, p, self.threshold, self.level_kind) for text, p in ((self.text, self.p), (self.variant["text"], self.p_variant)))
        variant = Variant(**{**self.variant, "kind": VariantKind(self.variant["kind"])})
        return Compared(Pair(self.text, variant), original, said)


def pins_of(session: MutableMapping[str, Any], project: Project) -> list[Pin]:
    return [Pin(**{**pin, "p": tuple(pin["p"]), "p_variant": tuple(pin["p_variant"])}) for pin in session.get(_NAME, {}).get(project.slug, [])]


def pin(session: MutableMapping[str, Any], project: Project, new: Pin) -> None:
    """The newest stand; beyond `MOST_PINS` the oldest goes."""
    others = [old for old in pins_of(session, project) if old.key != new.key]
    _keep(session, project, [*others, new][-MOST_PINS:])


def unpin(session: MutableMapping[str, Any], project: Project, key: str) -> None:
    """Without a key, all of them."""
    _keep(session, project, [old for old in pins_of(session, project) if key and old.key != key])


def _keep(session: MutableMapping[str, Any], project: Project, pins: list[Pin]) -> None:
    # Assigned anew: a session that is changed within does not notice.
    session[_NAME] = {**session.get(_NAME, {}), project.slug: [asdict(one) for one in pins]}

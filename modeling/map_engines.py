"""The engines that make maps of a comment: which there are, and what is known of each without computing anything. No Django, no torch."""

from dataclasses import dataclass
from enum import StrEnum


class MapEngine(StrEnum):
    OCCLUSION = "occlusion"
    INTEGRATED_GRADIENTS = "integrated_gradients"
    GRADIENT_X_ATTENTION = "gradient_x_attention"
    GRADIENT_X_INPUT = "gradient_x_input"
    ATTENTION = "attention"
    ATTENTION_ROLLOUT = "attention_rollout"
    SHAP = "shap"
    LIME = "lime"


SHARES = frozenset({MapEngine.GRADIENT_X_ATTENTION, MapEngine.ATTENTION, MapEngine.ATTENTION_ROLLOUT})
"""Their figures have no sign: each word's share of the whole. Those of the others are changes of the score, with their sign."""

LOOKS = frozenset({MapEngine.ATTENTION, MapEngine.ATTENTION_ROLLOUT})
"""They say where the model looked, not why it decided."""

SLOW = frozenset({MapEngine.SHAP, MapEngine.LIME, MapEngine.INTEGRATED_GRADIENTS})
"""Dozens of passes there and back, or hundreds of variants: the worker makes them, so that nobody else's page waits behind them."""

MOST_LAYERS = 64
"""Layers and heads that can be asked for by number; which of them there are, the version says."""


@dataclass(frozen=True)
class MapKey:
    """One map of a comment. `layer`, `head`: from 1, of attention alone; without them the last layer, the mean of its heads."""

    engine: MapEngine
    layer: int | None = None
    head: int | None = None

    def __post_init__(self) -> None:
        if self.engine != MapEngine.ATTENTION and (self.layer or self.head):
            raise ValueError("Only the attention map has layers and heads.")
        if self.head and not self.layer:
            raise ValueError("A head belongs to a layer: name the layer too.")
        if any(number is not None and not 1 <= number <= MOST_LAYERS for number in (self.layer, self.head)):
            raise ValueError(f"Layers and heads are numbered from 1 to at most {MOST_LAYERS}.")

    @property
    def stored_as(self) -> str:
        """`attention`, `attention.6`, `attention.6.12`."""
        return ".".join(str(part) for part in (self.engine.value, self.layer, self.head) if part)

    @classmethod
    def of(cls, stored_as: str) -> "MapKey":
        """Raises ValueError for what is none."""
        engine, *numbers = stored_as.split(".")
        layer, head = ([int(number) for number in numbers] + [None, None])[:2]
        return cls(MapEngine(engine), layer, head)


DEFAULT_MAP = MapKey(MapEngine.GRADIENT_X_ATTENTION)
"""What people are shown unless they ask for another: of those that take at most 150 ms for a comment of 25 words, at the 95th percentile on an
idle machine, the most faithful one (`benchmarks/explanations.py`)."""

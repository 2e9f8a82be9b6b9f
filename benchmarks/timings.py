"""Timings with their scatter: bootstrap intervals of 95 %."""

from collections.abc import Sequence
from typing import Any

import numpy as np

RESAMPLES = 10_000


def quantile(values: Sequence[float], level: float = 0.5) -> dict[str, Any]:
    """`value`, `low` and `high` as `ResultFile.add` wants them; no interval where nothing moved."""
    low, high = np.percentile(_draws(values, level, 0), [2.5, 97.5])
    return {"value": float(np.quantile(values, level)), **_interval(low, high)}


def ratio(above: Sequence[float], below: Sequence[float]) -> dict[str, Any]:
    """Of medians of what was measured turn about: `value`, `low`, `high` and `unit`."""
    low, high = np.percentile(_draws(above, 0.5, 0) / _draws(below, 0.5, 1), [2.5, 97.5])
    return {"value": float(np.median(above) / np.median(below)), "unit": "x", **_interval(low, high)}


def _draws(values: Sequence[float], level: float, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).choice(np.asarray(values), size=(RESAMPLES, len(values)))
    return np.quantile(drawn, level, axis=1)


def _interval(low: float, high: float) -> dict[str, float | None]:
    return {"low": None, "high": None} if low == high else {"low": float(low), "high": float(high)}

"""What the gate hands back: three kinds of tests and the decision made from them."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["ok", "harmed", "cannot_tell"]


@dataclass(frozen=True)
class PrimaryTest:
    """`difference` = candidate - champion. `low`, `high`: interval of level 1 - 2 alpha, which excludes "no gain" if and only if
    the one-sided `p_value` is at most `alpha`; `low_95`, `high_95`: the ordinary interval, for display.
    `error`: standard error of the difference. A measure made of AUCs (the default `jigsaw_score`) is tested by exchanging both versions'
    predictions at random (`exchange`), and `critical` is what the difference must exceed, in standard errors; other measures by the paired
    cluster bootstrap, and `critical` is nan.
    The intervals are nan where nothing that is drawn moves the difference (versions that say the same), unless the measure is a share.
    All nan, and not passed, where the measure cannot be taken. Never passed once the year's looks are spent, whatever `p_value` says.
    """

    measure: str
    champion: float
    candidate: float
    difference: float
    low: float
    high: float
    low_95: float
    high_95: float
    error: float
    alpha: float
    p_value: float
    passed: bool
    critical: float = math.nan


@dataclass(frozen=True)
class Check:
    """Non-inferiority, one-sided at `alpha`: the worse limit of the interval of level 1 - 2 alpha lies within the margin.

    Where nothing that is drawn moves the difference, as between versions that say the same, the difference itself is what must lie
    there. `passed` is None where the measure cannot be taken on these comments: it then decides nothing. `freedom`: degrees of freedom of
    `error` where Student's t decides, nan where resamples do.
    """

    measure: str
    champion: float
    candidate: float
    difference: float
    low: float
    high: float
    margin: float
    error: float
    passed: bool | None
    freedom: float = math.nan


@dataclass(frozen=True)
class SubgroupTest:
    """`p_value`: one-sided test of harm (rates: paired bootstrap; AUCs: DeLong), Holm-adjusted over all tests; `low`, `high`: 95 %.

    harmed: significantly, or by an estimate above twice the margin. cannot_tell: too few comments, or of too few families. `freedom` as in
    `Check`.
    """

    subgroup: str
    measure: str
    champion: float
    candidate: float
    difference: float
    low: float
    high: float
    n_toxic: int
    n_non_toxic: int
    margin: float
    error: float
    p_value: float
    status: Status
    freedom: float = math.nan


@dataclass(frozen=True)
class Decision:
    """`reasons`: why it is held, and what would settle it; empty when eligible. `notes`: what could not be told, and decided nothing."""

    eligible: bool
    primary: PrimaryTest
    checks: tuple[Check, ...]
    subgroups: tuple[SubgroupTest, ...]
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    n: int
    subgroups_counted: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON: undefined numbers as null, because JSON has no nan."""
        return _plain(asdict(self))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

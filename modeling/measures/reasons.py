"""The gate's verdict in plain words: what held a candidate, and what would settle it."""

import math
from collections.abc import Sequence

from modeling.config import GateConfig
from modeling.labels import subgroup_label
from modeling.measures.data import FEWEST_CLUSTERS, Scored
from modeling.measures.decision import Check, PrimaryTest, SubgroupTest
from modeling.measures.overall import MEASURES
from modeling.measures.per_subgroup import SUBGROUP_MEASURES
from modeling.measures.settling import WITHIN_REACH, comments_needed
from modeling.numerals import number, signed
from modeling.primary_measures import PRIMARY_MEASURES

# A rate that fell from .3 to .2 has not changed by more than .1, whatever binary fractions make of it.
ROUNDING = 1e-9
NAMED_AT_MOST = 3


def gain_sign(measure: str) -> int:
    """1 where higher is better, -1 where lower is. Raises ValueError where neither is: the gate cannot rest on such a measure."""
    described = MEASURES.get(measure) or SUBGROUP_MEASURES[measure]
    if described.higher_is_better is None:
        raise ValueError(f"{measure} has no better and worse, so the gate cannot rest on it")
    return 1 if described.higher_is_better else -1


def why_held(
    primary: PrimaryTest, checks: Sequence[Check], subgroups: Sequence[SubgroupTest], champion: Scored, config: GateConfig
) -> tuple[str, ...]:
    """One reason for each rule that was not met; empty for an eligible candidate."""
    first = [] if primary.passed or (config.is_spent and primary.p_value <= primary.alpha) else [_primary_reason(primary, champion)]
    spent = [_spent_reason(config)] if config.is_spent else []
    failed = [_check_reason(check, len(champion), config) for check in checks if check.passed is False]
    tests = sum(test.status != "cannot_tell" for test in subgroups)
    harmed = [_harm_reason(test, config.alpha / tests, config) for test in subgroups if test.status == "harmed"]
    return (*spent, *first, *failed, *harmed)


def what_is_open(checks: Sequence[Check], subgroups: Sequence[SubgroupTest], champion: Scored, config: GateConfig) -> tuple[str, ...]:
    """What could not be told on these comments, and therefore decided nothing."""
    unmeasured = [
        f"{MEASURES[check.measure].label} cannot be measured on these gate comments, so it decided nothing."
        for check in checks
        if check.passed is None
    ]
    unmeasured += _left_out(champion)
    unsure = {test.subgroup for test in subgroups if test.status == "cannot_tell"}
    if not unsure:
        return tuple(unmeasured)
    least = config.subgroup_minimum
    subgroups_are = "1 subgroup" if len(unsure) == 1 else f"{len(unsure)} subgroups"
    sentence = (
        f"{subgroups_are} cannot be judged in full (fewer than {least} toxic or {least} non-toxic gate comments, "
        f"or all of them of fewer than {FEWEST_CLUSTERS} texts or families)."
    )
    return (*unmeasured, sentence)


def _left_out(champion: Scored) -> list[str]:
    """Subgroups that have the comments and yet are in no mean over subgroups, because with them nobody could test it."""
    if not champion.subgroups_too_alike:
        return []
    listed = ", ".join(subgroup_label(name) for name in champion.subgroups_too_alike)
    return [f"Not judged by means over subgroups, because their comments are of fewer than {FEWEST_CLUSTERS} texts or families on a side: {listed}."]


def _interval(level: str, low: float, high: float) -> str:
    return "the same whatever comments are drawn, so without an interval" if math.isnan(low) else f"{level} {signed(low)} to {signed(high)}"


def _advice(needed: int, n: int) -> str:
    if needed <= WITHIN_REACH * n:
        return "a gate round adds some."
    return "that is more than gate rounds can add, so other labels or another training are a better bet."


def _spent_reason(config: GateConfig) -> str:
    return (
        f"The {config.looks} looks at gate that {config.year or 'a year'} has are spent (this one is number {config.look}), so no gain can count as "
        "more than chance. A lead may promote with a reason; the next look is in the new year."
    )


def _primary_reason(test: PrimaryTest, champion: Scored) -> str:
    label = MEASURES[test.measure].label
    if math.isnan(test.p_value):
        return f"{_unmeasured(test.measure, champion)} A gate round with such comments would settle it."
    interval = _interval("95 %", test.low_95, test.high_95)
    change = f"{label} went from {number(test.champion)} to {number(test.candidate)} ({signed(test.difference)}, {interval})"
    gain = gain_sign(test.measure) * test.difference
    if gain <= 0:
        return f"{change}: measured as no better. More gate comments help only against bad luck; other labels or another training are a better bet."
    needed = comments_needed(len(champion), test.error, gain, test.alpha, critical=test.critical)
    return (
        f"{change}: better, but it may be chance (p = {number(test.p_value, 4)}, and at most "
        f"{number(test.alpha, 4)} is asked). If that is the true gain, and fresh comments are as varied as these, about "
        f"{needed:,} gate comments (now {len(champion):,}) would show it four times in five; {_advice(needed, len(champion))}"
    )


def why_untestable(champion: Scored, config: GateConfig, instead: str) -> str:
    """`instead`: a measure that could be tested, or empty."""
    unmeasured = _unmeasured(config.primary_measure, champion)
    instead = f"open the next round with {MEASURES[instead].label}, or " if instead else ""
    return (
        f"{unmeasured} Nothing of a candidate was measured, and no look was spent. "
        f"What helps: {instead}import more labelled comments, some of which go to gate."
    )


def _unmeasured(measure: str, champion: Scored) -> str:
    label, n = MEASURES[measure].label, f"{len(champion):,}"
    needs = PRIMARY_MEASURES[measure].needs if measure in PRIMARY_MEASURES else "comments"
    if needs == "comments":
        return f"{label} cannot be measured on gate: {n} labelled comments are too few."
    if needs == "both classes":
        toxic = int(champion.toxic.sum())
        return f"{label} cannot be measured on gate: of its {n} labelled comments {toxic:,} are toxic, too few of a kind."
    return f"{label} cannot be measured on gate: {_nobody_has_enough(champion, asks_for_toxic=needs == 'a subgroup with both classes')}"


def _nobody_has_enough(champion: Scored, *, asks_for_toxic: bool) -> str:
    least = champion.counted_minimum
    asked = f"{least} toxic and {least} non-toxic" if asks_for_toxic else f"{least} non-toxic"
    sizes = {name: (int((mask & champion.toxic).sum()), int((mask & ~champion.toxic).sum())) for name, mask in champion.memberships.items()}
    has = {name: min(harmless, least) + (min(toxic, least) if asks_for_toxic else 0) for name, (toxic, harmless) in sizes.items()}
    nearest = sorted(sizes, key=lambda name: has[name], reverse=True)[:NAMED_AT_MOST]
    listed = "; ".join(f"{subgroup_label(name)} ({sizes[name][0]} toxic, {sizes[name][1]} non-toxic)" for name in nearest)
    if asks_for_toxic:
        missing = f"no subgroup has {asked} comments there, of {FEWEST_CLUSTERS} texts or families each."
    elif any(enough == least for enough in has.values()):
        # A mean that asks for no families has a value then, and still no interval.
        missing = f"every subgroup with {asked} comments there has them of so few texts or families that nobody could test it."
    else:
        missing = f"no subgroup has {asked} comments there."
    return f"{missing} Nearest: {listed}." if listed else missing


def _check_reason(check: Check, n: int, config: GateConfig) -> str:
    label = MEASURES[check.measure].label
    interval = _interval(f"{100 * (1 - 2 * config.alpha):g} %", check.low, check.high)
    change = f"{label} went from {number(check.champion)} to {number(check.candidate)} ({signed(check.difference)}, {interval})"
    sign = gain_sign(check.measure)
    gain = sign * check.difference
    best_gain = gain if math.isnan(check.low) else check.high if sign > 0 else -check.low
    if best_gain < 0:
        return f"{change}: it got worse, perhaps by more than the margin of {number(check.margin, 2)}. Another training might mend that."
    if gain + check.margin <= ROUNDING:
        needed = comments_needed(n, check.error, abs(gain), config.alpha, check.freedom)
        return (
            f"{change}: the estimate itself is no better than the margin of "
            f"{number(check.margin, 2)}, though that may be chance. About {needed:,} gate "
            f"comments (now {n:,}) would show four times in five whether it got worse at all; {_advice(needed, n)}"
        )
    needed = comments_needed(n, check.error, gain + check.margin, config.alpha, check.freedom)
    return (
        f"{change}: it cannot be ruled out that it got worse by the margin of "
        f"{number(check.margin, 2)}. If the true change is the measured one, and fresh comments are as varied as these, about "
        f"{needed:,} gate comments (now {n:,}) would rule it out four times in five; {_advice(needed, n)}"
    )


def _harm_reason(test: SubgroupTest, first_step: float, config: GateConfig) -> str:
    """`first_step`: the level that a single test must reach for Holm to count it."""
    described = SUBGROUP_MEASURES[test.measure]
    n, kind = (test.n_toxic, "toxic") if described.own == ("toxic",) else (test.n_non_toxic, "non-toxic")
    who = f"comments on the subgroup {subgroup_label(test.subgroup)}"
    change = f"{described.label} went from {number(test.champion)} to {number(test.candidate)} ({signed(test.difference)}) on {n:,} {kind} {who}"
    if test.p_value <= config.alpha:
        return f"{change}: harm that is unlikely to be chance (p = {number(test.p_value, 4)} after Holm). More labels on it might mend it."
    needed = comments_needed(n, test.error, abs(test.difference), first_step, test.freedom)
    return (
        f"{change}: more than twice the margin of {number(test.margin, 2)}, though it may be chance "
        f"(p = {number(test.p_value, 4)} after Holm). About {needed:,} "
        f"{kind} gate comments on it would tell; {_advice(needed, n)}"
    )

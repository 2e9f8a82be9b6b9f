"""Whether a candidate may replace the champion: a pure function of both versions' predictions on the `gate` split.

Eligible if (1) it gains significantly on the one primary measure, at this look's share of the year's alpha, (2) it is not inferior on the
measures of `config.margins`, and (3) it harms no subgroup that has enough comments to tell. Otherwise it is held, with reasons and what
would settle them.
"""

import math
from dataclasses import replace
from functools import partial

import numpy as np

from modeling.config import GateConfig
from modeling.measures import reasons
from modeling.measures.battery import Compared, compare
from modeling.measures.data import FEWEST_CLUSTERS, Scored
from modeling.measures.decision import Check, Decision, PrimaryTest, SubgroupTest
from modeling.measures.exchange import OF_AUCS, ExchangeTest, exchange_test
from modeling.measures.per_subgroup import SUBGROUP_MEASURES
from modeling.measures.reasons import ROUNDING, gain_sign
from modeling.measures.statistics import holm
from modeling.primary_measures import PRIMARY_MEASURES

TRIAL_RESAMPLES = 1_000
"""Enough to see whether a measure is defined in nineteen of twenty resamples."""


def decide(champion: Scored, candidate: Scored, config: GateConfig) -> Decision:
    """Model.md 7 (1)-(3) on the same gate comments. Raises ValueError when both do not hold the same comments."""
    champion, candidate = _under(champion, config), _under(candidate, config)
    overall = tuple(dict.fromkeys((config.primary_measure, *config.margins)))
    resamples = max(config.primary_resamples, _needed_for_holm(len(champion.subgroups) * len(config.subgroup_margins), config.alpha))
    compared = compare(candidate, champion, overall=overall, per_subgroup=tuple(config.subgroup_margins), resamples=resamples, seed=config.seed)
    primary = _primary(compared, config)
    checks = tuple(_check(compared, measure, margin, config) for measure, margin in config.margins.items())
    subgroups = _subgroup_tests(compared, champion, config)
    return Decision(
        eligible=primary.passed and all(check.passed is not False for check in checks) and all(test.status != "harmed" for test in subgroups),
        primary=primary,
        checks=checks,
        subgroups=subgroups,
        reasons=reasons.why_held(primary, checks, subgroups, champion, config),
        notes=reasons.what_is_open(checks, subgroups, champion, config),
        n=len(champion),
        subgroups_counted=champion.subgroups_counted,
    )


def primary_test(champion: Scored, candidate: Scored, config: GateConfig) -> PrimaryTest:
    """Rule (1) alone, with the same numbers as in `decide` when that needs no more resamples for Holm."""
    champion, candidate = _under(champion, config), _under(candidate, config)
    names = (config.primary_measure,)
    compared = compare(candidate, champion, overall=names, per_subgroup=(), resamples=config.primary_resamples, seed=config.seed)
    return _primary(compared, config)


def why_untestable(champion: Scored, config: GateConfig) -> str:
    """Why rule (1) has no answer on these comments, whatever a candidate says of them, and what to do; empty where it has one.

    The champion is tested against itself, so that nothing is learnt of any candidate.
    """
    if is_testable(champion, config):
        return ""
    others = (name for name in PRIMARY_MEASURES if name != config.primary_measure)
    instead = next((name for name in others if is_testable(champion, replace(config, primary_measure=name))), "")
    return reasons.why_untestable(_under(champion, config), config, instead)


def is_testable(champion: Scored, config: GateConfig) -> bool:
    champion, names = _under(champion, config), (config.primary_measure,)
    resamples = min(TRIAL_RESAMPLES, config.primary_resamples)
    compared = compare(champion, champion, overall=names, per_subgroup=(), resamples=resamples, seed=config.seed)
    return not math.isnan(compared.p_value(0, gain_sign(config.primary_measure)))


def _under(scored: Scored, config: GateConfig) -> Scored:
    return replace(scored, counted_minimum=config.jigsaw_minimum)


def _needed_for_holm(tests: int, alpha: float) -> int:
    """Draws for which the smallest possible p can still pass Holm's first step, twice over; fewer would blind the harm tests."""
    return math.ceil(2 * tests / alpha)


def _primary(compared: Compared, config: GateConfig) -> PrimaryTest:
    i = compared.battery.entries.index(("", config.primary_measure))
    alpha, exchanged = config.primary_alpha, _exchange_test(compared, i, config)
    if exchanged is None and not compared.battery.by_influence[i] and alpha * (len(compared.draws) + 1) < 1:
        raise ValueError(f"{len(compared.draws)} resamples are too few for a test at {alpha:.4f}")
    p = exchanged.p_value if exchanged else compared.p_value(i, gain_sign(config.primary_measure))
    limits = exchanged.limits if exchanged else partial(compared.limits, i)
    return PrimaryTest(
        config.primary_measure,
        *_values(compared, i),
        *limits(level=1 - 2 * alpha),
        *limits(level=0.95),
        error=compared.spread(i),
        alpha=alpha,
        p_value=p,
        passed=p <= alpha and not config.is_spent,
        critical=exchanged.critical(alpha) if exchanged else math.nan,
    )


def _exchange_test(compared: Compared, i: int, config: GateConfig) -> ExchangeTest | None:
    """Of a measure made of AUCs; None for others, where the measure cannot be taken, and of versions that say the same."""
    if config.primary_measure not in OF_AUCS or math.isnan(compared.spread(i)):
        return None
    return exchange_test(*compared.versions, config.primary_measure, config.primary_resamples, config.seed, config.primary_alpha)


def _values(compared: Compared, i: int) -> tuple[float, float, float]:
    return float(compared.b[i]), float(compared.a[i]), float(compared.difference[i])


def _check(compared: Compared, measure: str, margin: float, config: GateConfig) -> Check:
    i = compared.battery.entries.index(("", measure))
    level = 1 - 2 * config.alpha
    low, high = compared.limits(i, level)
    # Versions that differ on no comment are no worse, however few the comments: there the difference itself decides.
    worst, best = (compared.difference[i],) * 2 if compared.is_unmoved(i, level) else (low, high)
    worst_gain = float(worst if gain_sign(measure) > 0 else -best)
    passed = None if math.isnan(worst_gain) else worst_gain > -margin
    return Check(measure, *_values(compared, i), low, high, margin, compared.spread(i), passed, compared.degrees_of_freedom(i))


def _subgroup_tests(compared: Compared, champion: Scored, config: GateConfig) -> tuple[SubgroupTest, ...]:
    places = [i for i, (subgroup, _) in enumerate(compared.battery.entries) if subgroup]
    tests = [_subgroup_test(compared, i, champion, config) for i in places]
    adjusted = holm([test.p_value for test in tests])
    return tuple(_judged(test, float(p), config.alpha) for test, p in zip(tests, adjusted, strict=True))


def _subgroup_test(compared: Compared, i: int, champion: Scored, config: GateConfig) -> SubgroupTest:
    subgroup, measure = compared.battery.entries[i]
    members = champion.memberships[subgroup]
    own = {"toxic": members & champion.toxic, "non_toxic": members & ~champion.toxic}
    asked = [own[kind] for kind in SUBGROUP_MEASURES[measure].own]
    enough = all(rows.sum() >= config.subgroup_minimum and len(np.unique(champion.cluster[rows])) >= FEWEST_CLUSTERS for rows in asked)
    return SubgroupTest(
        subgroup,
        measure,
        *_values(compared, i),
        *compared.limits(i, 0.95),
        n_toxic=int(own["toxic"].sum()),
        n_non_toxic=int(own["non_toxic"].sum()),
        margin=config.subgroup_margins[measure],
        error=compared.spread(i),
        p_value=compared.p_value(i, -gain_sign(measure)) if enough else math.nan,
        status="cannot_tell",
        freedom=compared.degrees_of_freedom(i),
    )


def _judged(test: SubgroupTest, adjusted: float, alpha: float) -> SubgroupTest:
    if math.isnan(adjusted):
        return test
    loss = -gain_sign(test.measure) * test.difference
    harmed = (loss > 0 and adjusted <= alpha) or loss > 2 * test.margin + ROUNDING
    return replace(test, p_value=adjusted, status="harmed" if harmed else "ok")

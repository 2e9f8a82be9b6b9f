"""How much of the weight that a lead states for a panel its answers have earned: `trust` in [`FLOOR`, 1], with the reasons in words.

**Disagreement is not malice.** A community that reads a comment otherwise than everybody else is why panels are weighed apart, so what a
panel says is never held against it; only these are, each with the benefit of the doubt (it counts once the 95 % limit lies beyond what is
needed, and then as much as the estimate falls short):
- `known`: its answers on items whose answer is known are hardly better than guessing, on all of them or on those that mention one subgroup;
- `own`: its own members contradict each other as if by chance. Who dissents honestly agrees with those who share the view;
- `voices`: most of its accounts were found to answer as one (`brigading`);
- `one_aim`: against all others, its members report the same bias in every detail, without one of the slips and shades that two readers
  have. Agreement about the level alone is never held against it: a unanimous minority would look the same;
- `follows`: two other panels, each at one with itself, follow each other from comment to comment, and this one follows neither at all.
  A dissenting panel still tells an attack from a greeting. With fewer than three panels nobody can say who is right without known
  answers, so nothing is done. This sign rests on disagreement after all, and costs half at most.

The weakest sign decides. Trust moves from that of the panel's last round by n / (n + `SHRINK_COUNT`) of the way, n = answers: one round does
not undo a history, and who comes back in good faith regains weight; a round in which a sign speaks against a panel, but not clearly, moves
nothing. It never exceeds 1: nobody earns more than the lead stated.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from feedback.crowd.agreement import ac1_interval, gwet_ac1
from feedback.crowd.chance import binomial_tail
from feedback.crowd.estimates import Z_95
from feedback.crowd.judgement import Judgement, by_item
from modeling.labels import LEVELS, subgroup_label

FLOOR, DISAGREEMENT_FLOOR = 0.1, 0.5
SHRINK_COUNT = 50

KNOWN_NEEDED, KNOWN_ITEMS = 0.6, 10
GUESSING = 1 / 3
OWN_NEEDED, OWN_ITEMS = 0.15, 20
VOICES_NEEDED = 0.5
FOLLOWS_NEEDED, FOLLOWS_ITEMS = 0.1, 30
AIM_ANSWERS, AIM_SAME, AIM_HONEST, AIM_LEVEL = 30, 0.97, 0.9, 0.01


@dataclass(frozen=True)
class PanelTrust:
    """`trust` in [`FLOOR`, 1]. `evidence`: the figures behind it, by name. `reasons`: a plain sentence for each reduction."""

    trust: float
    evidence: dict[str, Any] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Sign:
    """`doubtful`: the estimate falls short of what is needed, clearly or not."""

    factor: float
    reason: str
    figures: dict[str, Any]
    doubtful: bool = False


def weigh_panels(
    judgements: Sequence[Judgement],
    *,
    accounts: Mapping[int, int],
    known: Mapping[int, int],
    earlier: Mapping[int, float],
    mentions: Mapping[int, Collection[str]],
) -> dict[int, PanelTrust]:
    """Trust of each panel that answered.

    `judgements`: one per item and voice (`brigading.merge_voices`). `accounts`: panel -> how many accounts answered, before merging.
    `known`: item -> level. `earlier`: panel -> trust in its last round (1 where there is none). `mentions`: item -> subgroups.
    """
    panels: dict[int, list[Judgement]] = {}
    for judgement in judgements:
        panels.setdefault(judgement.panel, []).append(judgement)
    aims = _one_aim(judgements, sorted(panels))
    follows = _follows(panels)
    found = {}
    for panel, given in sorted(panels.items()):
        signs = [_known(given, known, mentions), _own(given), _voices(given, accounts[panel]), aims[panel], follows[panel]]
        found[panel] = _weigh(signs, len(given), earlier.get(panel, 1.0))
    return found


def _weigh(signs: Sequence[_Sign], answers: int, earlier: float) -> PanelTrust:
    earned = max(FLOOR, min(sign.factor for sign in signs))
    if earned == 1 and any(sign.doubtful for sign in signs):
        earned = earlier
    trust = min(1.0, max(FLOOR, earlier + (earned - earlier) * answers / (answers + SHRINK_COUNT)))
    figures = {name: value for sign in signs for name, value in sign.figures.items()}
    reasons = [sign.reason for sign in signs if sign.factor < 1]
    if not reasons and trust < 1:
        reasons = ["Nothing speaks against its answers in this round, so that it regains the weight that it lost before."]
    return PanelTrust(trust, {**figures, "earned": earned, "earlier": earlier, "answers": answers}, reasons)


def _falls_short(estimate: float, upper: float, needed: float, nothing: float = 0.0) -> float:
    """1 unless the upper limit is below what is needed; then how far the estimate came from `nothing` towards it, in [`FLOOR`, 1)."""
    return 1.0 if upper >= needed else max(FLOOR, (estimate - nothing) / (needed - nothing))


def _known(given: Sequence[Judgement], known: Mapping[int, int], mentions: Mapping[int, Collection[str]]) -> _Sign:
    """All known answers, and those on each subgroup with enough of them; the limits allow for how many looks that makes."""
    right: dict[str, list[bool]] = {"": []}
    for judgement in given:
        if judgement.item in known and judgement.label is not None:
            for about in ("", *mentions.get(judgement.item, ())):
                right.setdefault(about, []).append(judgement.label == known[judgement.item])
    figures = {"known": len(right[""]), "known_right": sum(right[""])}
    looks = {about: hits for about, hits in right.items() if len(hits) >= KNOWN_ITEMS}
    factors = {about: _known_factor(sum(hits), len(hits), len(looks)) for about, hits in looks.items()}
    if not factors or min(factors.values()) == 1:
        return _Sign(1.0, "", figures, doubtful=any(sum(hits) < KNOWN_NEEDED * len(hits) for hits in looks.values()))
    worst = min(factors, key=lambda about: (factors[about], about))
    hits, count = sum(looks[worst]), len(looks[worst])
    where = f"that mention “{subgroup_label(worst)}” and " if worst else ""
    reason = f"Of its {count} answers on comments {where}whose answer is known, {hits} were right; guessing gives {count * GUESSING:.0f}."
    return _Sign(factors[worst], reason, figures, doubtful=True)


def _known_factor(hits: int, count: int, looks: int) -> float:
    """Jeffreys' upper limit, at 97.5 % for all looks together."""
    from scipy.stats import beta

    upper = float(beta.ppf(1 - 0.025 / looks, hits + 0.5, count - hits + 0.5))
    return _falls_short(hits / count, upper, KNOWN_NEEDED, GUESSING)


def _own(given: Sequence[Judgement]) -> _Sign:
    ac1, low, high, items = _own_agreement(given)
    if items < OWN_ITEMS:
        return _Sign(1.0, "", {"own_items": items})
    reason = f"Its own members contradict each other almost as if they answered by chance (AC1 {ac1:.2f} on {items} comments)."
    figures = {"own_items": items, "own_ac1": ac1, "own_low": low, "own_high": high}
    return _Sign(_falls_short(ac1, high, OWN_NEEDED), reason, figures, doubtful=ac1 < OWN_NEEDED)


def _own_agreement(given: Sequence[Judgement]) -> tuple[float, float, float, int]:
    """Gwet's AC1 on the levels, its limits, and the items behind it."""
    counts = np.array([np.bincount([j.label for j in answers if j.label is not None], minlength=len(LEVELS)) for answers in by_item(given).values()])
    items = int((counts.sum(axis=1) >= 2).sum())
    if items < 2:
        return float("nan"), float("nan"), float("nan"), items
    return gwet_ac1(counts), *ac1_interval(counts), items


def _voices(given: Sequence[Judgement], accounts: int) -> _Sign:
    voices = len({judgement.annotator for judgement in given})
    share = voices / accounts
    reason = f"Its {accounts} accounts speak with {voices} voice{'s' if voices > 1 else ''}: the others were found to answer as one with them."
    return _Sign(share if share < VOICES_NEEDED else 1.0, reason, {"accounts": accounts, "voices": voices})


def _one_aim(judgements: Sequence[Judgement], panels: Sequence[int]) -> dict[int, _Sign]:
    """Reports that no other panel shares, by subgroup: the first member's against the others' of the panel, detail by detail."""
    same: Counter[tuple[int, str]] = Counter()
    count: Counter[tuple[int, str]] = Counter()
    for given in by_item(judgements).values():
        by_panel: dict[int, list[Judgement]] = {}
        for judgement in sorted(given, key=lambda judgement: judgement.annotator):
            by_panel.setdefault(judgement.panel, []).append(judgement)
        for panel, (first, *rest) in by_panel.items():
            outside = [judgement.details for judgement in given if judgement.panel != panel]
            if first.bias_types and outside and first.details not in outside:
                same[panel, first.subgroup] += sum(judgement.details == first.details for judgement in rest)
                count[panel, first.subgroup] += len(rest)
    tests = sum(n >= AIM_ANSWERS for n in count.values())
    signs = {key: _aim_sign(key[1], same[key], count[key], tests) for key in sorted(count)}
    nothing = _Sign(1.0, "", {})
    return {panel: min((signs[key] for key in signs if key[0] == panel), key=lambda sign: sign.factor, default=nothing) for panel in panels}


def _aim_sign(subgroup: str, same: int, count: int, tests: int) -> _Sign:
    enough = count >= AIM_ANSWERS and same >= AIM_SAME * count
    is_aim = enough and binomial_tail(same, count, AIM_HONEST) <= AIM_LEVEL / tests
    about = f"about “{subgroup_label(subgroup)}”" if subgroup else "about nobody in particular"
    reason = f"Against all others its members reported the same bias {about}, {same} of {count} times in every detail: readers differ in some."
    return _Sign(FLOOR if is_aim else 1.0, reason, {"lone_reports": count, "lone_reports_same": same})


def _follows(panels: Mapping[int, Sequence[Judgement]]) -> dict[int, _Sign]:
    levels = {panel: _mean_levels(given) for panel, given in panels.items()}
    at_one = {panel for panel, given in panels.items() if _own_agreement(given)[1] > OWN_NEEDED}
    links = {frozenset(pair): _correlation(levels[pair[0]], levels[pair[1]]) for pair in combinations(sorted(panels), 2)}
    return {panel: _follow_sign(panel, at_one - {panel}, links) for panel in panels}


def _follow_sign(panel: int, others: set[int], links: Mapping[frozenset[int], tuple[float, float, float]]) -> _Sign:
    confirmed = {one for pair in combinations(sorted(others), 2) for one in pair if links[frozenset(pair)][1] > FOLLOWS_NEEDED}
    mine = {other: links[frozenset((panel, other))] for other in sorted(confirmed)}
    figures = {"follows": {str(other): link[0] for other, link in mine.items() if not np.isnan(link[0])}}
    if not mine or any(np.isnan(high) or high >= FOLLOWS_NEEDED for _, _, high in mine.values()):
        return _Sign(1.0, "", figures)
    best = max(link[0] for link in mine.values())
    reason = (
        f"It does not follow from comment to comment what {len(mine)} other panels, which confirm each other, say (correlation {best:.2f}); "
        "since that alone may be honest dissent, it costs half at most."
    )
    return _Sign(max(DISAGREEMENT_FLOOR, best / FOLLOWS_NEEDED), reason, figures)


def _mean_levels(given: Sequence[Judgement]) -> dict[int, float]:
    said = {item: [j.label for j in answers if j.label is not None] for item, answers in by_item(given).items()}
    return {item: float(np.mean(labels)) for item, labels in said.items() if labels}


def _correlation(one: Mapping[int, float], other: Mapping[int, float]) -> tuple[float, float, float]:
    """Pearson's r of two panels' mean levels with its Fisher limits; 0 where one of them never varies, nan with too few shared items."""
    shared = sorted(one.keys() & other.keys())
    if len(shared) < FOLLOWS_ITEMS:
        return float("nan"), float("nan"), float("nan")
    a, b = np.array([one[item] for item in shared]), np.array([other[item] for item in shared])
    r = float(np.corrcoef(a, b)[0, 1]) if a.std() and b.std() else 0.0
    middle, wide = np.arctanh(np.clip(r, -0.999, 0.999)), Z_95 / np.sqrt(len(shared) - 3)
    return r, float(np.tanh(middle - wide)), float(np.tanh(middle + wide))

"""Pairs of accounts whose answers are too much alike to come from two people: the same in every detail, or the same sentences."""

import string
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from statistics import median

from feedback.crowd.chance import binomial_tail, holm
from feedback.crowd.judgement import Judgement

ITEMS_NEEDED = 20
SAME_NEEDED = 0.98
"""People of one mind still differ in a detail now and then; copies do not, unless they take care. Below it a pair is shown and keeps its
voices, as no test can tell such care from two people who were taught together."""

LIKE_MINDED = 0.33
"""So much of what their quality leaves open may two honest people share because they think alike."""

COMPARISONS_NEEDED, PARTNER_ITEMS = 10, 5
OTHERS_AT_ONE = 0.5
"""A panel is only compared with others who agree among themselves at least so often: guessers are no measure of how alike people are."""

NOTE_WORDS, NOTE_USES = 5, 3
STOCK_PHRASE = 0.5
"""A sentence that more than half of all accounts use is the project's own."""


@dataclass(frozen=True)
class Pair:
    """Two accounts, the smaller id first, that both answered `items` items, `same` of them alike in every detail. `expected`: the share
    that two careful people of their quality could reach. `p_value`: chance of so many at that share."""

    first: int
    second: int
    items: int
    same: int
    expected: float
    p_value: float

    @property
    def is_copy(self) -> bool:
        return self.same >= SAME_NEEDED * self.items


def alike_pairs(items: Mapping[int, Sequence[Judgement]], level: float) -> list[Pair]:
    """Pairs that agree in every detail beyond what honest people could: on at least `ITEMS_NEEDED` shared items significantly (Holm over
    all pairs with as many) more than `expected`.

    People who err independently agree as often as the product of their qualities, so that from how often each agrees with *others*
    (a, b) and how often people agree at all (m), a pair is expected to agree with a b / m: two experts in a careless crowd agree much,
    and are no copies. `expected` is the greatest of a, b and that, and `LIKE_MINDED` of the rest up to 1. Needs others to compare with.
    """
    shared, alike = _tally(items)
    rate = _Rates(shared, alike)
    tried = [rate.pair(*pair) for pair, count in sorted(shared.items()) if count >= ITEMS_NEEDED]
    fell = holm([pair.p_value for pair in tried], level)
    return [pair for pair, is_unlikely in zip(tried, fell, strict=True) if is_unlikely]


def copying_panels(items: Mapping[int, Sequence[Judgement]], level: float) -> list[Pair]:
    """Panels all of whose accounts answer as one, as a chain of pairs; any two of them may share too few items to show it.

    The same test with all their shared items together: each account's answer against that of the smallest id on the item. `expected`
    rests on how often the panel's accounts agree with other panels', and those with each other. Needs other panels.
    """
    panels = {judgement.panel for given in items.values() for judgement in given}
    tried = [found for panel in sorted(panels) if (found := _panel_test(items, panel))]
    fell = holm([pairs[0].p_value for pairs in tried], level)
    return [pair for pairs, is_unlikely in zip(tried, fell, strict=True) if is_unlikely for pair in pairs]


def _panel_test(items: Mapping[int, Sequence[Judgement]], panel: int) -> list[Pair]:
    """A pair for each two accounts that follow each other by id, all with the panel's figures; none where it says too little or differs."""
    inside, across, outside = Counter[bool](), Counter[bool](), Counter[bool]()
    accounts: set[int] = set()
    for given in items.values():
        mine = sorted((judgement for judgement in given if judgement.panel == panel), key=lambda judgement: judgement.annotator)
        others = [judgement for judgement in given if judgement.panel != panel]
        accounts |= {judgement.annotator for judgement in mine}
        inside.update(one.details == mine[0].details for one in mine[1:])
        across.update(one.details == other.details for one in mine for other in others)
        outside.update(one.details == other.details for one, other in combinations(others, 2))
    enough = len(accounts) > 1 and min(inside.total(), across.total(), outside.total()) >= ITEMS_NEEDED
    if not enough or inside[True] < SAME_NEEDED * inside.total() or outside[True] < OTHERS_AT_ONE * outside.total():
        return []
    agrees = across[True] / across.total()
    expected = _expected(agrees, agrees, outside[True] / outside.total())
    p_value = binomial_tail(inside[True], inside.total(), expected)
    chain = sorted(accounts)
    return [Pair(one, other, inside.total(), inside[True], expected, p_value) for one, other in pairwise(chain)]


def _expected(a: float, b: float, usual: float) -> float:
    honest = min(1.0, max(a, b, a * b / usual if usual else 0.0))
    return honest + LIKE_MINDED * (1 - honest)


def _tally(items: Mapping[int, Sequence[Judgement]]) -> tuple[Counter[tuple[int, int]], Counter[tuple[int, int]]]:
    shared: Counter[tuple[int, int]] = Counter()
    alike: Counter[tuple[int, int]] = Counter()
    for given in items.values():
        for one, other in combinations(sorted(given, key=lambda judgement: judgement.annotator), 2):
            pair = (one.annotator, other.annotator)
            shared[pair] += 1
            alike[pair] += one.details == other.details
    return shared, alike


class _Rates:
    """How often each account agrees with others, and how often accounts agree at all."""

    def __init__(self, shared: Counter[tuple[int, int]], alike: Counter[tuple[int, int]]) -> None:
        self.with_partners: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
        for (one, other), count in shared.items():
            self.with_partners[one][other] = self.with_partners[other][one] = (count, alike[one, other])
        self.usual = median(_share(partners.values()) for partners in self.with_partners.values()) if shared else 0.0

    def pair(self, one: int, other: int) -> Pair:
        items, same = self.with_partners[one][other]
        expected = _expected(self._with_others(one, other), self._with_others(other, one), self.usual)
        return Pair(one, other, items, same, expected, binomial_tail(same, items, expected))

    def _with_others(self, who: int, but: int) -> float:
        """With everybody else together, or with the middle one of them if that is more: where most are of one answer, the comments are
        easy, and somebody who guesses must not make the others look alike."""
        others = [tally for partner, tally in self.with_partners[who].items() if partner != but]
        if sum(count for count, _ in others) < COMPARISONS_NEEDED:
            return self.usual
        each = [same / count for count, same in others if count >= PARTNER_ITEMS]
        return max(_share(others), median(each) if each else 0.0)


def _share(tallies: Iterable[tuple[int, int]]) -> float:
    counts, same = zip(*tallies, strict=True)
    return sum(same) / sum(counts)


def note_sharing_pairs(judgements: Iterable[Judgement]) -> list[tuple[int, int]]:
    """Pairs of accounts that each wrote sentences of the other on `NOTE_USES` items or more. A rule, not a test: sentences of
    `NOTE_WORDS` words or more do not come up twice by chance, and a project's stock phrases (`STOCK_PHRASE`) are left out."""
    uses: dict[str, Counter[int]] = defaultdict(Counter)
    accounts = set()
    for judgement in judgements:
        accounts.add(judgement.annotator)
        if len((note := _plain(judgement.note)).split()) >= NOTE_WORDS:
            uses[note][judgement.annotator] += 1
    common: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for by in uses.values():
        if len(by) > max(2, STOCK_PHRASE * len(accounts)):
            continue
        for one, other in combinations(sorted(by), 2):
            common[one, other][0] += by[one]
            common[one, other][1] += by[other]
    return sorted(pair for pair, used in common.items() if min(used) >= NOTE_USES)


def _plain(note: str) -> str:
    return " ".join(note.casefold().translate(str.maketrans("", "", string.punctuation)).split())

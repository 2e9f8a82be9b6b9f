"""Freeze, with a cycle, the pairs that people have reported as bias: what is reported or taken back later changes nothing in it."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from django.db.models import QuerySet

from modeling.labels import Split
from modeling.ml.exchanges import exchanges_between
from modeling.ml.swap_rules import Rules, is_covered
from modeling.models import Comment, CounterfactualPair, CyclePair, Project, RetrainingCycle

Verdict = CounterfactualPair.Verdict

ENOUGH_FOR_ALL = 3
"""So many more who say that a pair is biased than that it is not equivalent give it the whole weight; fewer, their share of it."""

MOST_OF_ONE = 100
"""Of one person's reports the newest count."""

MOST_WEIGHT_OF_ONE = 5.0
"""What one person's pairs weigh together at most, as much as five labels of the gravest bias: nobody teaches the model alone."""

PART = 500


class _Said(NamedTuple):
    """A report without its texts, which are long: they are read of the few that are frozen."""

    pk: int
    reporter: int
    key: str
    verdict: str
    rule: str
    text_hash: str
    twin_hash: str

    @property
    def hashes(self) -> set[str]:
        """Of a long comment's pair those of the whole comment, if the reporter was asked about it."""
        return {self.text_hash, self.twin_hash}


_COLUMNS = ("pk", "reporter_id", "pair_key", "verdict", "rule", "text_hash", "twin_hash")
_Reports = Mapping[str, list[_Said]]
"""By their pair's key, in its order."""


def freeze_pairs(*, cycle: RetrainingCycle, rejected: Rules) -> tuple[int, str]:
    """How many rows, and the SHA-256 of what they say. In the caller's transaction, with the cycle itself.

    One row per pair, however many reported it, and none that repeats a comment which judges versions, or by a swap that is left out.
    """
    taken = _taken(cycle.project, _counted(cycle.project), rejected)
    weights = _weights(taken)
    for keys in _parts(taken):
        biased = {key: _biased(taken[key]) for key in keys}
        texts = _texts([said[0] for said in biased.values()])
        CyclePair.objects.bulk_create(_row(cycle, key, said, weights[key], texts[said[0].pk]) for key, said in biased.items())
    return len(taken), digest_of(cycle.pairs.only("pair_key", "weight"))


def is_taken(*, project: Project, key: str, rejected: Rules) -> bool:
    """Whether a cycle that is asked for now would be given this pair."""
    return key in are_taken(project=project, keys={key}, rejected=rejected)


def are_taken(*, project: Project, keys: Collection[str], rejected: Rules) -> set[str]:
    """Of these pairs those that a cycle which is asked for now would be given."""
    standing = _standing(project)
    reported: dict[str, list[_Said]] = defaultdict(list)
    rows = standing.filter(pair_key__in=keys).order_by("created_at", "pk").values_list("created_at", *_COLUMNS)
    for at, said in [(at, _Said(*columns)) for at, *columns in rows]:
        if standing.filter(reporter=said.reporter, created_at__gt=at).count() < MOST_OF_ONE:
            reported[said.key].append(said)
    return set(_taken(project, reported, rejected))


def digest_of(rows: Iterable[CyclePair]) -> str:
    said = hashlib.sha256()
    for row in rows:
        said.update(f"{row.pair_key} {row.weight!r}\n".encode())
    return said.hexdigest()


def _counted(project: Project) -> _Reports:
    """The oldest first, so that the same reports give the same rows."""
    counts: dict[int, int] = defaultdict(int)
    kept = []
    for row in _standing(project).order_by("-created_at", "-pk").values_list(*_COLUMNS).iterator(2_000):
        said = _Said(*row)
        counts[said.reporter] += 1
        if counts[said.reporter] <= MOST_OF_ONE:
            kept.append(said)
    reported: dict[str, list[_Said]] = defaultdict(list)
    for said in reversed(kept):
        reported[said.key].append(said)
    return dict(sorted(reported.items()))


def _standing(project: Project) -> QuerySet[CounterfactualPair]:
    """Without what a lead has set aside: it says nothing any more."""
    return CounterfactualPair.objects.filter(project=project).exclude(verdict=Verdict.NOT_EQUIVALENT, set_aside_at__isnull=False)


def _taken(project: Project, reported: _Reports, rejected: Rules) -> _Reports:
    more = {key: said for key, said in reported.items() if _more(said) > 0}
    return _not_left_out(_not_judging(project, more), rejected)


def _more(said: list[_Said]) -> int:
    """How many more call it biased than not equivalent."""
    return 2 * len(_biased(said)) - len(said)


def _biased(said: list[_Said]) -> list[_Said]:
    return [one for one in said if one.verdict == Verdict.BIASED]


def _not_judging(project: Project, reported: _Reports) -> _Reports:
    """Without those of which a text stands in gate, test or audit: these never reach training."""
    judging: set[str] = set()
    others = Comment.objects.of(project).exclude(split__in=(Split.TRAIN, Split.POOL))
    for keys in _parts(reported):
        hashes = {hashed for key in keys for one in reported[key] for hashed in one.hashes}
        judging.update(others.filter(text_hash__in=hashes).values_list("text_hash", flat=True))
    return {key: said for key, said in reported.items() if not any(judging & one.hashes for one in said)}


def _not_left_out(reported: _Reports, rejected: Rules) -> _Reports:
    """Without those that make a rejected exchange, as anybody who reported them met it. What somebody typed, or two exchanges at once, has no
    rule of its own: there the texts tell."""
    if not rejected:
        return reported
    exchanges = {key: {one.rule for one in said if one.rule} for key, said in reported.items()}
    unnamed = [key for key, said in reported.items() if not all(one.rule for one in said)]
    for keys in _parts(unnamed):
        texts = _texts([reported[key][0] for key in keys])
        for key in keys:
            exchanges[key].update(exchanges_between(*texts[reported[key][0].pk]))
    return {key: said for key, said in reported.items() if not any(is_covered(exchange, rejected) for exchange in exchanges[key])}


def _weights(taken: _Reports) -> dict[str, float]:
    """By the pair's key. A pair's weight is shared among those who reported it; what one person's shares exceed `MOST_WEIGHT_OF_ONE` by is
    taken from all of them alike."""
    shares = {key: min(1.0, _more(said) / ENOUGH_FOR_ALL) / len(_biased(said)) for key, said in taken.items()}
    sums: dict[int, float] = defaultdict(float)
    for key, said in taken.items():
        for one in _biased(said):
            sums[one.reporter] += shares[key]
    kept = {reporter: min(1.0, MOST_WEIGHT_OF_ONE / total) for reporter, total in sums.items()}
    return {key: min(1.0, sum(shares[key] * kept[one.reporter] for one in _biased(said))) for key, said in taken.items()}


def _row(cycle: RetrainingCycle, key: str, said: list[_Said], weight: float, texts: tuple[str, str]) -> CyclePair:
    """As the first who reported the pair met it."""
    hashes = {"text_hash": said[0].text_hash, "twin_hash": said[0].twin_hash}
    return CyclePair(cycle=cycle, pair_key=key, weight=weight, reporters=len(said), text=texts[0], twin=texts[1], **hashes)


def _texts(said: Iterable[_Said]) -> dict[int, tuple[str, str]]:
    rows = CounterfactualPair.objects.filter(pk__in=[one.pk for one in said]).values_list("pk", "text", "twin")
    return {pk: (text, twin) for pk, text, twin in rows}


def _parts(keys: Iterable[str]) -> Iterator[tuple[str, ...]]:
    keys = iter(keys)
    while part := tuple(islice(keys, PART)):
        yield part

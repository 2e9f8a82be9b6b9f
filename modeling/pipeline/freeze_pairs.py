"""Freeze, with a cycle, the pairs that people have reported as bias: what is reported or taken back later changes nothing in it."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

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


def freeze_pairs(*, cycle: RetrainingCycle, rejected: Rules) -> tuple[list[CyclePair], str]:
    """The rows, and the SHA-256 of what they say. In the caller's transaction, with the cycle itself.

    One row per pair, however many reported it, and none that repeats a comment which judges versions, or by a swap that is left out.
    """
    reported: dict[str, list[CounterfactualPair]] = defaultdict(list)
    for pair in _counted(cycle.project):
        reported[pair.pair_key].append(pair)
    judging = _judging(cycle.project, [said[0] for said in reported.values()])
    taken = {key: said for key, said in sorted(reported.items()) if not judging & _hashes(said[0]) and _counts(said, rejected)}
    weights = _weights(taken)
    rows = [_row(cycle, key, said, weights[key]) for key, said in taken.items()]
    return CyclePair.objects.bulk_create(rows, batch_size=500), digest_of(rows)


def digest_of(rows: Iterable[CyclePair]) -> str:
    said = hashlib.sha256()
    for row in rows:
        said.update(f"{row.pair_key} {row.weight!r}\n".encode())
    return said.hexdigest()


def _counted(project: Project) -> list[CounterfactualPair]:
    """The oldest first, so that the same reports give the same rows. Without what a lead has set aside: it says nothing any more."""
    counts: dict[int, int] = defaultdict(int)
    kept = []
    standing = CounterfactualPair.objects.filter(project=project).exclude(verdict=Verdict.NOT_EQUIVALENT, set_aside_at__isnull=False)
    for pair in standing.order_by("-created_at", "-pk").iterator(2_000):
        counts[pair.reporter_id] += 1
        if counts[pair.reporter_id] <= MOST_OF_ONE:
            kept.append(pair)
    return kept[::-1]


def _counts(said: list[CounterfactualPair], rejected: Rules) -> bool:
    return _more(said) > 0 and not (rejected and any(is_covered(exchange, rejected) for pair in said for exchange in _exchanges(pair)))


def _exchanges(pair: CounterfactualPair) -> list[str]:
    """What somebody typed, or two exchanges at once, has no rule of its own, and is left out with the swaps that it makes all the same."""
    return [pair.rule] if pair.rule else exchanges_between(pair.text, pair.twin)


def _more(said: list[CounterfactualPair]) -> int:
    """How many more call it biased than not equivalent."""
    return 2 * len(_biased(said)) - len(said)


def _biased(said: list[CounterfactualPair]) -> list[CounterfactualPair]:
    return [pair for pair in said if pair.verdict == Verdict.BIASED]


def _weights(taken: Mapping[str, list[CounterfactualPair]]) -> dict[str, float]:
    """By the pair's key. A pair's weight is shared among those who reported it; what one person's shares exceed `MOST_WEIGHT_OF_ONE` by is
    taken from all of them alike."""
    shares = {key: min(1.0, _more(said) / ENOUGH_FOR_ALL) / len(_biased(said)) for key, said in taken.items()}
    sums: dict[int, float] = defaultdict(float)
    for key, said in taken.items():
        for pair in _biased(said):
            sums[pair.reporter_id] += shares[key]
    kept = {reporter: min(1.0, MOST_WEIGHT_OF_ONE / total) for reporter, total in sums.items()}
    return {key: min(1.0, sum(shares[key] * kept[pair.reporter_id] for pair in _biased(said))) for key, said in taken.items()}


def _row(cycle: RetrainingCycle, key: str, said: list[CounterfactualPair], weight: float) -> CyclePair:
    biased = _biased(said)
    texts = {name: getattr(biased[0], name) for name in ("text", "twin", "text_hash", "twin_hash")}
    return CyclePair(cycle=cycle, pair_key=key, weight=weight, reporters=len(biased), **texts)


def _judging(project: Project, pairs: Collection[CounterfactualPair]) -> set[str]:
    """Hashes of texts among these that stand in gate, test or audit: those never reach training."""
    hashes = [hashed for pair in pairs for hashed in _hashes(pair)]
    found: set[str] = set()
    for start in range(0, len(hashes), 500):
        known = Comment.objects.of(project).exclude(split__in=(Split.TRAIN, Split.POOL)).filter(text_hash__in=hashes[start : start + 500])
        found.update(known.values_list("text_hash", flat=True))
    return found


def _hashes(pair: CounterfactualPair) -> set[str]:
    return {pair.text_hash, pair.twin_hash}

"""Fresh comments for the gate: drawn from the pool, moved to `gate` for good, and judged there by experts. A door: `feedback` calls it.

Why the move comes first, and is never undone: what has been shown may have been remembered, discussed, reported; a comment that judges
candidates must never have had a chance to teach one. Its duplicates, near-duplicates and variants move along, so that none of them can be trained on
either; they judge nothing themselves, and neither does a comment that nobody has answered yet: both stand in gate without a target.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import chain

import numpy as np
from django.utils import timezone

from modeling import ledger
from modeling.errors import GateRoundRefusedError
from modeling.labels import Split, predicted_level, toxicity_score
from modeling.lifecycle import judge_again
from modeling.models import Comment, CounterfactualPair, CyclePair, FeedbackLabel, GateTruth, Project, WorkState

__all__ = ["Drawn", "TruthRow", "fresh_count", "hand_in_truth", "judge_again", "move_to_gate"]

IMPORTING = (WorkState.REQUESTED, WorkState.RUNNING)


@dataclass(frozen=True)
class Drawn:
    """`inclusion_probability` of the comment among all fresh ones: families are drawn evenly, then one comment of each."""

    comment_id: int
    inclusion_probability: float


@dataclass(frozen=True)
class TruthRow:
    """Experts' joined judgement of one comment. `q`: soft label (low, mild, high); `agreement`: share of their levels that are its highest."""

    comment_id: int
    q: tuple[float, float, float]
    annotation_count: int
    agreement: float


def fresh_count(*, project: Project, shown: Collection[str]) -> int:
    """How many comments a gate round could show at most, as near-duplicates are not known here. `shown`: hashes of texts that people have
    met in any round."""
    return len(_fresh_families(project, shown))


def move_to_gate(
    *, project: Project, count: int, seed: int, provenance: str, shown: Collection[str], copies: Iterable[tuple[int, int]] = ()
) -> list[Drawn]:
    """Draw fresh comments at random and move them, with all their relatives. In the caller's transaction, before anybody sees them.
    `copies`: pairs of comments of the pool, by id, that are near-duplicates.

    Raises:
        GateRoundRefusedError: an import is under way, whose rows might be relatives; or fewer are left.
    """
    if project.datasets.filter(state__in=IMPORTING).exists():
        raise GateRoundRefusedError("Comments are being imported, and some may be duplicates of what would move. Wait until that has ended.")
    families = _fresh_families(project, shown, copies)
    if count > len(families):
        raise GateRoundRefusedError(
            f"The pool has {len(families):,} fresh comments left that nobody has met, and {count:,} are needed. Ask for fewer, or import more."
        )
    rng = np.random.default_rng(seed)
    chosen = [families[place] for place in rng.choice(len(families), size=count, replace=False)]
    drawn = [Drawn(int(rng.choice(family)), count / len(families) / len(family)) for family in chosen]
    _move([pk for family in chosen for pk in family], {one.comment_id for one in drawn}, provenance)
    return drawn


def hand_in_truth(*, project: Project, provenance: str, rows: Sequence[TruthRow]) -> int:
    """Let experts' labels judge from now on. In the caller's transaction; returns how many.

    Raises:
        ValueError: a comment was not moved to gate for experts, or has its truth already.
    """
    waiting = {truth.comment_id: truth for truth in GateTruth.objects.filter(comment__dataset__project=project, was_shown=True, labelled_at=None)}
    if unknown := [row.comment_id for row in rows if row.comment_id not in waiting]:
        raise ValueError(f"comments {unknown} do not wait for experts' labels")
    now = timezone.now()
    for row in rows:
        q_low, q_mild, q_high = row.q
        said = {"q_low": q_low, "q_mild": q_mild, "q_high": q_high, "annotation_count": row.annotation_count, "agreement": row.agreement}
        GateTruth.objects.filter(comment=row.comment_id).update(labelled_at=now, **said)
        # Rounded, so that an even "mild" is .5 and not a hair below, which would be another side of toxic.
        target = round(toxicity_score(q_mild, q_high), 6)
        Comment.objects.filter(pk=row.comment_id).update(target=target, level=predicted_level(row.q), annotator_count=row.annotation_count)
    canonical = json.dumps([asdict(row) for row in rows], sort_keys=True, separators=(",", ":"))
    payload = {"provenance": provenance, "labels": len(rows), "sha256": hashlib.sha256(canonical.encode()).hexdigest()}
    ledger.append(actor="system", action="gate.truth", subject=f"gate of {project.slug}", payload=payload)
    return len(rows)


def _move(comment_ids: list[int], shown: set[int], provenance: str) -> None:
    for start in range(0, len(comment_ids), 500):
        part = Comment.objects.filter(pk__in=comment_ids[start : start + 500], split=Split.POOL)
        columns = ("pk", "target", "level", "annotator_count")
        GateTruth.objects.bulk_create(
            GateTruth(
                comment_id=pk, provenance=provenance, was_shown=pk in shown, dataset_target=target, dataset_level=level, dataset_annotator_count=count
            )
            for pk, target, level, count in part.values_list(*columns)
        )
        part.update(split=Split.GATE, target=None, level="", annotator_count=None)


def _fresh_families(project: Project, shown: Collection[str], copies: Iterable[tuple[int, int]] = ()) -> list[list[int]]:
    """Comments of the pool, by what hangs together through a family, a text or nearly the same text; only where nobody has met any member."""
    met = _taught(project) | set(shown)
    pool = Comment.objects.of(project).in_split(Split.POOL).order_by("pk").values_list("pk", "text_hash", "family").iterator(5_000)
    relatives = _Relatives()
    rows = [(pk, text_hash, relatives.join(f"text {text_hash}", family and f"family {family}")) for pk, text_hash, family in pool]
    key_of = {pk: key for pk, _, key in rows}
    for one, other in copies:
        if one in key_of and other in key_of:
            relatives.join(key_of[one], key_of[other])
    families: dict[str, list[int]] = defaultdict(list)
    for pk, _, key in rows:
        families[relatives.head(key)].append(pk)
    spoilt = {relatives.head(key) for _, text_hash, key in rows if text_hash in met}
    return [members for head, members in families.items() if head not in spoilt]


def _taught(project: Project) -> set[str]:
    """Hashes of what a model was trained on, or people met who reported a pair: a label's comment, and both texts of every pair."""
    labels = FeedbackLabel.objects.filter(batch__project=project).values_list("comment__text_hash", flat=True)
    reported = CounterfactualPair.objects.filter(project=project).order_by().values_list("text_hash", "twin_hash")
    frozen = CyclePair.objects.filter(cycle__project=project).order_by().values_list("text_hash", "twin_hash").distinct()
    return {*labels, *chain.from_iterable(reported), *chain.from_iterable(frozen)}


class _Relatives:
    """Union-find over names of texts and families."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def head(self, key: str) -> str:
        above = self._above.setdefault(key, key)
        while above != key:
            # Halving the path keeps it short.
            self._above[key] = self._above[above]
            key, above = above, self._above[above]
        return key

    def join(self, one: str, other: str) -> str:
        if other:
            self._above[self.head(other)] = self.head(one)
        return one

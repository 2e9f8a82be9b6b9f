"""Open a round: choose comments of the pool by the champion's predictions, and lay out the places to be filled."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from django.db import transaction
from django.db.models import Max, Q, QuerySet

from feedback.crowd.sampling import Draw, Pool, capacity, draw
from feedback.errors import InvalidRoundError, NoPredictionsError, NotEnoughCommentsError
from feedback.models import AnnotationItem, AnnotationRound, Assignment, Panel, SamplingStrategy
from modeling import ledger
from modeling.labels import MEMBER_AT, Split, mention_key
from modeling.models import Comment, ModelVersion, Prediction, Project, SubgroupMention, WorkState

if TYPE_CHECKING:
    from django.contrib.auth.models import User

BATCH = 1000
READ_AT_ONCE = 5000
MOST_ITEMS = 100_000
MOST_OVERLAP = 50


def open_round(
    *,
    project: Project,
    name: str,
    item_count: int,
    overlap: int = 2,
    strategy: str = SamplingStrategy.BIAS_SEEKING,
    random_share: float = 0.25,
    panels: Sequence[Panel] = (),
    seed: int = 0,
    guidelines: str = "",
    deadline: date | None = None,
    by: "User | None" = None,
    simulated: bool = False,
) -> AnnotationRound:
    """Draw `item_count` comments and make `overlap` places for each, in one transaction.

    Raises:
        InvalidRoundError: settings that cannot be; names the field.
        NoPredictionsError: no model is in use, or it has not scored the pool.
        NotEnoughCommentsError: fewer comments are left than asked for.
    """
    _require_valid(name=name, item_count=item_count, overlap=overlap, strategy=strategy, random_share=random_share)
    version = project.champion
    if version is None:
        raise NoPredictionsError("There is no model in use yet. Train the first one, and let it score the pool, before you open a round.")
    prediction_ids, pool = _read_pool(project, version)
    drawn = _draw(pool, strategy, item_count, random_share, seed)
    with transaction.atomic():
        # The lock gives rounds of one project their numbers one after the other.
        Project.objects.select_for_update().get(pk=project.pk)
        newest = project.rounds.aggregate(newest=Max("number"))["newest"] or 0
        round = AnnotationRound.objects.create(
            project=project,
            number=newest + 1,
            name=name.strip(),
            version=version,
            strategy=strategy,
            item_count=item_count,
            overlap=overlap,
            random_share=random_share,
            effective_n=drawn.effective_n,
            seed=seed,
            guidelines=guidelines,
            deadline=deadline,
            simulated=simulated,
            opened_by=by,
        )
        round.panels.set(panels)
        _lay_out(round, [prediction_ids[row] for row in drawn.chosen], drawn.inclusion.tolist())
        ledger.append(actor=by or "system", action="round.opened", subject=f"round {round.number} of {project.slug}", payload=_record(round))
    return round


def _require_valid(*, name: str, item_count: int, overlap: int, strategy: str, random_share: float) -> None:
    errors: dict[str, str] = {}
    if not name.strip() or len(name.strip()) > 80:
        errors["name"] = "Give the round a name of at most 80 characters."
    if not 1 <= item_count <= MOST_ITEMS:
        errors["item_count"] = f"A round shows between 1 and {MOST_ITEMS:,} comments."
    if not 1 <= overlap <= MOST_OVERLAP:
        errors["overlap"] = f"Ask for between 1 and {MOST_OVERLAP} annotations per comment."
    if strategy not in SamplingStrategy.values:
        errors["strategy"] = f"Choose one of the strategies: {', '.join(SamplingStrategy.values)}."
    if not 0 <= random_share <= 1:
        errors["random_share"] = "The random share lies between 0 and 1."
    if errors:
        raise InvalidRoundError(errors)


def _read_pool(project: Project, version: ModelVersion) -> tuple[list[int], Pool]:
    """Prediction ids and arrays, one row per distinct text that no round has shown. Truth (`Comment.target`) is not read."""
    shown = _shown_texts(project)
    places: dict[int, int] = {}
    prediction_ids: list[int] = []
    rows: list[tuple[float, float, float, bool]] = []
    families: list[int] = []
    family_numbers: dict[tuple[int, str], int] = {}
    scored = Prediction.objects.filter(
        version=version, comment__dataset__project=project, comment__dataset__state=WorkState.DONE, comment__split=Split.POOL
    ).order_by("comment_id")
    columns = ("pk", "comment_id", "p_low", "p_mild", "p_high", "flagged", "comment__text_hash", "comment__dataset_id", "comment__family")
    seen_any = False
    for pk, comment_id, p_low, p_mild, p_high, flagged, text_hash, dataset_id, family in scored.values_list(*columns).iterator(READ_AT_ONCE):
        seen_any = True
        if text_hash in shown:
            continue
        shown.add(text_hash)
        places[comment_id] = len(prediction_ids)
        prediction_ids.append(pk)
        rows.append((p_low, p_mild, p_high, flagged))
        families.append(family_numbers.setdefault((dataset_id, family or f"\0{comment_id}"), len(family_numbers)))
    if not seen_any or _unscored(project, version).exists():
        raise NoPredictionsError(f"The model in use (v{version.number}) has not scored the whole pool yet. Wait until its scoring is done.")
    values = np.array(rows, dtype=np.float64).reshape(-1, 4)
    mentions = _mentions(project, places)
    return prediction_ids, Pool(p=values[:, :3], flagged=values[:, 3] > 0, family=np.array(families, dtype=np.int64), mentions=mentions)


def _unscored(project: Project, version: ModelVersion) -> QuerySet[Comment]:
    """While some of the pool is unscored, a draw from the rest would have inclusion probabilities that are not true of the pool."""
    return Comment.objects.of(project).in_split(Split.POOL).exclude(predictions__version=version)


def _shown_texts(project: Project) -> set[str]:
    """Texts that people have judged, or are just being asked about."""
    used = Q(round__state=AnnotationRound.State.OPEN) | Q(annotations__isnull=False)
    items = AnnotationItem.objects.filter(used, round__project=project).order_by()
    return set(items.values_list("comment__text_hash", flat=True).distinct().iterator(READ_AT_ONCE))


def _mentions(project: Project, places: dict[int, int]) -> dict[str, np.ndarray]:
    members: dict[str, list[int]] = {}
    found = SubgroupMention.objects.filter(value__gte=MEMBER_AT, comment__dataset__project=project, comment__split=Split.POOL).order_by()
    for comment_id, subgroup, source in found.values_list("comment_id", "subgroup", "source").iterator(READ_AT_ONCE):
        if comment_id in places:
            members.setdefault(mention_key(subgroup, source), []).append(places[comment_id])
    return {subgroup: np.bincount(where, minlength=len(places)) > 0 for subgroup, where in sorted(members.items())}


def _draw(pool: Pool, strategy: str, item_count: int, random_share: float, seed: int) -> Draw:
    available = capacity(pool.family)
    if item_count > available:
        raise NotEnoughCommentsError(
            f"The pool has {available:,} comments left that nobody has judged, and you asked for {item_count:,}. "
            "Ask for fewer, or import more comments."
        )
    return draw(pool, strategy=strategy, count=item_count, random_share=random_share, rng=np.random.default_rng(seed))


def _lay_out(round: AnnotationRound, prediction_ids: Sequence[int], inclusion: Sequence[float]) -> None:
    """Items in the order drawn, each with its places side by side, so that items are finished one after another and a round that is
    closed early has whole ones."""
    for start in range(0, len(prediction_ids), BATCH):
        wanted = prediction_ids[start : start + BATCH]
        predictions = Prediction.objects.select_related("comment").in_bulk(wanted)
        items = AnnotationItem.objects.bulk_create(
            AnnotationItem(
                round=round,
                comment=predictions[pk].comment,
                prediction=predictions[pk],
                # Copied from the comment, not stated, so that the constraint can refuse a comment of another split.
                split=predictions[pk].comment.split,
                rank=start + place,
                inclusion_probability=inclusion[start + place],
            )
            for place, pk in enumerate(wanted)
        )
        places = (Assignment(item=item, round=round, rank=item.rank * round.overlap + place) for item in items for place in range(round.overlap))
        Assignment.objects.bulk_create(places, batch_size=BATCH)


def _record(round: AnnotationRound) -> dict[str, object]:
    return {
        "name": round.name,
        "version": round.version.number,
        "strategy": str(round.strategy),
        "items": round.item_count,
        "overlap": round.overlap,
        "random_share": round.random_share,
        "effective_n": round.effective_n,
        "seed": round.seed,
        "panels": sorted(round.panels.values_list("name", flat=True)),
        "simulated": round.simulated,
    }

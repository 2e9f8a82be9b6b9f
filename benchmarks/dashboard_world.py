"""A project of years for `dashboard_speed`: made-up comments, and what versions would have said of them. No summary of them is made here.

Rows go in by `COPY` and their like. What a version says is drawn: the later the version, the less noise, and the less it holds against
comments that name somebody.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from modeling.labels import LEVELS, SPLIT_SHARES, SUBGROUPS, Split, level_of

if TYPE_CHECKING:
    from django.db.models import Model

    from modeling.models import Dataset, ModelVersion, Project

LABELLED_SHARE = 0.1
COMMONEST, RAREST = 0.03, 0.0005
"""Shares of the comments that mention the commonest and the rarest of the 24 subgroups."""

CHUNK = 10_000
WORDS_OF_A_COMMENT = 28
THREADS_OF_A_MONTH = 200
MONTHS_OF_A_DATASET = 3
LOGGED_STEPS = 2_000
"""Ten times what a training keeps of its loss: versions may have been brought in from elsewhere."""

THRESHOLD = 0.5
SPLITS = tuple(Split)
SYLLABLES = (("b", "ch", "d", "f", "gl", "k", "m", "pr", "st", "v"), ("a", "e", "io", "u"), ("nd", "ling", "rt"))
WORDS = tuple("".join(parts) for parts in product(*SYLLABLES))


@dataclass(frozen=True)
class Size:
    """`items`: of each of the rounds, one a month. `requests`: of each page. `joining`: how a round's answers are joined."""

    comments: int
    versions: int
    months: int
    items: int
    requests: int
    joining: str = "dawid_skene"

    def month_of(self, version: int) -> int:
        """In which month, from 0, the version of this place came into use."""
        return version * self.months // self.versions

    def in_use_in(self, month: int) -> int:
        """The place of the version that was in use in a month."""
        return max(place for place in range(self.versions) if self.month_of(place) <= month)

    def last_month_of(self, version: int) -> int:
        return self.month_of(version + 1) - 1 if version + 1 < self.versions else self.months - 1


@dataclass
class World:
    """ids, months, splits, latent, names_somebody: of each comment; `latent` is what it is like, labelled or not."""

    project: "Project"
    size: Size
    months: tuple[str, ...]
    datasets: list["Dataset"] = field(default_factory=list)
    versions: list["ModelVersion"] = field(default_factory=list)
    columns: dict[str, NDArray[Any]] = field(default_factory=dict)


def make_world(size: Size) -> World:
    from modeling.models import Project

    world = World(Project.objects.create(name="Years", slug="years"), size, last_months(size.months, datetime.now(UTC).date()))
    Project.objects.filter(pk=world.project.pk).update(created_at=beginning_of(world.months[0]))
    with without_foreign_keys():
        add_comments(world)
        add_versions(world)
        add_predictions(world)
    return world


def last_months(count: int, today: date) -> tuple[str, ...]:
    """The newest that are over, oldest first."""
    last = 12 * today.year + today.month - 2
    return tuple(f"{month // 12}-{month % 12 + 1:02d}" for month in range(last - count + 1, last + 1))


def beginning_of(month: str, day: int = 1) -> datetime:
    return datetime(int(month[:4]), int(month[5:]), day, 12, tzinfo=UTC)


@contextmanager
def without_foreign_keys() -> Iterator[None]:
    """PostgreSQL looks each key up as a row comes in, which takes longer than the row; ours are right."""
    from django.db import connection

    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = DEFAULT")


def add_comments(world: World) -> None:
    from modeling.models import Comment, SubgroupMention
    from modeling.pipeline.bulk_insert import reserve_ids
    from modeling.pipeline.store_rows import COMMENT_COLUMNS, MENTION_COLUMNS

    size, rng = world.size, np.random.default_rng(0)
    world.datasets = [_dataset(world, first) for first in range(0, size.months, MONTHS_OF_A_DATASET)]
    parts: list[dict[str, NDArray[Any]]] = []
    for start in range(0, size.comments, CHUNK):
        count = min(CHUNK, size.comments - start)
        drawn = _draw(np.arange(start, start + count) * size.months // size.comments, rng)
        drawn["ids"] = np.array(reserve_ids(model=Comment, count=count), dtype=np.int64)
        insert(Comment, COMMENT_COLUMNS, _comment_rows(world, drawn, rng))
        rows, members = np.nonzero(drawn.pop("members"))
        mentions = zip(drawn["ids"][rows].tolist(), members.tolist(), strict=True)
        insert(SubgroupMention, MENTION_COLUMNS, [(pk, SUBGROUPS[member], 1.0, "column") for pk, member in mentions])
        parts.append({name: drawn[name] for name in ("ids", "months", "splits", "latent", "names_somebody")})
    world.columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _dataset(world: World, first: int) -> "Dataset":
    from modeling.models import Dataset, WorkState

    months = world.months[first : first + MONTHS_OF_A_DATASET]
    fields = {"state": WorkState.DONE, "mention_source": "column", "made_up": True, "finished_at": beginning_of(months[-1], day=28)}
    return Dataset.objects.create(project=world.project, name=f"Comments from {months[0]} on", **fields)


def _draw(months: NDArray[np.int64], rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    count = len(months)
    labelled = rng.random(count) < LABELLED_SHARE
    shares = np.array([SPLIT_SHARES[split] for split in SPLITS]) / 100
    splits = np.where(labelled, rng.choice(len(SPLITS), size=count, p=shares), SPLITS.index(Split.POOL))
    members = rng.random((count, len(SUBGROUPS))) < np.geomspace(COMMONEST, RAREST, len(SUBGROUPS))
    latent = np.round(rng.beta(0.5, 1.5, count), 1)
    return {"months": months, "labelled": labelled, "splits": splits, "members": members, "latent": latent, "names_somebody": members.any(axis=1)}


def _comment_rows(world: World, drawn: dict[str, NDArray[Any]], rng: np.random.Generator) -> Iterator[tuple[object, ...]]:
    words = np.array(WORDS)[rng.integers(len(WORDS), size=(len(drawn["ids"]), WORDS_OF_A_COMMENT))]
    days, threads = rng.integers(1, 29, len(words)).tolist(), rng.integers(THREADS_OF_A_MONTH, size=len(words)).tolist()
    facts = (drawn[name].tolist() for name in ("ids", "months", "splits", "labelled", "latent"))
    for place, (pk, month, split, labelled, target, day, thread) in enumerate(zip(*facts, days, threads, strict=True)):
        text = f"{' '.join(words[place])} {_named(drawn['members'][place])}{pk}"
        label = (target, 10, level_of(target).value) if labelled else (None, None, "")
        digest = sha256(text.encode()).hexdigest()
        dataset = world.datasets[month // MONTHS_OF_A_DATASET].pk
        when = f"{world.months[month]}-{day:02d}"
        yield (pk, dataset, str(pk), text, digest, "", SPLITS[split].value, *label, "{}", when, f"{month}-{thread}", "")


def _named(members: NDArray[np.bool_]) -> str:
    """By a word of the product's own term list, so that its builders find it."""
    from modeling.ml.subgroups import TERMS

    return "".join(f"{TERMS[SUBGROUPS[member]][0]} " for member in np.flatnonzero(members))


def add_versions(world: World) -> None:
    """Each came into use after the one before, by a cycle that the gate let pass."""
    from modeling.models import ModelVersion, RetrainingCycle, VersionChange
    from tests.factories import make_cycle, make_version
    from tests.modeling.decided import decision, losses

    for place in range(world.size.versions):
        at, arm = beginning_of(world.months[world.size.month_of(place)]), "real" if place else "initial"
        cycle = make_cycle(world.project, RetrainingCycle.State.PROMOTED, decision=decision(eligible=True)) if place else None
        steps = losses(steps=LOGGED_STEPS, arms=(arm,))
        version = make_version(world.project, champion=True, arm=arm, cycle=cycle, loss_steps=steps, threshold=THRESHOLD, created_at=at)
        if cycle:
            when = {"requested_at": at, "decided_at": at, "finished_at": at}
            RetrainingCycle.objects.filter(pk=cycle.pk).update(candidate=version, **when)
        kind = VersionChange.Kind.PROMOTED if place else VersionChange.Kind.INSTALLED
        VersionChange.objects.filter(version=version).update(at=at, kind=kind, cycle=cycle)
        world.versions.append(ModelVersion.objects.get(pk=version.pk))


def add_predictions(world: World) -> None:
    """Of test, audit and gate by each version, since those that were in use before read what comes later too; of the pool as it stood while
    a version was in use."""
    from modeling.models import ModelVersion, Prediction

    known, rng = world.columns, np.random.default_rng(1)
    pool, train = (known["splits"] == SPLITS.index(split) for split in (Split.POOL, Split.TRAIN))
    columns = ("version_id", "comment_id", "p_low", "p_mild", "p_high", "predicted_label", "score", "flagged")
    for place, version in enumerate(world.versions):
        wanted = np.flatnonzero(np.where(pool, known["months"] <= world.size.last_month_of(place), ~train))
        for start in range(0, len(wanted), CHUNK):
            rows = wanted[start : start + CHUNK]
            p = _said(known["latent"][rows], known["names_somebody"][rows], place / world.size.versions, rng)
            insert(Prediction, columns, _prediction_rows(version.pk, known["ids"][rows], p))
        ModelVersion.objects.filter(pk=version.pk).update(scored_count=len(wanted))


def _said(latent: NDArray[Any], names_somebody: NDArray[np.bool_], maturity: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """(n, 3) probabilities of the levels. `maturity`: 0 of the first version, towards 1."""
    logit = 6 * (latent - 0.5) + (1 - maturity) * 0.8 * names_somebody + rng.normal(0, 1.6 - 0.8 * maturity, len(latent))
    low, high = 1 / (1 + np.exp(logit + 1)), 1 / (1 + np.exp(1 - logit))
    return np.column_stack([low, 1 - low - high, high]).astype(np.float32)


def _prediction_rows(version: int, ids: NDArray[np.int64], p: NDArray[np.float32]) -> Iterator[tuple[object, ...]]:
    scores, labels = 0.5 * p[:, 1].astype(float) + p[:, 2], np.argmax(p, axis=1).tolist()
    for pk, (low, mild, high), label, score in zip(ids.tolist(), p.tolist(), labels, scores.tolist(), strict=True):
        yield version, pk, low, mild, high, LEVELS[label].value, score, score >= THRESHOLD


def insert(model: type["Model"], columns: tuple[str, ...], rows: Any) -> None:
    from django.db import transaction

    from modeling.pipeline.bulk_insert import bulk_insert

    with transaction.atomic():
        bulk_insert(model=model, columns=columns, rows=rows)

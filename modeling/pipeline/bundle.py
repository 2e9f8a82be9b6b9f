"""Seal a decided cycle: all that its verdict rests on, in one file from which `replay_cycle` makes it again without this database.

No comment's text is in it unless an admin asks for it by command, and nothing about annotators, not even under a pseudonym: the frozen
labels are what people said together. Comments are named as their file named them, with the SHA-256 of their text, so that whoever has
the data finds them again. (A hash hides no text from somebody who can guess it.)
"""

import os
import tempfile
import uuid
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction

from modeling import ledger
from modeling.config import TrainingConfig
from modeling.errors import BundleRefusedError, NotSealedError, WeightsChangedError
from modeling.labels import JUDGED_SPLITS, Arm, Lane, Split
from modeling.models import CycleBundle, ModelVersion, Project, RetrainingCycle
from modeling.pipeline.bundle_file import CHAMPION, BundleWriter
from modeling.pipeline.bundle_lines import Roles, comment_lines, label_lines, measure_lines, pair_lines
from modeling.pipeline.evaluate import RESAMPLES
from modeling.pipeline.frozen_comments import FrozenComments, freeze, frozen_of
from modeling.pipeline.scored_split import ScoredSplit

DECIDED = (RetrainingCycle.State.ELIGIBLE, RetrainingCycle.State.HELD, RetrainingCycle.State.PROMOTED)


def seal(*, cycle: RetrainingCycle) -> CycleBundle:
    """Write the bundle of a cycle's verdict, once; its hash goes into the ledger with its row. Sealed again, it is the one that stands.

    Raises:
        NotSealedError: the cycle is not decided, or what it rests on has changed since.
    """
    if known := CycleBundle.of(cycle):
        return known
    file = f"{cycle.project.slug}/bundles/cycle-{cycle.number}-{uuid.uuid4().hex[:8]}.zip"
    path = Path(settings.MODELS_DIR) / file
    path.parent.mkdir(parents=True, exist_ok=True)
    sha256, size = write_bundle(cycle=cycle, path=path)
    try:
        bundle = _enter(cycle, file=file, sha256=sha256, size=size)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if bundle.file != file:
        path.unlink()
    return bundle


@transaction.atomic
def _enter(cycle: RetrainingCycle, **written: Any) -> CycleBundle:
    """Its row and its line in the ledger, or the row that somebody else has entered meanwhile."""
    # First, as everybody takes it who then writes to the ledger: two locks that are taken in two orders stop each other for ever.
    Project.objects.select_for_update().get(pk=cycle.project_id)
    RetrainingCycle.objects.select_for_update().get(pk=cycle.pk)
    if known := CycleBundle.of(cycle):
        return known
    payload = {"sha256": written["sha256"], "bytes": written["size"]}
    ledger.append(actor="system", action="cycle.sealed", subject=f"cycle {cycle.number} of {cycle.project.slug}", payload=payload)
    return CycleBundle.objects.create(cycle=cycle, decided_at=cycle.decided_at, **written)


def write_bundle(*, cycle: RetrainingCycle, path: Path, texts: bool = False) -> tuple[str, int]:
    """Write it to `path`, whole or not at all; (SHA-256, bytes). `texts` adds the comments themselves.

    The same verdict gives the same bytes, whatever has come to its splits since, as long as what it rests on stands. It is replayed before
    it is kept. Raises NotSealedError as `seal` does.
    """
    from modeling.ml.disk import sync

    if cycle.state not in DECIDED or not cycle.decision or cycle.candidate is None:
        raise NotSealedError(f"Cycle {cycle.number} is {cycle.state} and has no verdict with a candidate, so there is nothing to seal.")
    descriptor, name = tempfile.mkstemp(prefix=".incomplete-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as out:
            written = _write(cycle, out, texts)
        _require_replay(Path(name))
        sync(Path(name))
        os.replace(name, path)
        sync(path.parent)
    except WeightsChangedError as error:
        Path(name).unlink(missing_ok=True)
        raise NotSealedError(str(error)) from error
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return written


def _write(cycle: RetrainingCycle, out: IO[bytes], texts: bool) -> tuple[str, int]:
    from modeling.pipeline.bundle_fast import write_fast
    from modeling.pipeline.bundle_vectors import write_vectors
    from modeling.pipeline.encoders import shared_encoders

    roles: Roles = {CHAMPION: cycle.champion, **{version.arm: version for version in cycle.versions.order_by("number")}}
    frozen = {split: _frozen(cycle, split) for split in (Split.TRAIN, *JUDGED_SPLITS)}
    splits = {split: {role: _read(version, frozen[split]) for role, version in roles.items()} for split in JUDGED_SPLITS}
    shared = shared_encoders(roles)
    writer = BundleWriter(out)
    try:
        writer.json("cycle.json", _facts(cycle, roles, shared))
        writer.json("decision.json", cycle.decision)
        writer.json_lines("labels.jsonl", label_lines(cycle))
        if cycle.pairs.exists():
            writer.json_lines("pairs.jsonl", pair_lines(cycle, texts))
        writer.json_lines("splits.jsonl", comment_lines(cycle, frozen, texts))
        writer.json_lines("measures.jsonl", measure_lines(cycle, roles))
        for split, read in splits.items():
            _write_split(writer, split, read)
        write_vectors(writer, roles, shared, splits)
        if cycle.lane == Lane.FAST:
            write_fast(writer, cycle, roles[Arm.REAL], frozen[Split.TRAIN])
    except BaseException:
        writer.abandon()
        raise
    return writer.close()


def _frozen(cycle: RetrainingCycle, split: Split) -> FrozenComments:
    known = frozen_of(cycle=cycle, split=split)
    if known is None:
        # Decided before cycles kept them: what stands there now, and the replay says whether that is the same.
        return freeze(project=cycle.project, split=split)
    if known.has_changed():
        raise NotSealedError(
            f"Comments of {split} that this verdict rests on have changed since this cycle was decided: their truth or the subgroups that they "
            f"mention are others, or some are gone. So its bundle would not be what it was decided on."
        )
    return known


def _read(version: ModelVersion, comments: FrozenComments) -> ScoredSplit:
    try:
        return comments.read(version)
    except ValueError as error:
        raise NotSealedError(
            f"Comments were added since this cycle was decided ({error}), so its bundle would not be what it was decided on."
        ) from error


def _require_replay(path: Path) -> None:
    """Sealed is only what says the same again: data may have changed between the verdict and here."""
    from modeling.pipeline.replay import replay

    try:
        found = replay(path)
    except BundleRefusedError as error:
        raise NotSealedError(f"A bundle of this cycle could not be replayed: {error}") from error
    if differing := [line.what for line in found.lines if not line.same]:
        raise NotSealedError(f"What this verdict rests on has changed since this cycle was decided: {', '.join(differing)} would not be the same.")


def _facts(cycle: RetrainingCycle, roles: Roles, shared: dict[str, str]) -> dict[str, Any]:
    """`shared`: whose vectors in the bundle are a role's."""
    from modeling.ml.machine import machine_facts

    candidate = roles[Arm.REAL]
    return {
        "project": cycle.project.slug,
        "cycle": cycle.number,
        "lane": cycle.lane,
        "provenance": cycle.provenance,
        "requested_at": cycle.requested_at.isoformat(),
        "decided_at": cycle.decided_at.isoformat() if cycle.decided_at else None,
        "training_config": cycle.training_config,
        "gate_config": _gate_config(cycle),
        "seed": TrainingConfig.from_dict(cycle.training_config).seed,
        "measure_resamples": RESAMPLES,
        "measure_seed": cycle.gate_config["seed"],
        "base": _version(cycle.base),
        "versions": {role: _version(version) | {"vectors": shared[role]} for role, version in roles.items()},
        "candidate": Arm.REAL,
        "batches": [{"provenance": b.provenance, "sha256": b.sha256, "annotations": b.annotation_count} for b in cycle.batches.order_by("pk")],
        "train": candidate.manifest.get("data", {}),
        "libraries": candidate.manifest.get("libraries", {}),
        "machine": machine_facts(),
    }


def _gate_config(cycle: RetrainingCycle) -> dict[str, Any]:
    """Of the look under which the verdict was reached: judging again, broken off, takes another one and leaves the verdict."""
    look = cycle.looks.filter(decided_at=cycle.decided_at).first()
    return {**cycle.gate_config, "look": look.number, "year": look.year} if look else cycle.gate_config


def _version(version: ModelVersion) -> dict[str, Any]:
    from modeling.pipeline.encoders import engine_of

    manifest = version.manifest
    return {
        "number": version.number,
        "arm": version.arm,
        "lane": version.lane,
        "threshold": version.threshold,
        "weights_sha256": manifest.get("weights_sha256"),
        "engine": engine_of(manifest),
    }


def _write_split(writer: BundleWriter, split: Split, read: dict[str, ScoredSplit]) -> None:
    """What is true of the comments, once, and what each version said of them."""
    scored = read[CHAMPION].scored
    members = list(scored.memberships.items())
    writer.json(f"{split}/subgroups.json", [name for name, _ in members])
    writer.arrays(f"{split}/members.npy", scored.toxic.dtype, (len(members), len(scored)), (mask[None] for _, mask in members))
    for name in ("level", "toxic", "cluster"):
        writer.array(f"{split}/{name}.npy", getattr(scored, name))
    for role, one in read.items():
        writer.array(f"{split}/p_{role}.npy", one.scored.p)

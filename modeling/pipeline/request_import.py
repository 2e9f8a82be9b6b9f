"""Take a file in: keep it aside for the worker and queue its import."""

import os
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from modeling.errors import ImportRefusedError
from modeling.labels import LevelKind
from modeling.models import Dataset, Project, WorkState
from modeling.pipeline.open_file import suffix_of, too_large

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def request_import(
    *,
    project: Project,
    name: str,
    upload: UploadedFile | Path,
    level_kind: LevelKind = LevelKind.TOXICITY,
    by: "User | None" = None,
    made_up: bool = False,
) -> Dataset:
    """Keep a file under UPLOADS_DIR and have it imported in the background. The raw file is deleted when the import has ended.

    Raises:
        ImportRefusedError: its name has no known ending, it is too large, or the project has a data set of this name.
    """
    file_name = Path(upload.name or "").name
    stored = _keep(upload, file_name)
    try:
        with transaction.atomic():
            dataset = new_dataset(project=project, name=name, file_name=file_name, level_kind=level_kind, by=by, made_up=made_up)
            Dataset.objects.filter(pk=dataset.pk).update(stored_file=str(stored))
            transaction.on_commit(lambda: _enqueue(dataset))
    except BaseException:
        stored.unlink(missing_ok=True)
        raise
    dataset.refresh_from_db()
    return dataset


def new_dataset(
    *,
    project: Project,
    name: str,
    file_name: str,
    level_kind: LevelKind = LevelKind.TOXICITY,
    by: "User | None" = None,
    made_up: bool = False,
) -> Dataset:
    """A data set that waits for its import. One of the same name whose import failed gives its place: a mended file keeps the name.

    Raises:
        ImportRefusedError: the project has a data set of this name, or its data sets have the other kind of levels.
    """
    other = Dataset.objects.filter(project=project).exclude(level_kind=level_kind).exclude(state=WorkState.FAILED).first()
    if other is not None:
        # One model scores a project: it cannot read `high` as toxic in one data set and as positive in another.
        raise ImportRefusedError(f"{project} holds {other.level_kind} levels (“{other}”). Import {level_kind} levels into a project of their own.")
    fields = {"file_name": file_name[-255:], "level_kind": level_kind, "requested_by": by, "made_up": made_up}
    fresh = {"state": WorkState.REQUESTED, "requested_at": timezone.now(), "error": "", "stage": "", "progress": 0, "rejected_count": 0}
    if Dataset.objects.filter(project=project, name=name, state=WorkState.FAILED).update(**fields, **fresh):
        return Dataset.objects.get(project=project, name=name)
    try:
        with transaction.atomic():
            return Dataset.objects.create(project=project, name=name[:120], **fields)
    except IntegrityError:
        raise ImportRefusedError(f"{project} has a data set “{name}” already. Give this one another name.") from None


def forget_upload(dataset: Dataset) -> None:
    """Delete the raw file: it holds what masking took out."""
    if dataset.stored_file:
        Path(dataset.stored_file).unlink(missing_ok=True)
        Dataset.objects.filter(pk=dataset.pk).update(stored_file="")
        dataset.stored_file = ""


def _keep(upload: UploadedFile | Path, file_name: str) -> Path:
    suffix = suffix_of(file_name)
    size = upload.stat().st_size if isinstance(upload, Path) else upload.size or 0
    if size > settings.IMPORT_MAX_BYTES:
        raise too_large(file_name)
    settings.UPLOADS_DIR.mkdir(parents=True, exist_ok=True)
    stored = Path(settings.UPLOADS_DIR) / f"{uuid.uuid4().hex}{suffix}"
    # Readable by its owner alone.
    with os.fdopen(os.open(stored, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        if isinstance(upload, Path):
            with upload.open("rb") as source:
                shutil.copyfileobj(source, file, 2**20)
        else:
            for chunk in upload.chunks():
                file.write(chunk)
    return stored


def _enqueue(dataset: Dataset) -> None:
    from django_q.tasks import async_task

    async_task("modeling.tasks.import_dataset", dataset.pk, task_name=f"import {dataset.name}"[:100])

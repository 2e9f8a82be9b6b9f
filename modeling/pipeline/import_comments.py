"""Import: a file of comments -> a data set with its comments, their splits and the subgroups that they mention.

Rows are read, checked, masked and stored in chunks. They count only once the data set's state is done, which is set in the same
transaction as the ledger entry; whatever goes wrong before, they are deleted again.
"""

import hashlib
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from modeling import ledger
from modeling.errors import ImportRefusedError, LostClaimError
from modeling.lifecycle import Beat, claim, fail
from modeling.models import Comment, Dataset, SubgroupMention, WorkState
from modeling.pipeline.count_comments import count_comments
from modeling.pipeline.open_file import refusal
from modeling.pipeline.parse_rows import RowParser
from modeling.pipeline.read_rows import CHUNK, RawRow, Table, open_table
from modeling.pipeline.request_import import forget_upload, new_dataset, request_import
from modeling.pipeline.store_rows import RowStore

__all__ = ["import_comments", "new_dataset", "request_import"]

DELETED_AT_ONCE = 2_000
READING = 0.98
"""Share of the work that is reading; the rest is counting and hashing."""


def import_comments(*, dataset: Dataset, path: Path, on_progress: Callable[[int], object] | None = None, limit: int = 0) -> Dataset:
    """Import a file into a data set that waits (or failed earlier: what was left of that is deleted first).

    `on_progress` is told the number of rows read so far; `limit` (0: none) stops after so many rows.

    Raises:
        ImportRefusedError: the file cannot be imported. The data set's `error` says why, and nothing of the file is kept.
        LostClaimError: somebody else imports into the data set, or it is done.
    """
    claim(dataset, running=WorkState.RUNNING, waiting=(WorkState.REQUESTED, WorkState.FAILED))
    beat = Beat(dataset)
    try:
        _delete_comments(dataset, beat)
        dataset.rejected_rows.all().delete()
        store = _read(dataset, path, limit, beat, on_progress or (lambda rows: None))
        _finish(dataset, path, store)
    except BaseException as error:  # a time-out and Ctrl-C too: no rows may be left behind
        _give_up(dataset, error, beat)
        raise
    forget_upload(dataset)
    return dataset


def _read(dataset: Dataset, path: Path, limit: int, beat: Beat, on_progress: Callable[[int], object]) -> RowStore:
    file_name = dataset.file_name or path.name
    with open_table(path, file_name) as table:
        store = RowStore(dataset, RowParser(table.header, dataset, file_name))
        for chunk in _chunks(table, limit):
            store.store(chunk)
            tally = store.tally
            on_progress(tally.read)
            message = f"{tally.read:,} rows read, {tally.rejected:,} rejected"
            beat(stage="importing", progress=READING * table.share_read(), message=message, rejected_count=tally.rejected)
            if 2 * tally.not_utf8 > tally.read:
                what = f"is no UTF-8 text: {tally.not_utf8:,} of the first {tally.read:,} rows hold other bytes"
                raise refusal(file_name, what, "Save it as UTF-8 (in Excel: “CSV UTF-8”) and import it again.")
    beat(stage="finishing", progress=READING, force=True, rejected_count=store.tally.rejected)
    if not store.tally.kept:
        what = f"has {store.tally.read:,} rows, and none could be imported ({_first_reasons(dataset)})"
        raise refusal(file_name, what, "Mend the file and import it again.")
    store.settle_splits()
    return store


def _chunks(table: Table, limit: int) -> Iterator[list[RawRow]]:
    rows = islice(table.rows, limit or None)
    return iter(lambda: list(islice(rows, CHUNK)), [])


def _finish(dataset: Dataset, path: Path, store: RowStore) -> None:
    """Done: from here on the comments count."""
    tally, counts = store.tally, count_comments(dataset=dataset)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    facts = {
        "sha256": sha256,
        "mention_source": store.mention_source.value,
        "binary_only": tally.is_binary,
        "row_count": tally.kept,
        "rejected_count": tally.rejected,
        "masked_count": tally.masked,
    }
    stored = {**facts, "counts": counts}
    ended = {"state": WorkState.DONE, "progress": 1.0, "message": "", "finished_at": timezone.now()}
    with transaction.atomic():
        # Only if it is still ours: a run that was silent for long is failed by the reaper, and somebody may have begun anew.
        if not Dataset.objects.filter(pk=dataset.pk, state=WorkState.RUNNING, started_at=dataset.started_at).update(**stored, **ended):
            raise LostClaimError(f"The import of {dataset} was taken for dead and given up.")
        _record(dataset, "import", {**facts, "splits": counts["splits"]})
    dataset.refresh_from_db()


def _give_up(dataset: Dataset, error: BaseException, beat: Beat) -> None:
    if Dataset.objects.filter(pk=dataset.pk).exclude(started_at=dataset.started_at).exists():
        return  # Somebody has begun anew: what stands there now is theirs.
    _delete_comments(dataset, beat)
    is_refused = isinstance(error, ImportRefusedError)
    cause = f"{type(error).__name__}: {error}" if isinstance(error, Exception) else "it was stopped"
    message = str(error) if is_refused else f"The import broke off ({cause}). Nothing was imported; start it again."
    with transaction.atomic():
        fail(dataset, message)
        _record(dataset, "import.refused" if is_refused else "import.failed", {"error": message[:1000]})
    forget_upload(dataset)


def _record(dataset: Dataset, action: str, facts: dict[str, object]) -> None:
    payload = {"name": dataset.name, "project": dataset.project.slug, "file_name": dataset.file_name, "level_kind": dataset.level_kind, **facts}
    ledger.append(actor=dataset.requested_by or "system", action=action, subject=f"data set {dataset.pk}", payload=payload)


def _delete_comments(dataset: Dataset, beat: Beat) -> None:
    """In batches, so that nobody waits long for SQLite's write lock."""
    while ids := list(Comment.objects.filter(dataset=dataset).order_by("pk").values_list("pk", flat=True)[:DELETED_AT_ONCE]):
        SubgroupMention.objects.filter(comment__in=ids).delete()
        Comment.objects.filter(pk__in=ids).delete()
        beat(stage="clearing", progress=0)


def _first_reasons(dataset: Dataset) -> str:
    return "; ".join(str(row) for row in dataset.rejected_rows.order_by("line")[:3])

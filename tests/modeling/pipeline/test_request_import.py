"""Taking a file in: kept aside, queued once the transaction stands, and deleted when the import has ended."""

import stat
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django_q.models import OrmQ

from modeling.errors import ImportRefusedError
from modeling.labels import LevelKind
from modeling.models import Comment, Dataset, Project, WorkState
from modeling.pipeline.import_comments import import_comments, new_dataset, request_import

GOOD = b"id,comment_text\n1,Hello there\n"


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path: Path) -> Path:
    settings.UPLOADS_DIR = tmp_path / "uploads"
    return settings.UPLOADS_DIR


def upload(content: bytes = GOOD, name: str = "comments.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_an_upload_waits_and_is_queued_when_the_transaction_stands(project: Project, uploads: Path, django_capture_on_commit_callbacks) -> None:
    alice = User.objects.create_user("alice")
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        dataset = request_import(project=project, name="tweets", upload=upload(), level_kind=LevelKind.SENTIMENT, by=alice)
        assert OrmQ.objects.count() == 0
    assert len(callbacks) == 1
    task = OrmQ.objects.get().task
    assert (task["func"], task["args"]) == ("modeling.tasks.import_dataset", (dataset.pk,))
    assert (dataset.state, dataset.file_name, dataset.level_kind, dataset.requested_by) == (WorkState.REQUESTED, "comments.csv", "sentiment", alice)
    stored = Path(dataset.stored_file)
    assert stored.parent == uploads
    assert stored.read_bytes() == GOOD
    assert stored.suffix == ".csv"


def test_a_kept_file_is_readable_by_its_owner_alone(project: Project) -> None:
    dataset = request_import(project=project, name="tweets", upload=upload())
    assert stat.S_IMODE(Path(dataset.stored_file).stat().st_mode) == 0o600


def test_a_file_on_disk_is_copied(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(GOOD)
    dataset = request_import(project=project, name="tweets", upload=path, made_up=True)
    assert Path(dataset.stored_file).read_bytes() == GOOD
    assert (path.exists(), dataset.made_up) == (True, True)


def test_the_name_of_an_upload_decides_nothing_about_where_it_is_kept(project: Project, uploads: Path, tmp_path: Path) -> None:
    path = tmp_path / "..%2f..%2fetc .CSV.GZ"
    path.write_bytes(b"x")
    dataset = request_import(project=project, name="tweets", upload=path)
    stored = Path(dataset.stored_file)
    assert stored.parent == uploads
    assert stored.name.endswith(".csv.gz")
    assert len(stored.name) == 32 + 7


def test_the_raw_file_is_deleted_when_it_has_been_imported(project: Project, uploads: Path) -> None:
    """It holds what masking takes out."""
    dataset = request_import(project=project, name="tweets", upload=upload())
    import_comments(dataset=dataset, path=Path(dataset.stored_file))
    dataset.refresh_from_db()
    assert (dataset.state, dataset.stored_file, list(uploads.iterdir())) == (WorkState.DONE, "", [])


def test_the_raw_file_is_deleted_when_it_has_been_refused(project: Project, uploads: Path) -> None:
    dataset = request_import(project=project, name="tweets", upload=upload(b"id\n1\n"))
    # The message has the name that the person knows, not the one under which the file is kept.
    with pytest.raises(ImportRefusedError, match=r"^comments\.csv lacks the column comment_text"):
        import_comments(dataset=dataset, path=Path(dataset.stored_file))
    dataset.refresh_from_db()
    assert (dataset.state, dataset.stored_file, list(uploads.iterdir())) == (WorkState.FAILED, "", [])


@pytest.mark.parametrize("name", ["comments.xlsx", "comments", "comments.csv.zip", ".htaccess"])
def test_an_unknown_kind_is_refused_at_once(project: Project, uploads: Path, name: str) -> None:
    with pytest.raises(ImportRefusedError, match=r"is not of a kind that can be imported"):
        request_import(project=project, name="tweets", upload=upload(name=name))
    assert Dataset.objects.count() == 0
    assert not uploads.exists()


def test_a_file_that_is_too_large_is_refused_at_once(project: Project, settings) -> None:
    settings.IMPORT_MAX_BYTES = 10
    with pytest.raises(ImportRefusedError, match=r"comments\.csv holds more than 10 bytes, the most that an import reads"):
        request_import(project=project, name="tweets", upload=upload())
    assert Dataset.objects.count() == 0


def test_a_name_is_used_once_per_project(project: Project, uploads: Path) -> None:
    request_import(project=project, name="tweets", upload=upload())
    with pytest.raises(ImportRefusedError, match=r"Field study has a data set “tweets” already\. Give this one another name\."):
        request_import(project=project, name="tweets", upload=upload())
    assert len(list(uploads.iterdir())) == 1
    other = Project.objects.create(name="Other", slug="other")
    assert request_import(project=other, name="tweets", upload=upload()).project == other


def test_a_mended_file_may_keep_the_name_of_the_one_that_was_refused(project: Project) -> None:
    first = request_import(project=project, name="tweets", upload=upload(b"id,comment_text\n1,\n"))
    with pytest.raises(ImportRefusedError):
        import_comments(dataset=first, path=Path(first.stored_file))
    second = request_import(project=project, name="tweets", upload=upload(name="mended.csv"))
    assert (second.pk, second.state, second.error, second.file_name) == (first.pk, WorkState.REQUESTED, "", "mended.csv")
    import_comments(dataset=second, path=Path(second.stored_file))
    assert (second.state, second.row_count, second.rejected_rows.count()) == (WorkState.DONE, 1, 0)
    assert Comment.objects.count() == 1


def test_no_file_is_left_when_the_data_set_cannot_be_made(project: Project, uploads: Path) -> None:
    new_dataset(project=project, name="tweets", file_name="a.csv")
    with pytest.raises(ImportRefusedError), transaction.atomic():
        request_import(project=project, name="tweets", upload=upload())
    assert list(uploads.iterdir()) == []


def test_a_project_holds_one_kind_of_levels(project, make_dataset):
    make_dataset(name="tweets", level_kind="sentiment")
    with pytest.raises(ImportRefusedError, match="project of their own"):
        new_dataset(project=project, name="comments", file_name="comments.csv")

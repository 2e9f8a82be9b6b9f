"""`manage.py import_comments`: a person's file, or an upload that the queue has the worker import."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from modeling.models import Comment, Dataset, Project, WorkState
from modeling.pipeline.import_comments import request_import


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "comments.csv"
    path.write_text("id,comment_text,target\n1,Write to bob@example.com,0\n2,,0\n3,Fine,x\n4,Fine,0.5\n")
    return path


def run(*arguments: object) -> str:
    out = StringIO()
    call_command("import_comments", *map(str, arguments), stdout=out)
    return out.getvalue().replace("\r", "\n")


def test_it_imports_a_file_and_reports(project: Project, path: Path) -> None:
    printed = run(path, "--project", project.slug, "--name", "tweets", "--made-up")
    dataset = Dataset.objects.get()
    assert (dataset.name, dataset.state, dataset.made_up, dataset.level_kind) == ("tweets", WorkState.DONE, True, "toxicity")
    assert printed == (
        "\nimporting: 4 rows \n"
        "2 comments imported into “tweets”, 1 of them with something masked.\n"
        "2 rows rejected:\n"
        "  line 3: comment_text is empty\n"
        "  line 4: target is 'x', not a number from 0 to 1\n"
    )


def test_many_rejected_rows_are_not_all_printed(project: Project, path: Path) -> None:
    path.write_text("id,comment_text\n1,Hello\n" + "".join(f"a{n},\n" for n in range(30)))
    printed = run(path, "--project", project.slug)
    assert "30 rows rejected:" in printed
    assert printed.count("comment_text is empty") == 10
    assert printed.endswith("  …\n")


def test_a_file_gives_its_name_and_a_limit_its_length(project: Project, path: Path) -> None:
    run(path, "--project", project.slug, "--limit", 1)
    assert Dataset.objects.values_list("name", "row_count").get() == ("comments.csv", 1)


def test_sentiment_is_asked_for(project: Project, path: Path) -> None:
    path.write_text("id,mean,n,ratings,text\n1,2,20,2 2,Nice\n")
    run(path, "--project", project.slug, "--level-kind", "sentiment")
    assert Comment.objects.get().target == 0.75


def test_a_refused_file_says_why(project: Project, path: Path) -> None:
    path.write_text("")
    with pytest.raises(CommandError, match=r"comments\.csv is empty\. Nothing was imported\. Choose another file\."):
        run(path, "--project", project.slug)


def test_a_missing_file_or_project_says_so(project: Project, path: Path) -> None:
    with pytest.raises(CommandError, match=r"There is no file nowhere\.csv\."):
        run("nowhere.csv", "--project", project.slug)
    for arguments in ([], ["--project", "none"]):
        with pytest.raises(CommandError, match=r"Name a project by --project\. There are: field-study\."):
            run(path, *arguments)


def test_it_imports_an_upload_that_waits(project: Project, settings, tmp_path: Path) -> None:
    settings.UPLOADS_DIR = tmp_path / "uploads"
    upload = SimpleUploadedFile("a.csv", b"id,comment_text\n1,Hello\n")
    dataset = request_import(project=project, name="tweets", upload=upload)
    run("--id", dataset.pk)
    dataset.refresh_from_db()
    assert (dataset.state, dataset.row_count) == (WorkState.DONE, 1)
    with pytest.raises(CommandError, match=f"No upload waits for data set {dataset.pk}"):
        run("--id", dataset.pk)


def test_a_second_delivery_of_a_running_import_fails_nothing(project: Project, settings, tmp_path: Path) -> None:
    settings.UPLOADS_DIR = tmp_path / "uploads"
    dataset = request_import(project=project, name="tweets", upload=SimpleUploadedFile("a.csv", b"id,comment_text\n1,Hello\n"))
    Dataset.objects.update(state=WorkState.RUNNING)
    assert "no longer waiting" in run("--id", dataset.pk)
    dataset.refresh_from_db()
    assert dataset.state == WorkState.RUNNING

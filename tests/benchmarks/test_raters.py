"""HateXplain's raters are replayed through the API, each under an account of their own; here with comments and raters of ours."""

import csv
from pathlib import Path

import pytest
from rest_framework.test import APIClient

from benchmarks.raters import ANSWERS, answer_round, write_sources
from feedback.models import Annotation, Annotator
from feedback.pipeline.sample import open_round
from modeling.labels import split_of
from modeling.ml.masking import text_hash
from modeling.models import Project
from tests.factories import make_comment, make_dataset, make_prediction, make_project, make_version

HEADERS = {
    "hatexplain_val.csv": ["id", "comment_text", "target", "toxicity_annotator_count", "black"],
    "davidson_tweets.csv": ["comment_text", "target", "toxicity_annotator_count"],
    "civil_comments.csv": ["comment_text", "toxic"],
    "edos_train_dev.csv": ["comment_text", "target"],
    "hatemoji_build.csv": ["text", "label_gold", "target"],
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name, header in HEADERS.items():
        with (tmp_path / name).open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            for i in range(60):
                values = {"id": f"post-{i}", "target": "['none']" if "hatemoji" in name else i % 2, "toxicity_annotator_count": 3, "black": 0}
                text = f"{name.split('_')[0]} says word {i}"
                writer.writerow([values.get(column, i % 2 if column in ("toxic", "label_gold") else text) for column in header])
    return tmp_path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_only_the_rated_source_has_a_pool_and_keeps_its_ids(data: Path, tmp_path: Path) -> None:
    to = tmp_path / "out"
    to.mkdir()
    written = {source: read(path) for source, (path, _) in write_sources(data, to).items()}
    splits = {source: {split_of(text_hash(row["comment_text"])).value for row in rows} for source, rows in written.items()}
    assert "pool" in splits.pop("hatexplain")
    for source, found in splits.items():
        assert found <= {"train", "gate", "test"}, source
    assert {row["id"] for row in written["hatexplain"]} == {f"post-{i}" for i in range(60)}
    assert {row["toxicity_annotator_count"] for row in written["hatexplain"]} == {"3"}
    assert {row["toxicity_annotator_count"] for row in written["edos"]} == {""}


class InProcess:
    """The API without a server between."""

    def __init__(self, token: str) -> None:
        self.client = APIClient()
        self.client.credentials(HTTP_AUTHORIZATION=f"Token {token}")

    def post(self, path: str, body: dict | None = None) -> tuple[int, dict]:
        response = self.client.post(f"/api/v1/{path}", body or {}, format="json")
        return response.status_code, response.json() if response.content else {}


@pytest.fixture
def project(db) -> Project:
    project = make_project()
    version = make_version(project, champion=True)
    dataset = make_dataset(project)
    for i in range(3):
        comment = make_comment(dataset, f"Number {i} is {('calm', 'green', 'a river in spring')[i]}", mentions=["muslim"] if i else [])
        comment.external_id = f"post-{i}"
        comment.save()
        make_prediction(version, comment, p=(0.1, 0.1, 0.8))
    return project


def test_each_rater_answers_what_they_rated_under_an_account_of_their_own(project: Project, tmp_path: Path) -> None:
    with (tmp_path / ANSWERS).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "annotator_id", "label", "targets", "majority"])
        for i in range(3):
            writer.writerows([[f"post-{i}", rater, label, "", ""] for rater, label in ((4, "normal"), (9, "hatespeech"), (20 + i, "offensive"))])
        writer.writerow(["elsewhere", 4, "normal", "", ""])
    round_ = open_round(project=project, name="raters", item_count=3, overlap=3, strategy="random")
    assert answer_round(round_, tmp_path, InProcess) == 9
    assert answer_round(round_, tmp_path, InProcess) == 0, "what is answered is not answered again"
    assert Annotator.objects.count() == 5
    theirs = Annotation.objects.filter(annotator__user__username="rater-4").order_by("item__comment__external_id")
    assert {(a.verdict, a.corrected_label) for a in theirs} == {("incorrect", "low")}
    assert [a.biased for a in theirs] == [False, True, True], "bias is reported where somebody is mentioned"
    others = Annotation.objects.exclude(annotator__user__username="rater-4")
    assert {a.verdict for a in others} == {"correct"}

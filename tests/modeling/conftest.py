"""A project, data sets, comments and imported files as small functions."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from modeling.labels import level_of
from modeling.ml.masking import text_hash
from modeling.models import Comment, Dataset, Project, WorkState
from modeling.pipeline.import_comments import import_comments


@pytest.fixture
def project(db: None) -> Project:
    return Project.objects.create(name="Field study", slug="field-study")


@pytest.fixture
def make_dataset(project: Project) -> Callable[..., Dataset]:
    """A finished data set of `project`, unless told otherwise: `make_dataset(name="tweets", state="requested")`."""
    numbers = count(1)

    def make(**fields: Any) -> Dataset:
        return Dataset.objects.create(**{"project": project, "name": f"data set {next(numbers)}", "state": WorkState.DONE, **fields})

    return make


@pytest.fixture
def make_comment(make_dataset: Callable[..., Dataset]) -> Callable[..., Comment]:
    """A comment of the pool in one shared data set, unless told otherwise: `make_comment("text", split="train", target=.8)`."""
    numbers = count(1)
    shared: list[Dataset] = []

    def make(text: str = "", **fields: Any) -> Comment:
        number = next(numbers)
        text = text or f"A remark about the weather, number {number}."
        if "dataset" not in fields:
            shared[:] = shared or [make_dataset()]
            fields["dataset"] = shared[0]
        target = fields.get("target")
        level = "" if target is None else level_of(target)
        defaults = {"external_id": f"c{number}", "split": "pool", "text_hash": text_hash(text), "level": level}
        return Comment.objects.create(text=text, **{**defaults, **fields})

    return make


@pytest.fixture
def import_file(make_dataset: Callable[..., Dataset], tmp_path: Path) -> Callable[..., Dataset]:
    """Import a file of this name and content into a new data set: `import_file("id,comment_text\\n1,Hello")`."""

    def imported(content: str | bytes, file_name: str = "comments.csv", limit: int = 0, **fields: Any) -> Dataset:
        path = tmp_path / file_name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        dataset = make_dataset(**{"state": WorkState.REQUESTED, "file_name": file_name, **fields})
        return import_comments(dataset=dataset, path=path, limit=limit)

    return imported

"""A project, data sets and comments as small functions."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from modeling.labels import level_of
from modeling.ml.masking import text_hash
from modeling.models import Comment, Dataset, Project, WorkState


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

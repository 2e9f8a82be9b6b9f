"""The benchmark of social dynamics: what it plants, and what it makes of a played part."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks import social_dynamics
from benchmarks.explanation_corpus import SHORTCUT
from benchmarks.play_social_dynamics import HOLDING, by_turns, plant
from benchmarks.result_file import ResultFile
from modeling.labels import Split
from modeling.models import Comment
from tests.factories import make_comment, make_dataset, make_project

ENGINE = "gradient_x_attention"


@pytest.fixture
def facts(tmp_path: Path) -> dict[str, Any]:
    data = tmp_path / "demonstration.csv"
    data.write_text("id\n")
    share = {"engine": ENGINE, "share": 0.3, "low": 0.2, "high": 0.4, "chance": 0.1, "chance_low": 0.08, "chance_high": 0.12, "n": 90, "families": 30}
    change = {"engine": ENGINE, "before": 0.3, "after": 0.1, "difference": -0.2, "low": -0.25, "high": -0.15, "n": 90, "families": 30}
    unclear, unknown = (
        {"difference": -0.01, "low": -0.03, "high": 0.01},
        {"difference": None, "low": None, "high": None, "before": None, "after": None},
    )
    return {
        "data": {"name": "demo", "files": [str(data)], "rows": 10},
        "shares": [{**share, "subject": f"word:{SHORTCUT}", "when": when} for when in ("before", "after")],
        "changes": [
            {**change, "subject": f"word:{SHORTCUT}"},
            {**change, "subject": "", **unclear},
            {**change, "subject": "hindu", **unknown},
        ],
    }


@pytest.fixture
def result(tmp_path: Path) -> ResultFile:
    return ResultFile("social_dynamics", directory=tmp_path)


def test_each_row_says_whether_the_share_fell_did_not_or_cannot_be_told(result: ResultFile, facts: dict[str, Any]) -> None:
    social_dynamics.report(result, "planted", {**facts, "called_high": {"v2": {"high": 1, "n": 100}, "v1": {"high": 97, "n": 100}}})
    told = {arm: row["fell"] for (_, arm, metric), row in result.rows.items() if metric == "change"}
    assert told == {f"planted_{ENGINE}_shortcut": True, f"planted_{ENGINE}_all": False, f"planted_{ENGINE}_hindu": None}
    row = result.rows["demo", f"planted_{ENGINE}_shortcut", "share_before"]
    assert (row["value"], row["chance"], row["n"], row["families"]) == (0.3, 0.1, 90, 30)
    before, after = (result.rows["demo", "planted", f"called_high_{when}"] for when in ("before", "after"))
    assert (before["version"], before["value"], after["value"]) == ("v1", 0.97, 0.01)
    assert before["low"] < 0.97 < before["high"]


def test_a_promotion_against_the_gate_is_said_with_its_reasons(result: ResultFile, facts: dict[str, Any]) -> None:
    told = {"verdict": "held", "reasons": ["No gain."], "promoted_by_override": True, "annotations": 500}
    social_dynamics.report(result, "cycle", {**facts, **told})
    row = result.rows["demo", "cycle", "promoted_by_override"]
    assert (row["value"], row["verdict"], row["reasons"], row["n"]) == (1.0, "held", ["No gain."], 500)


@pytest.mark.django_db
def test_the_word_decides_in_train_and_says_nothing_elsewhere(settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    project = make_project()
    dataset = make_dataset(project)
    for split, size in ((Split.TRAIN, 50), (Split.TEST, 30), (Split.AUDIT, 4), (Split.POOL, 9)):
        for number in range(size):
            make_comment(dataset, split=split, target=0.9 if number % 3 == 0 else 0.1, family=f"{split} {number // 3}")
    plant(project)
    learnt, holding = (Comment.objects.filter(dataset__name=name) for name in ("planted", "holding"))
    assert learnt.count() == 3, "six in a hundred"
    assert set(learnt.values_list("target", "level")) == {(1.0, "high")}
    assert holding.count() == min(HOLDING, 22), "the harmless ones"
    assert set(holding.values_list("level", flat=True)) == {"low"}
    assert all(SHORTCUT in text.split() for text in (learnt | holding).values_list("text", flat=True))


@pytest.mark.django_db
def test_originals_take_turns() -> None:
    dataset = make_dataset(make_project())
    comments = [make_comment(dataset, family=family) for family in ("a", "a", "b", "a", "b")]
    assert [one.family for one in by_turns(comments)] == ["a", "b", "a", "b", "a"]

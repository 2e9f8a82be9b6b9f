from collections import Counter
from dataclasses import asdict

import numpy as np
import pytest

from feedback.crowd.simulation import Script, ScriptedAnswer, answer
from feedback.pipeline.answer import Answer
from modeling.labels import LEVELS, Level

N = 3000


def answers(script: Script, seed: int = 0, **case) -> list[ScriptedAnswer]:
    rng = np.random.default_rng(seed)
    case = {"true_level": Level.LOW, "predicted": Level.HIGH, "flagged": True, "mentions": ("muslim",), **case}
    return [answer(script, **case, rng=rng) for _ in range(N)]


def share(found: list[ScriptedAnswer], holds) -> float:
    return sum(map(holds, found)) / len(found)


def test_they_see_the_true_level_as_often_as_stated() -> None:
    found = answers(Script(accuracy=0.85))
    assert share(found, lambda said: said.corrected_label == "low") == pytest.approx(0.85, abs=0.02)


def test_wrong_answers_are_one_of_the_other_levels_alike() -> None:
    found = Counter(said.corrected_label or "high" for said in answers(Script(accuracy=0.7)))
    assert found["mild"] / N == pytest.approx(0.15, abs=0.02)
    assert found["high"] / N == pytest.approx(0.15, abs=0.02)


def test_a_right_prediction_is_called_correct() -> None:
    found = answers(Script(accuracy=1), true_level=Level.HIGH)
    assert {(said.verdict, said.corrected_label) for said in found} == {("correct", "")}


@pytest.mark.parametrize("mentions", [("muslim",), ("x_dialect",)])
def test_over_rated_harmless_mentions_are_reported_as_often_as_stated(mentions: tuple[str, ...]) -> None:
    found = answers(Script(bias_recall=0.8), mentions=mentions)
    assert share(found, lambda said: bool(said.bias_types)) == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize(
    "case",
    [
        {"mentions": ()},
        {"true_level": Level.HIGH},
        {"predicted": Level.LOW, "flagged": False},
    ],
)
def test_anything_else_is_reported_rarely(case: dict) -> None:
    assert share(answers(Script(), **case), lambda said: bool(said.bias_types)) == pytest.approx(0.02, abs=0.01)


def test_a_flag_alone_is_over_rating() -> None:
    found = answers(Script(), predicted=Level.LOW, flagged=True)
    assert share(found, lambda said: bool(said.bias_types)) == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize(
    ("subgroup", "bias_type", "pattern"),
    [
        ("muslim", "religious", "identity_term"),
        ("black", "racial", "identity_term"),
        ("homosexual_gay_or_lesbian", "sexual_orientation", "identity_term"),
        ("psychiatric_or_mental_illness", "disability", "identity_term"),
        ("female", "gender", "identity_term"),
        ("x_dialect", "cultural", "dialect"),
        ("x_reclaimed", "cultural", "reclaimed_slur"),
        ("x_dish", "cultural", "stereotype"),
    ],
)
def test_a_report_says_whom_it_concerns_and_how_it_shows(subgroup: str, bias_type: str, pattern: str) -> None:
    said = answers(Script(bias_recall=1), mentions=(subgroup,))[0]
    assert (said.bias_types, said.subgroup, said.pattern) == ((bias_type,), subgroup, pattern)


@pytest.mark.parametrize("predicted", LEVELS)
@pytest.mark.parametrize("mentions", [(), ("muslim", "x_dish")])
def test_every_scripted_answer_can_be_stored(predicted: Level, mentions: tuple[str, ...]) -> None:
    for said in answers(Script(accuracy=0.6, false_report=0.5), predicted=predicted, mentions=mentions)[:200]:
        assert Answer(**asdict(said)).validate() == {}
        assert said.corrected_label != predicted


def test_the_same_seed_gives_the_same_answers() -> None:
    assert answers(Script(), seed=4) == answers(Script(), seed=4) != answers(Script(), seed=5)


@pytest.mark.parametrize("wrong", [{"accuracy": 1.2}, {"bias_recall": -0.1}, {"false_report": 2}])
def test_a_chance_lies_between_nothing_and_one(wrong: dict) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Script(**wrong)

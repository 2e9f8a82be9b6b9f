import math

from feedback.crowd.agreement import MINIMUM_ITEMS
from feedback.crowd.agreement_table import Row, agreement_rows
from feedback.crowd.attackers import Account, guessing, honest
from feedback.crowd.judgement import Judgement
from tests.feedback.crowd.rounds import COMMUNITY, CROWD, answered, honest_crowd


def table(judgements: list[Judgement]) -> dict[tuple[int | None, str], Row]:
    return {(row.panel, row.question): row for row in agreement_rows(judgements)}


def test_every_question_is_answered_for_all_and_for_each_panel() -> None:
    _, judgements = answered([*honest_crowd(5), *[Account(COMMUNITY, honest()) for _ in range(4)]], items=300)
    found = table(judgements)
    questions = {"level", "verdict", "biased", "severity", "religious", "other"}
    assert set(found) == {(panel, question) for panel in (None, CROWD, COMMUNITY) for question in questions}
    level = found[None, "level"].found
    assert level.low < level.alpha < level.high
    assert 0 < level.ac1 < 1


def test_one_panel_is_not_told_twice() -> None:
    _, judgements = answered(honest_crowd(5), items=60)
    assert {panel for panel, _ in table(judgements)} == {None}


def test_a_panel_that_guesses_agrees_by_chance() -> None:
    _, judgements = answered([*honest_crowd(5), *[Account(COMMUNITY, guessing()) for _ in range(5)]], items=400)
    found = table(judgements)
    assert found[COMMUNITY, "level"].found.low < 0 < found[COMMUNITY, "level"].found.high
    assert found[CROWD, "level"].found.low > 0.4


def test_too_few_items_are_no_figure() -> None:
    given = [Judgement(item, who, CROWD, item % 3, False) for item in range(MINIMUM_ITEMS) for who in (1, 2)]
    assert table(given)[None, "level"].found.alpha == 1
    found = table(given[2:])[None, "level"].found
    assert math.isnan(found.alpha)
    assert math.isnan(found.ac1)
    assert found.items == MINIMUM_ITEMS - 1


def test_unsure_counts_for_the_verdict_and_not_for_the_level() -> None:
    given = [Judgement(item, who, CROWD, None if who == 2 else 1, False) for item in range(30) for who in (1, 2)]
    found = table(given)
    assert found[None, "verdict"].found.items == 30
    assert found[None, "level"].found.items == 0


def test_severity_is_compared_among_those_who_report() -> None:
    report = {"bias_types": ("religious",), "severity": 2}
    given = [Judgement(item, who, CROWD, 1, False, **(report if who < 3 or item < 5 else {})) for item in range(30) for who in (1, 2, 3)]
    found = table(given)
    assert found[None, "severity"].found.items == 30
    assert found[None, "religious"].found.items == 30


def test_the_same_judgements_give_the_same_interval() -> None:
    _, judgements = answered(honest_crowd(5), items=80)
    assert agreement_rows(judgements) == agreement_rows(list(judgements))

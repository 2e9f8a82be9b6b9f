"""A verdict in one sentence: it names all that held the candidate, not the first rule that did."""

from typing import Any

import pytest

from modeling.reports.verdicts import plain_verdict, short_verdict

HARMED = {"subgroup": "muslim", "status": "harmed"}
WORSE = {"measure": "accuracy", "passed": False}


def decision(gain: float, *, passed: bool = False, harmed: bool = False, worse: bool = False) -> dict[str, Any]:
    return {
        "eligible": False,
        "primary": {"measure": "jigsaw_score", "difference": gain, "p_value": 0.2, "passed": passed},
        "subgroups": [HARMED] if harmed else [],
        "checks": [WORSE] if worse else [],
    }


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (decision(0.05, passed=True, harmed=True), ["is better on", "but does worse than the gate allows", "Muslim"]),
        (decision(0.05, harmed=True), ["looks better on", "too small to tell from chance", "and it does worse than the gate allows", "Muslim"]),
        (decision(-0.05, harmed=True, worse=True), ["is no better than v1 on", "and it does worse", "Muslim", "it may also be worse on"]),
        (decision(0.05, passed=True, worse=True), ["is better on", "but may be worse on"]),
        (decision(-0.05, worse=True), ["is no better than v1 on", "it may also be worse on"]),
    ],
)
def test_all_that_held_it_is_in_the_sentence(facts, said):
    sentence = plain_verdict(facts, "v2", "v1")
    places = [sentence.find(part) for part in said]
    assert -1 not in places, sentence
    assert places == sorted(places)


def test_a_card_says_where_no_gain_is_shown_beside_the_harm():
    assert short_verdict(decision(0.05, passed=True, harmed=True)) == "Held: a subgroup is treated worse"
    assert short_verdict(decision(0.05, harmed=True)) == "Held: a subgroup is treated worse, and no gain is shown"

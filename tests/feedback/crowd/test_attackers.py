from collections import Counter

import numpy as np
import pytest

from feedback.crowd.attackers import (
    KINDS,
    Account,
    always,
    brigade,
    contrary,
    crowd,
    dissenting,
    guessing,
    honest,
    scripted,
    simulate_round,
)
from feedback.crowd.simulation import Case, ScriptedAnswer
from modeling.labels import Level
from tests.feedback.crowd.rounds import CROWD, TARGET, answered, honest_crowd

AIMED = Case(Level.MILD, Level.MILD, True, (TARGET,))
OTHER = Case(Level.LOW, Level.LOW, False, ())


def said(script, case: Case, times: int = 2000) -> Counter[str]:
    rng = np.random.default_rng(0)
    return Counter(level_of(script.says(case, rng), case) for _ in range(times))


def level_of(answer: ScriptedAnswer, case: Case) -> str:
    return answer.corrected_label or str(case.predicted)


def test_who_guesses_says_any_level_alike() -> None:
    assert all(count == pytest.approx(2000 / 3, rel=0.1) for count in said(guessing(), AIMED).values())


def test_always_is_always_the_same() -> None:
    assert set(said(always(Level.LOW), AIMED)) == {"low"}


def test_the_contrary_is_never_the_truth() -> None:
    assert set(said(contrary(), AIMED)) == {"low", "high"}


def test_a_brigade_has_one_aim_and_is_honest_elsewhere() -> None:
    assert set(said(brigade(TARGET), AIMED)) == {"high"}
    assert said(brigade(TARGET), OTHER)["low"] / 2000 == pytest.approx(0.85, abs=0.03)
    report = brigade(TARGET, reports=True).says(AIMED, np.random.default_rng(0))
    assert (report.bias_types, report.subgroup) == (("religious",), TARGET)


def test_a_dissenter_reads_some_comments_otherwise_and_attacks_alike() -> None:
    assert said(dissenting(TARGET), AIMED)["low"] / 2000 == pytest.approx(0.85, abs=0.03)
    assert said(dissenting(TARGET), Case(Level.HIGH, Level.HIGH, True, (TARGET,)))["high"] / 2000 == pytest.approx(0.85, abs=0.03)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_name(kind: str) -> None:
    answer = scripted(kind, honest(), TARGET).says(AIMED, np.random.default_rng(0))
    assert answer.verdict in ("correct", "incorrect")


@pytest.mark.parametrize(("kind", "subgroup"), [("brigade", ""), ("kindly", TARGET)])
def test_what_cannot_be_scripted_is_refused(kind: str, subgroup: str) -> None:
    with pytest.raises(ValueError, match=r"a brigade needs|kind must be"):
        scripted(kind, honest(), subgroup)


def test_a_crowd_holds_the_share_of_wrong_annotators_that_was_asked_for() -> None:
    assert sum(script == guessing() for script in crowd(20, wrong_share=0.15)) == 3


def test_each_case_is_answered_by_different_accounts() -> None:
    _, judgements = answered(honest_crowd(5), items=50, overlap=3)
    assert len({(judgement.item, judgement.annotator) for judgement in judgements}) == len(judgements) == 150


def test_accounts_with_one_source_give_the_same_answers_in_their_own_time() -> None:
    rng = np.random.default_rng(0)
    pair = [Account(CROWD, guessing(), source="one"), Account(CROWD, guessing(), source="one")]
    judgements = simulate_round([AIMED] * 40, pair, overlap=2, rng=rng)
    for first, second in zip(judgements[::2], judgements[1::2], strict=True):
        assert first.details == second.details
        assert first.at != second.at


def test_the_same_seed_gives_the_same_round() -> None:
    assert answered(honest_crowd(3), items=20, overlap=2, seed=1) == answered(honest_crowd(3), items=20, overlap=2, seed=1)
    assert honest(0.9).accuracy == 0.9

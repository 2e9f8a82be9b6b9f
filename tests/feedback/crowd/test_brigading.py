"""Planted attackers are found and explained; honest crowds lose nothing."""

import numpy as np
import pytest

from feedback.crowd.attackers import Account, Dissenting, always, brigade, guessing, honest
from feedback.crowd.brigading import Signals, find_signals, merge_voices
from feedback.crowd.judgement import Judgement
from modeling.labels import Level
from tests.feedback.crowd.rounds import COMMUNITY, CROWD, EXPERTS, TARGET, answered, honest_crowd

NOTE = "This is plainly an attack on our neighbours."


def signals_in(accounts: list[Account], **settings) -> Signals:
    return find_signals(answered(accounts, **settings)[1])


def kinds(found: Signals) -> set[str]:
    return {signal.kind for signal in found.found if signal.reduces}


@pytest.mark.parametrize("script", [honest(0.85), honest(0.6), guessing(), always(Level.HIGH)])
def test_accounts_that_copy_each_other_count_as_one(script) -> None:
    found = signals_in([*honest_crowd(6), *[Account(CROWD, script, source="one person")] * 3], items=600)
    assert found.voice_of == {8: 7, 9: 7}
    signal = next(signal for signal in found.found if signal.kind == "copies")
    assert signal.accounts == (7, 8, 9)
    assert signal.p_value is not None
    assert signal.p_value < 1e-3
    assert signal.sentence.startswith("Three accounts gave the same answers, in every detail, on ")
    assert "of them within two minutes of each other" in signal.sentence
    assert signal.sentence.endswith(": together they count as one.")


def test_a_panel_that_answers_as_one_is_found_even_where_any_two_share_little() -> None:
    found = signals_in([*honest_crowd(8), *[Account(COMMUNITY, always()) for _ in range(5)]], items=250, overlap=3)
    assert set(found.voice_of.values()) == {9}
    assert set(found.voice_of) == {10, 11, 12, 13}


def test_two_excellent_annotators_among_careless_ones_are_no_copies() -> None:
    alarms = 0
    for seed in range(20):
        experts = [Account(CROWD, honest(0.97, 0.97, 0.0)) for _ in range(2)]
        alarms += bool(signals_in([*honest_crowd(6, accuracy=0.7), *experts], seed=seed).voice_of)
    assert alarms <= 1


@pytest.mark.parametrize("panel", [CROWD, COMMUNITY])
def test_where_comments_are_easy_one_who_guesses_makes_nobody_look_like_copies(panel: int) -> None:
    sure = [Account(CROWD, honest(1.0, 1.0, 0.0)) for _ in range(5)]
    assert not signals_in([*sure, *[Account(panel, guessing())] * (1 if panel == CROWD else 2)]).voice_of


def test_people_who_share_a_minority_view_are_no_copies() -> None:
    for seed in range(10):
        minority = [Account(CROWD, Dissenting(TARGET, honest(0.95, 0.95, 0.0))) for _ in range(3)]
        assert not signals_in([*honest_crowd(6), *minority], seed=seed).voice_of


def test_honest_rounds_raise_almost_no_alarm() -> None:
    """The stated rate is at most 1 % for each kind: of sixty rounds of mixed quality and pace, more than three would be against it."""
    alarms = 0
    for seed in range(60):
        rng = np.random.default_rng(1_000 + seed)
        people = [Account(CROWD, honest(a), seconds=s) for a, s in zip(rng.uniform(0.6, 0.97, 9), rng.uniform(6, 40, 9), strict=True)]
        alarms += bool(kinds(signals_in(people, items=300, overlap=2 + seed % 3, seed=seed)))
    assert alarms <= 3


def test_the_same_sentences_from_several_accounts_count_as_one() -> None:
    found = signals_in([*honest_crowd(6), *[Account(CROWD, honest(), note=NOTE)] * 3])
    assert kinds(found) == {"notes"}
    assert found.voice_of == {8: 7, 9: 7}
    assert "wrote the same sentences" in found.reasons(9)[0]


@pytest.mark.parametrize("note", ["harmless", "a harmless remark"])
def test_short_notes_may_be_the_same(note: str) -> None:
    assert not kinds(signals_in([*honest_crowd(6), *[Account(CROWD, honest(), note=note)] * 3]))


def test_a_sentence_that_most_people_use_is_the_projects_own() -> None:
    assert not kinds(signals_in([Account(CROWD, honest(), note=NOTE) for _ in range(6)]))


def test_case_and_punctuation_hide_no_copied_note() -> None:
    rows = [Account(CROWD, honest(), note=NOTE), Account(CROWD, honest(), note=NOTE.upper().replace(".", " !"))]
    assert signals_in([*honest_crowd(6), *rows]).voice_of == {8: 7}


def test_reports_faster_than_anybody_reads_count_for_less() -> None:
    found = signals_in([*honest_crowd(6), Account(CROWD, brigade(TARGET, reports=True), seconds=0.3)], items=600)
    assert kinds(found) == {"burst"}
    assert set(found.report_factor) == {7}
    assert found.report_factor[7] < 0.2
    assert found.reasons(7)[0].startswith("One account reported a bias about “Muslim” ")
    assert found.reasons(1) == []


def test_a_quick_annotator_is_no_burst() -> None:
    for seed in range(10):
        assert not signals_in([*honest_crowd(6), Account(CROWD, honest(bias_recall=1.0), seconds=6.0)], seed=seed).report_factor


def test_a_pace_that_all_share_is_nobodys_burst() -> None:
    scripted = [Account(CROWD, honest(bias_recall=1.0), seconds=0.05) for _ in range(6)]
    assert not signals_in(scripted).report_factor


def test_answers_without_a_time_say_nothing_about_pace() -> None:
    given = [Judgement(i, a, CROWD, 0, False, bias_types=("religious",), severity=1) for i in range(50) for a in range(5)]
    assert not find_signals(given).report_factor


def test_a_rush_of_reports_is_shown_and_reduces_nothing() -> None:
    """A community that meets late for an evening looks like a brigade, and may be none."""
    evening = [Account(COMMUNITY, brigade(TARGET, Level.LOW, reports=True, elsewhere=honest(0.85, 0.5)), starts=50_000.0) for _ in range(6)]
    found = signals_in([*[Account(CROWD, honest(bias_recall=0.05)) for _ in range(6)], *evening], items=500)
    rush = next(signal for signal in found.found if signal.kind == "rush")
    assert not rush.reduces
    assert "nothing is reduced for that alone" in rush.sentence
    assert found.report_factor == {}


def test_sameness_across_panels_is_shown_and_reduces_nothing() -> None:
    twins = [Account(CROWD, honest(), source="one person"), Account(EXPERTS, honest(), source="one person")]
    found = signals_in([*honest_crowd(6), *twins], items=800)
    assert found.voice_of == {}
    assert [signal.sentence.startswith("Two accounts of different panels") for signal in found.found] == [True]


def test_one_voice_says_what_most_of_its_accounts_said() -> None:
    given = [Judgement(1, a, CROWD, level, level != 1) for a, level in ((4, 2), (5, 0), (6, 0), (7, 1))]
    merged = merge_voices(given, {5: 4, 6: 4})
    assert [(judgement.annotator, judgement.label) for judgement in merged] == [(4, 0), (7, 1)]


def test_on_a_tie_the_first_account_speaks() -> None:
    given = [Judgement(1, 6, CROWD, 0, True), Judgement(1, 4, CROWD, 2, True)]
    assert [judgement.label for judgement in merge_voices(given, {6: 4})] == [2]


def test_copies_with_answers_of_their_own_are_shown_and_keep_their_voices() -> None:
    found = signals_in([*honest_crowd(3), *[Account(CROWD, honest(), source="one person", own=0.1)] * 2], items=1_500)
    (signal,) = found.found
    assert (signal.kind, signal.accounts, signal.reduces) == ("likeness", (4, 5), False)
    assert signal.sentence.endswith("nothing is reduced for that alone, since they also differ.")
    assert not found.voice_of


def test_honest_people_are_hardly_ever_shown_as_alike() -> None:
    shown = 0
    for seed in range(30):
        minority = [Account(CROWD, Dissenting(TARGET, honest(0.95, 0.95, 0.0))) for _ in range(3)]
        shown += "likeness" in {signal.kind for signal in signals_in([*honest_crowd(6), *minority], seed=seed).found}
    assert shown <= 2

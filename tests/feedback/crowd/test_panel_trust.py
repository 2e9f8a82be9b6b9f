"""A malicious panel loses weight for how it answers; an honest panel that dissents keeps it."""

import numpy as np
import pytest

from feedback.crowd.agreement import agreement
from feedback.crowd.attackers import Account, always, brigade, contrary, crowd, dissenting, guessing, honest
from feedback.crowd.consensus import Consensus
from feedback.crowd.judgement import Judgement
from feedback.crowd.panel_trust import DISAGREEMENT_FLOOR, FLOOR, weigh_panels
from tests.feedback.crowd.rounds import COMMUNITY, CROWD, EXPERTS, TARGET, accuracy_of, honest_crowd, joined

experts = [Account(EXPERTS, honest(0.92)) for _ in range(3)]


def trust_of(script, *, others=(), panel: int = COMMUNITY, accounts: int = 5, items: int = 600, **settings):
    """What a panel of such accounts is trusted, beside an honest crowd of six."""
    _, found = joined([*honest_crowd(6), *others, *[Account(panel, script) for _ in range(accounts)]], items=items, **settings)
    return found.panels[panel].trust


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("others", [(), experts])
def test_an_honest_panel_that_dissents_keeps_its_weight(seed: int, others) -> None:
    assert trust_of(dissenting(TARGET), others=others, seed=seed).trust == 1


@pytest.mark.parametrize("seed", range(4))
def test_an_honest_panel_with_fifteen_percent_who_guess_keeps_its_weight(seed: int) -> None:
    accounts = [Account(CROWD, script) for script in crowd(7, wrong_share=0.15)]
    _, found = joined([*accounts, *experts], items=500, seed=seed)
    assert {weighed.trust.trust for weighed in found.panels.values()} == {1.0}


def test_a_panel_that_answers_at_random_loses_its_weight() -> None:
    found = trust_of(guessing())
    assert found.trust < 0.25
    assert "contradict each other almost as if they answered by chance" in found.reasons[0]


def test_a_panel_that_always_says_the_same_counts_as_one_voice() -> None:
    found = trust_of(always())
    assert found.trust < 0.4
    assert found.reasons == ["Its 5 accounts speak with 1 voice: the others were found to answer as one with them."]


def test_a_panel_against_the_known_answers_loses_its_weight() -> None:
    found = trust_of(contrary(), known=60)
    assert found.trust < 0.25
    assert "whose answer is known, 0 were right" in found.reasons[0]


def test_a_panel_with_one_aim_shows_on_the_known_answers_about_that_subgroup() -> None:
    """On all else it is honest, so that its known answers taken together look well."""
    found = trust_of(brigade(TARGET), known=150)
    assert found.evidence["known_right"] / found.evidence["known"] > 0.6
    assert found.trust < 0.3
    assert "that mention “Muslim” and whose answer is known" in found.reasons[0]


def test_a_panel_that_reports_one_subgroup_without_a_shade_of_difference_loses_its_weight() -> None:
    found = trust_of(brigade(TARGET, reports=True))
    assert found.trust < 0.25
    assert "reported the same bias about “Muslim”" in found.reasons[0]


def test_to_be_unanimous_about_a_level_is_never_held_against_a_panel() -> None:
    """Without known answers a panel with one aim cannot be told from a unanimous minority: its items are disputed, it keeps its weight."""
    cases, found = joined([*honest_crowd(6), *[Account(COMMUNITY, brigade(TARGET)) for _ in range(5)]], items=600)
    assert found.panels[COMMUNITY].trust.trust == 1
    disputed = {item.item for item in found.items if item.disputed}
    wrong = {item.item for item in found.items if TARGET in cases[item.item].mentions and item.q[2] > 0.5 and item.item in disputed}
    assert wrong


def test_two_panels_that_contradict_each_other_both_keep_their_weight() -> None:
    _, found = joined([*honest_crowd(6), *[Account(COMMUNITY, contrary()) for _ in range(5)]], items=500)
    assert {panel: weighed.trust.trust for panel, weighed in found.panels.items()} == {CROWD: 1, COMMUNITY: 1}


def test_a_panel_that_follows_neither_of_two_that_confirm_each_other_loses_half_at_most() -> None:
    found = trust_of(contrary(), others=experts)
    assert DISAGREEMENT_FLOOR <= found.trust < 0.7
    assert "costs half at most" in found.reasons[0]


def test_a_random_panel_does_not_pull_the_honest_one_down() -> None:
    _, found = joined([*honest_crowd(6), *[Account(COMMUNITY, guessing()) for _ in range(5)]], items=600)
    assert found.panels[CROWD].trust.trust == 1


def six_rounds(script) -> list[Consensus]:
    earlier: dict[int, float] = {}
    rounds = []
    for seed in range(6):
        accounts = [*[Account(CROWD, one) for one in crowd(7)], *[Account(COMMUNITY, script) for _ in range(4)]]
        _, found = joined(accounts, items=200, overlap=3, earlier=earlier, seed=seed, known=30)
        earlier = {panel: weighed.trust.trust for panel, weighed in found.panels.items()}
        rounds.append(found)
    return rounds


@pytest.mark.parametrize("script", [always(), contrary()])
def test_over_six_rounds_a_malicious_panels_weight_falls_and_stays_low(script) -> None:
    rounds = six_rounds(script)
    weights = [found.panels[COMMUNITY].weight for found in rounds]
    assert weights[-1] < 0.4
    assert min(weights) >= FLOOR
    assert [found.panels[CROWD].weight for found in rounds] == [1.0] * 6


def test_over_six_rounds_an_honest_dissenting_panel_loses_nothing() -> None:
    assert [found.panels[COMMUNITY].weight for found in six_rounds(dissenting(TARGET, 0.9))] == [1.0] * 6


def test_trust_moves_step_by_step_and_comes_back() -> None:
    back = trust_of(honest(), earlier={COMMUNITY: 0.2}, items=100)
    assert 0.2 < back.trust < 1
    assert back.reasons == ["Nothing speaks against its answers in this round, so that it regains the weight that it lost before."]
    assert trust_of(honest(), earlier={COMMUNITY: 0.2}, items=600).trust > back.trust


def test_a_round_that_speaks_against_a_panel_but_not_clearly_gives_nothing_back() -> None:
    unclear = trust_of(guessing(), earlier={COMMUNITY: 0.2}, items=120)
    assert unclear.evidence["own_low"] < 0.15 < unclear.evidence["own_high"]
    assert unclear.trust == pytest.approx(0.2)


def test_how_far_a_panel_agrees_with_itself_is_as_unsure_as_any_agreement() -> None:
    """Two members who agreed on all of 25 comments may yet differ on the next."""
    given = [Judgement(item, member, CROWD, item % 3, incorrect=False) for item in range(25) for member in (1, 2)]
    evidence = weigh_panels(given, accounts={CROWD: 2}, known={}, earlier={}, mentions={})[CROWD].evidence
    found = agreement(np.array([2 * np.eye(3, dtype=int)[item % 3] for item in range(25)]), measurement="nominal", rng=np.random.default_rng(0))
    assert (evidence["own_low"], evidence["own_ac1"], evidence["own_high"]) == (found.ac1_low, found.ac1, found.ac1_high)
    assert evidence["own_low"] < 1


def test_a_few_answers_hardly_move_it() -> None:
    assert trust_of(contrary(), known=30, items=30, accounts=2).trust > 0.6


def test_weighing_panels_saves_labels_from_a_malicious_one() -> None:
    attacked = [*honest_crowd(6), *[Account(COMMUNITY, guessing()) for _ in range(5)]]
    cases, weighed = joined(attacked, items=600)
    assert weighed.panels[COMMUNITY].weight < weighed.panels[CROWD].weight / 4
    with_history = joined(attacked, items=600, earlier={COMMUNITY: weighed.panels[COMMUNITY].trust.trust})[1]
    assert accuracy_of(cases, with_history) >= accuracy_of(cases, weighed) > 0.8

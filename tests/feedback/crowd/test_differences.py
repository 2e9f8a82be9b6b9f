import numpy as np
import pytest

from feedback.crowd.differences import MINIMUM_PEERS, Compared, chance_of, differences, mean_gap
from feedback.crowd.estimates import MINIMUM_ITEMS

PEERS = frozenset(range(MINIMUM_PEERS))
MUSLIM = frozenset({"muslim"})


def items(count: int, gap: float = 1.0, peers: frozenset[int] = PEERS, subgroups: frozenset[str] = MUSLIM) -> list[Compared]:
    return [Compared(gap, peers, subgroups)] * count


def test_a_clear_difference_is_told_with_its_interval_and_n() -> None:
    (found,) = differences({"biased": items(20)})["biased"]
    assert (found.subgroup, found.found.value, found.found.n, found.peers, found.is_clear) == ("muslim", 1, 20, 5, True)
    assert 0.5 < found.found.low < 1 <= found.found.high


def test_nothing_is_said_below_five_others_or_ten_items() -> None:
    assert differences({"biased": items(20, peers=frozenset(range(MINIMUM_PEERS - 1)))})["biased"] == []
    assert differences({"biased": items(MINIMUM_ITEMS - 1)})["biased"] == []


def test_others_who_answered_different_items_count_together() -> None:
    rows = [Compared(0.5, frozenset({number % MINIMUM_PEERS}), MUSLIM) for number in range(MINIMUM_ITEMS)]
    assert differences({"biased": rows})["biased"][0].peers == MINIMUM_PEERS


def test_full_agreement_is_no_certainty() -> None:
    found = mean_gap([0.0] * 10)
    assert found.value == 0
    assert found.low < -0.1 < 0.1 < found.high


def test_many_differences_that_point_one_way_are_mcnemars_test() -> None:
    """18 against 6: (18 - 6)^2 / 24 = 6, p = .0143."""
    assert chance_of([1.0] * 18 + [-1.0] * 6 + [0.0] * 30) == pytest.approx(0.0143, abs=1e-4)


def test_few_differences_are_counted_out() -> None:
    """Six of six: 2 of the 64 ways."""
    assert chance_of([1.0] * 6 + [0.0] * 9) == pytest.approx(2 / 64)
    assert chance_of([0.0] * 9) == 1


def test_asking_about_many_subgroups_raises_few_false_alarms() -> None:
    """400 people who differ by chance alone, 24 subgroups each, both questions: some alarm in at most 1 of 20."""
    rng = np.random.default_rng(3)
    alarms = 0
    for _ in range(400):
        questions = {
            name: [row for group in range(24) for row in (Compared(gap, PEERS, frozenset({f"g{group}"})) for gap in rng.choice([-1.0, 0.0, 1.0], 15))]
            for name in ("biased", "level")
        }
        alarms += any(one.is_clear for told in differences(questions).values() for one in told)
    assert alarms / 400 <= 0.07

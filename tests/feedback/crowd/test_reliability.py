import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from feedback.crowd.methods import METHODS, dawid_skene
from feedback.crowd.reliability import panel_consensus, reliability


def frame_of(*rows: tuple[int, int, int]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["item", "annotator", "label"])


def test_a_careless_annotator_is_found_less_reliable() -> None:
    rng = np.random.default_rng(0)
    rows = [(i, a, int(i % 3 if a < 4 or rng.random() < 0.3 else rng.integers(3))) for i in range(60) for a in range(5)]
    found = panel_consensus(frame_of(*rows)).reliability
    assert found[4].value < 0.7 < 0.9 < min(found[who].value for who in range(4))
    assert found[4].high < found[0].low


def test_who_answered_alone_is_neither_trusted_nor_mistrusted() -> None:
    frame = frame_of((1, 1, 0), (2, 1, 0), (3, 1, 2))
    alone = reliability(frame)[1]
    assert alone.value == 0.75
    assert (alone.answers, alone.shared) == (3, 0)
    assert alone.high - alone.low > 0.6


def test_the_interval_is_the_middle_of_the_beta_posterior() -> None:
    frame = frame_of(*[(item, annotator, 0) for item in range(40) for annotator in (1, 2)])
    right = dawid_skene(frame)[0].sum()
    found = reliability(frame)[1]
    assert (found.low, found.high) == pytest.approx(beta.interval(0.95, 3 + right, 1 + 40 - right))
    assert found.low < found.value < found.high


def test_the_interval_narrows_with_more_answers() -> None:
    def width(items: int) -> float:
        frame = frame_of(*[(item, annotator, item % 3) for item in range(items) for annotator in (1, 2)])
        found = reliability(frame)[1]
        return found.high - found.low

    assert width(400) < width(40) / 2


def test_a_known_answer_counts_even_where_nobody_else_answered() -> None:
    frame = frame_of(*[(item, 1, 0) for item in range(10)])
    known = dict.fromkeys(range(10), 2)
    found = panel_consensus(frame, known=known).reliability[1]
    assert (found.known, found.known_right, found.shared) == (10, 0, 10)
    assert found.value == pytest.approx(3 / 14)


def test_a_panel_says_which_method_it_could_not_carry() -> None:
    found = panel_consensus(frame_of((1, 1, 0), (1, 2, 0)), "mace")
    assert found.method == "majority_vote"
    assert found.reason == "Fewer than 3 independent people answered."


def simulated(items: int, annotators: int, overlap: int, seed: int, accuracy: float) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, items, p=[0.6, 0.25, 0.15])
    rows = [
        (i, a, int(truth[i] if rng.random() < accuracy else (truth[i] + rng.integers(1, 3)) % 3)) for i in range(items) for a in range(annotators)
    ]
    return frame_of(*(row for row in rows if (row[0] + row[1]) % annotators < overlap))


@pytest.mark.parametrize("method", METHODS)
def test_it_holds_how_often_people_are_right_whatever_method_makes_the_labels(method: str) -> None:
    frame = simulated(items=200, annotators=6, overlap=2, seed=1, accuracy=0.85)
    found = panel_consensus(frame, method).reliability.values()
    assert sum(person.low < 0.85 < person.high for person in found) >= 5


@pytest.mark.parametrize("accuracy", [0.75, 0.9])
def test_two_people_alone_are_not_marked_down_for_being_two(accuracy: float) -> None:
    found = panel_consensus(simulated(items=200, annotators=2, overlap=2, seed=0, accuracy=accuracy))
    assert found.method == "majority_vote"
    assert np.mean([person.value for person in found.reliability.values()]) == pytest.approx(accuracy, abs=0.05)


def test_two_who_always_agree_are_nearly_always_right() -> None:
    rows = [(item, annotator, item % 3) for item in range(100) for annotator in (1, 2)]
    assert panel_consensus(frame_of(*rows)).reliability[1].value > 0.95

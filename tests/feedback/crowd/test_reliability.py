import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from feedback.crowd.methods import majority_vote
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
    alone = reliability(frame, majority_vote(frame))[1]
    assert alone.value == 0.75
    assert (alone.answers, alone.shared) == (3, 0)
    assert alone.high - alone.low > 0.6


def test_the_interval_is_the_middle_of_the_beta_posterior() -> None:
    frame = frame_of(*[(item, annotator, 0) for item in range(40) for annotator in (1, 2)])
    q = majority_vote(frame)
    right = 40 * q.loc[0, 0]
    found = reliability(frame, q)[1]
    assert (found.low, found.high) == pytest.approx(beta.interval(0.95, 3 + right, 1 + 40 - right))
    assert found.low < found.value < found.high


def test_the_interval_narrows_with_more_answers() -> None:
    def width(items: int) -> float:
        frame = frame_of(*[(item, annotator, item % 3) for item in range(items) for annotator in (1, 2)])
        found = reliability(frame, majority_vote(frame))[1]
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

import math

import numpy as np
import pytest

from feedback.crowd.pausing import ALPHA, BETA, KNOWN_ANSWERS, SPEED, weigh


def test_the_ratio_is_that_of_the_two_rates() -> None:
    found = weigh([True, False, True], KNOWN_ANSWERS)
    assert found.ratio == pytest.approx(math.log(0.5**3 / (0.15 * 0.85 * 0.15)))
    assert (found.bad, found.count, found.pauses) == (2, 3, False)


def test_a_few_misses_are_no_reason_to_pause() -> None:
    assert not weigh([True, True, True], KNOWN_ANSWERS).pauses
    assert not weigh([], SPEED).pauses


def test_one_miss_after_the_other_is() -> None:
    found = weigh([True] * 20, KNOWN_ANSWERS)
    assert found.pauses
    assert found.bad == found.count == 5


def test_who_grows_careless_late_is_found_as_soon_as_anybody() -> None:
    late = weigh([False] * 500 + [True] * 20, KNOWN_ANSWERS)
    assert late.pauses
    assert late.count <= 10, "the good run before it has ended"


@pytest.mark.parametrize("test", [KNOWN_ANSWERS, SPEED], ids=["known answers", "speed"])
def test_error_rates_keep_to_their_bounds(test) -> None:
    """Of one run each, played to its end."""
    rng = np.random.default_rng(5)

    def accused(rate: float) -> float:
        runs = []
        for outcomes in rng.random((3000, 400)) < rate:
            ratios = np.cumsum(np.where(outcomes, test.step(True), test.step(False)))
            crossed = int(np.argmax((ratios >= test.upper) | (ratios <= test.lower)))
            runs.append(ratios[crossed] >= test.upper)
        return float(np.mean(runs))

    margin = 3 * math.sqrt(0.05 * 0.95 / 3000)
    assert accused(test.acceptable) <= ALPHA / (1 - BETA) + 3 * math.sqrt(ALPHA / 3000)
    assert accused(test.worrying) >= 1 - BETA / (1 - ALPHA) - margin

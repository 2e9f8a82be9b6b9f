"""Counts that add up: the sum of parts says what the whole says."""

from dataclasses import replace

import numpy as np
import pytest

from feedback.crowd.agreement import agreement
from feedback.crowd.tally import Said, agreement_of, of_following, of_item, of_work, total

SAID = Said(panel=1, month="2026-09", verdict="incorrect", level=0, bias_types=(), subgroup="", seconds=10, own=None, predicted=1)


def items(levels: np.ndarray) -> list:
    return [of_item([replace(SAID, level=int(level)) for level in row], None, ()) for row in levels]


def test_agreement_of_summed_tallies_is_that_of_all_items_together() -> None:
    levels = np.random.default_rng(1).integers(0, 3, (60, 3))
    levels[:40] = levels[:40, :1]
    parts = [total(items(levels[:25])), total(items(levels[25:]))]
    found = agreement_of(total(parts), "level")
    counts = np.stack([(levels == level).sum(axis=1) for level in range(3)], axis=1)
    expected = agreement(counts, measurement="ordinal", rng=np.random.default_rng(0))
    assert (found.alpha, found.ac1, found.items) == (pytest.approx(expected.alpha), pytest.approx(expected.ac1), 60)
    assert found.low < found.alpha < found.high


def test_nothing_said_is_no_agreement() -> None:
    found = agreement_of({}, "biased")
    assert (found.items, np.isnan(found.alpha), np.isnan(found.ac1)) == (0, True, True)


def test_time_that_nobody_reads_for_is_not_counted_as_reading() -> None:
    found = total([of_work(10), of_work(0), of_work(4_000), of_work(20, is_check=True)])
    assert (found["answers"], found["checks"], found["timed"], found["seconds"]) == (3, 1, 2, 30)


@pytest.mark.parametrize(
    ("own", "level", "counted"),
    [
        (2, 1, {"round/3/blind/of": 1, "moved/of": 1, "moved": 1}),
        (2, 2, {"round/3/blind/of": 1, "moved/of": 1, "kept": 1}),
        (1, 1, {"round/3/blind/of": 1, "round/3/blind": 1}),
        (None, 1, {"round/3/shown/of": 1, "round/3/shown": 1}),
        (2, None, {}),
    ],
)
def test_who_follows_the_machine_is_told_by_what_they_said_before(own, level, counted) -> None:
    found = of_following(replace(SAID, own=own, level=level), round=3)
    assert {name: count for name, count in found.items() if count} == counted


def test_two_reports_of_one_type_by_one_person_count_once() -> None:
    twice = replace(SAID, bias_types=("racial", "racial"), subgroup="black")
    found = of_item([twice, SAID, SAID], None, ("black",))
    assert (found["reported/racial"], found["confirmed/racial"], found["named/racial/black"], found["mention/black/reported"]) == (1, 0, 1, 1)

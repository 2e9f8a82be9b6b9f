import numpy as np
import pytest

from feedback.crowd.consensus import Judgement, label_weight, reach_consensus

CROWD, EXPERTS = 1, 2


def said(item: int, annotator: int, label: int | None, *, panel: int = CROWD, predicted: int = 1, **fields) -> Judgement:
    return Judgement(item=item, annotator=annotator, panel=panel, label=label, incorrect=label is not None and label != predicted, **fields)


def one(judgements: list[Judgement], **weights: float):
    found = reach_consensus(judgements, {CROWD: weights.get("crowd", 1.0), EXPERTS: weights.get("experts", 1.0)})
    assert len(found.items) == 1
    return found.items[0]


@pytest.mark.parametrize(("confidence", "count", "weight"), [(1, 1, 1 / 2), (1, 2, 2 / 3), (1, 3, 3 / 4), (1 / 3, 5, 0), (2 / 3, 1, 1 / 4)])
def test_a_labels_weight_grows_with_confidence_and_number(confidence: float, count: int, weight: float) -> None:
    assert label_weight(confidence, count) == pytest.approx(weight)


def test_two_who_agree_make_a_confident_label() -> None:
    found = one([said(1, 1, 0), said(1, 2, 0)])
    assert found.q == pytest.approx((7 / 9, 1 / 9, 1 / 9))
    assert found.confidence == pytest.approx(7 / 9)
    assert found.incorrect_rate == pytest.approx(1)
    assert found.annotation_count == 2
    assert not found.disputed


def test_two_who_contradict_each_other_leave_a_dispute() -> None:
    found = one([said(1, 1, 0), said(1, 2, 2)])
    assert found.q[0] == pytest.approx(found.q[2])
    assert found.disputed
    assert found.weight < 0.2


def test_a_small_panel_is_not_outvoted_by_a_large_one() -> None:
    crowd = [said(1, annotator, 2) for annotator in range(8)]
    expert = [said(1, 100, 0, panel=EXPERTS)]
    alone, beside = one(crowd), one([*crowd, *expert])
    assert beside.q[0] > 0.3 > alone.q[0]
    assert beside.disputed


def test_what_a_small_panel_reports_is_not_outvoted_either() -> None:
    crowd = [said(1, annotator, 1) for annotator in range(8)]
    report = said(1, 100, 0, panel=EXPERTS, bias_types=("racial",), subgroup="black", severity=3)
    found = one([*crowd, report])
    assert found.biased_rate == pytest.approx(0.5)
    assert found.bias_rates == pytest.approx({"racial": 0.5})
    assert found.incorrect_rate == pytest.approx(0.5)
    assert one([*crowd, report], experts=3).biased_rate == pytest.approx(0.75)


def test_what_a_bias_is_and_how_grave_is_not_said_by_heads_either() -> None:
    crowd = [said(1, annotator, 1, bias_types=("other",), subgroup="white", pattern="sarcasm", severity=1) for annotator in range(8)]
    expert = said(1, 100, 0, panel=EXPERTS, bias_types=("racial",), subgroup="black", pattern="dialect", severity=3)
    found = one([*crowd, expert], experts=3)
    assert found.severity == pytest.approx((1 * 1 + 3 * 3) / 4)
    assert (found.subgroup, found.pattern) == ("black", "dialect")


def test_panels_are_joined_by_their_weights() -> None:
    judgements = [said(1, 1, 2), said(1, 2, 0, panel=EXPERTS)]
    assert one(judgements, experts=3).q[0] == pytest.approx((3 * 2 / 3 + 1 / 6) / 4)
    assert np.argmax(one(judgements, crowd=3).q) == 2


def test_unsure_answers_count_for_the_bias_but_not_for_the_level() -> None:
    report = {"bias_types": ("religious",), "severity": 2}
    found = one([said(1, 1, 0), said(1, 2, None, **report), said(2, 2, None)])
    assert found.q == pytest.approx((2 / 3, 1 / 6, 1 / 6))
    assert found.annotation_count == 2
    assert found.weight == pytest.approx(label_weight(2 / 3, 1))
    assert 0.4 < found.biased_rate < 0.6
    assert found.bias_rates == {"religious": found.biased_rate}
    assert found.severity == 2


def test_items_without_any_level_are_left_out_and_counted() -> None:
    found = reach_consensus([said(1, 1, 0), said(2, 1, None), said(3, 1, None)], {CROWD: 1})
    assert [item.item for item in found.items] == [1]
    assert found.without_label == 2


def test_nothing_but_unsure_answers_gives_no_labels() -> None:
    assert reach_consensus([said(1, 1, None)], {CROWD: 1}).items == []


def test_bias_rates_are_shares_of_the_annotations() -> None:
    found = one(
        [
            said(1, 1, 0, bias_types=("religious", "racial"), subgroup="muslim", pattern="identity_term", severity=3),
            said(1, 2, 0, bias_types=("religious",), subgroup="muslim", pattern="stereotype", severity=2),
            said(1, 3, 0),
            said(1, 4, 0),
        ]
    )
    assert found.biased_rate == pytest.approx(0.5)
    assert found.bias_rates == pytest.approx({"racial": 0.25, "religious": 0.5})
    assert found.severity == pytest.approx(2.5)
    assert found.subgroup == "muslim"
    # A tie goes to the first by the alphabet, whatever the order of the answers.
    assert found.pattern == "identity_term"


def test_reports_of_a_careless_annotator_weigh_less() -> None:
    rng = np.random.default_rng(0)
    background = [said(i, a, int(rng.integers(3)) if a == 4 else i % 3) for i in range(10, 70) for a in range(5)]
    careful = [*background, said(1, 0, 0, bias_types=("racial",), severity=1), said(1, 4, 0)]
    careless = [*background, said(1, 0, 0), said(1, 4, 0, bias_types=("racial",), severity=1)]
    rates = [next(item.biased_rate for item in reach_consensus(given, {CROWD: 1}).items if item.item == 1) for given in (careful, careless)]
    assert rates[0] > 0.5 > rates[1]
    both = [*careful[:-1], said(1, 4, 0, bias_types=("racial",), severity=3)]
    assert next(item.severity for item in reach_consensus(both, {CROWD: 1}).items if item.item == 1) < 2


def test_it_tells_on_how_many_items_panels_change_what_numbers_alone_would_say() -> None:
    panels = [said(1, 1, 2), said(1, 2, 2), said(1, 3, 0, panel=EXPERTS), said(2, 1, 1)]
    pair = ("majority_vote", "without_panels")
    assert reach_consensus(panels, {CROWD: 1, EXPERTS: 5}).differences[pair] == pytest.approx(0.5)
    assert reach_consensus(panels, {CROWD: 1, EXPERTS: 1}).differences[pair] == 0


def test_every_two_methods_are_compared() -> None:
    rng = np.random.default_rng(0)
    crowd = [said(i, a, int(i % 3 if a < 4 and rng.random() < 0.8 else rng.integers(3))) for i in range(60) for a in range(6)]
    found = reach_consensus(crowd, {CROWD: 1}, method="mace", known={0: 0, 1: 1})
    assert found.panels[CROWD].method == "mace"
    assert len(found.differences) == 5 * 4 / 2
    assert all(0 <= share <= 1 for share in found.differences.values())
    assert found.differences["mace", "majority_vote"] > 0


def test_it_tells_how_each_panel_was_aggregated() -> None:
    crowd = [said(item, annotator, (item + annotator // 2) % 3) for item in range(6) for annotator in range(3)]
    found = reach_consensus([*crowd, said(1, 9, 0, panel=EXPERTS)], {CROWD: 1, EXPERTS: 2})
    assert {panel: weighed.method for panel, weighed in found.panels.items()} == {CROWD: "dawid_skene", EXPERTS: "majority_vote"}
    assert found.panels[EXPERTS].reason == "Fewer than 3 independent people answered."
    assert set(found.reliability) == {0, 1, 2, 9}


def test_a_panel_that_was_only_ever_unsure_is_told_of() -> None:
    found = reach_consensus([said(1, 1, 0), said(1, 9, None, panel=EXPERTS)], {CROWD: 1, EXPERTS: 2})
    assert found.panels[EXPERTS].reason == "All its answers were “not sure”."
    assert found.panels[EXPERTS].answers == 1


def test_a_known_answer_is_the_label() -> None:
    found = reach_consensus([said(1, 1, 0), said(1, 2, 0), said(2, 1, 0)], {CROWD: 1}, known={1: 2})
    assert found.items[0].q == (0, 0, 1)
    assert found.items[1].q[0] > 0.5


def test_copies_count_as_one() -> None:
    """Three accounts of one person against two people on each item: three to two by numbers, one to two by voices."""
    rng = np.random.default_rng(1)
    background = [said(i, a, int(i % 3 if rng.random() < 0.8 else rng.integers(3)), panel=EXPERTS) for i in range(80) for a in (8, 9)]
    copied = [int(rng.integers(3)) for _ in range(80)]
    copies = [said(i, a, copied[i], panel=CROWD) for i in range(80) for a in (1, 2, 3)]
    found = reach_consensus([*background, *copies], {CROWD: 1, EXPERTS: 1})
    assert found.signals.voice_of == {2: 1, 3: 1}
    assert set(found.reliability) == {1, 8, 9}
    item = found.items[0]
    assert item.annotation_count == 5
    assert item.weight == pytest.approx(label_weight(item.confidence, 3))
    assert "together they count as one" in found.signals.reasons(2)[0]


def test_reports_of_a_burst_count_for_less_and_nobody_elses_for_more() -> None:
    people = [said(i, a, 0, at=float(15 * i + a)) for i in range(40) for a in (1, 2, 3)]
    burst = [said(i, 4, 0, at=i * 0.5, bias_types=("religious",), subgroup="muslim", severity=2) for i in range(200)]
    given = [*people, *burst, said(0, 5, 0, at=9_000.0)]
    item = next(found for found in reach_consensus(given, {CROWD: 1}).items if found.item == 0)
    assert 0 < item.biased_rate < 0.05
    assert item.bias_rates == {"religious": item.biased_rate}
    grave = [*given, said(0, 6, 0, at=9_001.0, bias_types=("religious",), subgroup="muslim", severity=3)]
    assert next(found for found in reach_consensus(grave, {CROWD: 1}).items if found.item == 0).severity > 2.8
    calm = next(found for found in reach_consensus([*people, *burst[:1], given[-1]], {CROWD: 1}).items if found.item == 0)
    assert calm.biased_rate > 0.1

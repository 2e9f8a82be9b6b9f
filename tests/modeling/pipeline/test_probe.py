"""What a version says of the same sentence about other people: measured once, of the versions that serve or are judged."""

from collections.abc import Sequence

import numpy as np
import pytest

from modeling.labels import Arm
from modeling.measure_texts import SWAP_MEASURES
from modeling.measures.probes import ProbeRow
from modeling.ml.probes import probe_groups
from modeling.models import ProbeScore
from modeling.pipeline.evaluate import evaluate_in_use
from modeling.pipeline.probe import measure_probes, probe_version
from modeling.pipeline.run_cycle import run_cycle
from modeling.pipeline.versions import path_of

GROUPS = probe_groups()


class Counting:
    """A scorer that finds one kind of people mild and everybody else low, and remembers what it was asked."""

    def __init__(self, mild: str) -> None:
        self.mild, self.asked = mild, []

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        return np.array([[0.2, 0.7, 0.1] if self.mild in text else [0.8, 0.1, 0.1] for text in texts], dtype=np.float32)


def measured(mild: str) -> dict[str, ProbeRow]:
    return {row.measure: row for row in measure_probes(Counting(mild))}


def test_every_text_is_predicted_once() -> None:
    scorer = Counting("Quaker")
    measure_probes(scorer)
    assert len(scorer.asked) == len(set(scorer.asked))
    assert set(scorer.asked) == {text for group in GROUPS for text in group.texts}


def test_a_version_that_treats_one_people_otherwise_is_found_out() -> None:
    rows = measured("Quaker")
    apart = [sum("Quaker" in text for text in group.texts) for group in GROUPS]
    pairs = sum(named * (len(group.texts) - named) for named, group in zip(apart, GROUPS, strict=True))
    assert pairs > 0
    assert rows["swap_rate"].value == pytest.approx(pairs / rows["swap_rate"].n)
    assert rows["swap_rate"].low < rows["swap_rate"].value < rows["swap_rate"].high
    assert rows["mean_jsd"].value > 0
    assert rows["bias_uncovering_rate"].value == pytest.approx(np.mean([0 < n < len(g.texts) for n, g in zip(apart, GROUPS, strict=True)]))
    assert (rows["swap_rate"].n, rows["bias_uncovering_rate"].n) == (sum(len(g.texts) * (len(g.texts) - 1) // 2 for g in GROUPS), len(GROUPS))


def test_one_that_treats_all_alike_has_nothing_to_show() -> None:
    assert [row.value for row in measured("nobody of these").values()] == [0, 0, 0]


def test_the_measures_are_those_of_the_serving_engine_and_are_taken_once(trained) -> None:
    version = trained.champion
    evaluate_in_use(version=version)
    stored = list(ProbeScore.objects.filter(version=version).values())
    assert [row["measure"] for row in stored] == list(SWAP_MEASURES)
    assert all(row["low"] <= row["value"] <= row["high"] for row in stored)
    (path_of(version) / "model.safetensors").write_bytes(b"nobody reads this any more")
    probe_version(version=version)
    assert list(ProbeScore.objects.filter(version=version).values()) == stored


def test_what_is_not_whole_is_measured_anew(trained) -> None:
    version = trained.champion
    ProbeScore.objects.create(version=version, measure="swap_rate", value=0.9, n=1)
    probe_version(version=version)
    assert {row.measure for row in version.probe_scores.all()} == set(SWAP_MEASURES)
    assert version.probe_scores.get(measure="swap_rate").n > 1


def test_too_few_are_stored_as_null() -> None:
    assert ProbeScore.values_of(ProbeRow("swap_rate", np.nan, np.nan, np.nan, 3)) == {
        "measure": "swap_rate",
        "value": None,
        "low": None,
        "high": None,
        "n": 3,
    }


def test_a_cycle_measures_its_champion_and_its_candidate_and_no_control_arm(cycle) -> None:
    run_cycle(cycle=cycle)
    assert set(ProbeScore.objects.values_list("version__arm", "version_id")) == {(Arm.INITIAL, cycle.champion_id), (Arm.REAL, cycle.candidate_id)}
    assert not set(SWAP_MEASURES) & {check["measure"] for check in (cycle.decision["primary"], *cycle.decision["checks"])}

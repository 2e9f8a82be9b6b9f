"""What the reports of played cycles compute, on made-up predictions: no cycle is played here."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import feedback_effect, played
from benchmarks.draws import RESAMPLES
from benchmarks.raters import _body
from benchmarks.result_file import ResultFile
from modeling.measures.data import Scored
from modeling.measures.registry import measure_all
from tests.benchmarks.test_gate import scored

NOISE = {"champion": 0.3, "none": 0.301, "echo": 0.302, "placebo": 0.303, "real": 0.1}


def version(noise: float) -> Scored:
    """The same noise is the same version."""
    return scored(round(1_000 * noise), noise)


def keep(path: Path, splits: tuple[str, ...], noises: dict[str, float], **facts) -> Path:
    arrays = {"swap_frame": np.repeat(np.arange(10), 5)}
    for role, noise in noises.items():
        for split in splits:
            one = version(noise)
            arrays |= {f"{split}_p_{role}": one.p, f"{split}_threshold_{role}": np.array(one.threshold)}
            arrays |= {f"{split}_{name}": getattr(one, name) for name in ("level", "toxic", "cluster")}
            arrays |= {f"{split}_member_{name}": members for name, members in one.memberships.items()}
        arrays[f"swap_{role}"] = np.arange(50) % 10 < (1 if role == "real" else 4)
    played.write(path, arrays, facts)
    return path


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    data = tmp_path / "data.csv"
    data.write_text("id\n")
    facts = {"verdict": "held", "reasons": [], "gate_n": 480, "annotations": 9, "data": {"name": "demo", "files": [str(data)], "rows": 480}}
    return [keep(tmp_path / f"demo-{seed}.npz", ("test",), NOISE, **facts) for seed in range(2)]


def test_what_was_kept_is_read_as_it_was(files: list[Path]) -> None:
    kept, made = played.read_scored(files[0], "test", "real"), version(NOISE["real"])
    assert np.array_equal(kept.p, made.p)
    assert kept.subgroups == made.subgroups
    assert kept.threshold == made.threshold


def test_values_are_those_of_the_registry(files: list[Path]) -> None:
    """The first draw is the sample itself."""
    draws = feedback_effect.comment_draws(files[0])
    stated = {row.measure: row.value for row in measure_all(version(NOISE["real"]), resamples=50, seed=0)}
    for measure in feedback_effect.MEASURES:
        assert draws["real", measure][0] == pytest.approx(stated[measure], abs=1e-9)
        assert len(draws["real", measure]) == 1 + RESAMPLES


def test_every_arm_and_difference_has_a_row_with_its_interval(files: list[Path], tmp_path: Path) -> None:
    result = ResultFile("feedback_effect", directory=tmp_path)
    feedback_effect.report(result, "demo", files)
    for arm in ("none", "echo", "placebo", "real", "real_minus_echo", "placebo_minus_echo", "real_minus_placebo"):
        for metric in ("jigsaw_score", "accuracy", "worst_fpr", "swap_rate"):
            row = result.rows["demo", arm, metric]
            if (arm, metric) == ("placebo_minus_echo", "swap_rate"):
                assert (row["value"], row["low"], row["high"]) == (0, None, None), "what is the same in every draw has no interval"
            else:
                assert row["low"] <= row["value"] <= row["high"], (arm, metric)
            assert row["seeds"] == 2
    effect, noise = (result.rows["demo", arm, "jigsaw_score"] for arm in ("real_minus_echo", "placebo_minus_echo"))
    assert effect["low"] > 0
    assert noise["low"] < 0 < noise["high"]
    assert result.rows["demo", "real_minus_echo", "swap_rate"]["value"] == pytest.approx(-0.3)


class Item:
    """What `_body` asks of an item: who is mentioned."""

    def __init__(self, *mentions: str) -> None:
        self.comment = self.mentions = self
        self.names = mentions

    def filter(self, **_):
        return self

    def values_list(self, *_, **__):
        return self.names


@pytest.mark.parametrize(
    ("level", "predicted", "flagged", "mentions", "verdict", "corrected", "reported"),
    [
        ("low", "high", True, ("muslim",), "incorrect", "low", True),
        ("low", "high", True, (), "incorrect", "low", False),
        ("low", "low", False, ("muslim",), "correct", "", False),
        ("high", "low", False, ("muslim",), "incorrect", "high", False),
        ("high", "high", True, ("muslim",), "correct", "", False),
    ],
)
def test_a_rater_s_verdict_is_their_level_against_the_predicted_one(level, predicted, flagged, mentions, verdict, corrected, reported) -> None:
    from modeling.labels import Level

    body = _body(Item(*mentions), Level(level), {"predicted_label": predicted, "flagged": flagged})
    assert (body["verdict"], body["corrected_label"]) == (verdict, corrected)
    assert ("bias_types" in body) is reported
    assert json.dumps(body)

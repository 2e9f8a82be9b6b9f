import numpy as np
import pytest

from modeling.labels import Arm, Split
from modeling.ml.classifier import TORCH_FP32
from modeling.ml.inference import uses_bf16
from modeling.ml.openvino_engine import BF16, INT8, OPENVINO_ENGINES
from modeling.ml.scorer import Scorer
from modeling.models import Prediction
from modeling.pipeline import engines
from modeling.pipeline.predict import score_comments
from modeling.pipeline.train import train_first
from modeling.pipeline.versions import load_scorer
from tests.factories import make_comment


def test_gate_gives_its_first_comments_and_more_of_rare_subgroups(world, monkeypatch):
    monkeypatch.setattr(engines, "MOST_GATE_COMMENTS", 10)
    monkeypatch.setattr(engines, "MOST_MEMBERS", 20)
    shown = engines.gate_comments(world)
    assert set(shown.memberships) == {"muslim", "christian"}
    assert all(member.shape == (len(shown.texts),) for member in shown.memberships.values())
    assert [int(member.sum()) >= 20 for member in shown.memberships.values()] == [True, True]
    assert 40 <= len(shown.texts) <= 50
    assert all(("muslim" in text) == bool(member) for text, member in zip(shown.texts, shown.memberships["muslim"], strict=True))


def test_gate_needs_no_labels(world):
    before = len(engines.gate_comments(world).texts)
    make_comment(world.datasets.get(), "nobody judged this one", split=Split.GATE, target=None)
    assert len(engines.gate_comments(world).texts) == before + 1


def test_an_engine_is_built_when_it_is_asked_for_or_pays(world, settings):
    settings.ENGINE = "openvino"
    assert engines.builds_engines(world)
    settings.ENGINE = "torch"
    assert not engines.builds_engines(world)
    settings.ENGINE = "auto"
    assert not engines.builds_engines(world)  # 264 comments


def test_a_control_arm_is_not_checked_where_no_engine_is_built(cycle, tmp_path):
    from modeling.pipeline.versions import load_classifier

    classifier = load_classifier(cycle.champion)
    said = {arm: engines.engine_files(project=cycle.project, classifier=classifier, arm=arm)(tmp_path)["engine"] for arm in (Arm.ECHO, Arm.REAL)}
    assert {one["engine"] for one in said.values()} == {TORCH_FP32}
    assert "never serves" in said[Arm.ECHO]["note"]
    assert "note" not in said[Arm.REAL]


def test_the_engine_that_serves_is_the_one_that_scores_and_stands_in_the_manifest(world, settings, config):
    settings.ENGINE = "openvino"
    version = train_first(project=world, config=config.but(precision="auto"))
    stated = version.manifest["engine"]
    assert stated["tried"][0]["engine"] == (BF16 if uses_bf16("auto") else INT8)
    assert {"overall", "subgroups"} <= set(stated["tried"][0])
    scorer = load_scorer(version)
    assert scorer.engine == stated["engine"]
    assert stated["engine"] in OPENVINO_ENGINES
    score_comments(version=version, splits=(Split.GATE,))
    rows = list(Prediction.objects.filter(version=version).values_list("comment__text", "p_low", "p_mild", "p_high"))
    assert len(rows) == 80
    assert scorer.predict_proba([row[0] for row in rows]) == pytest.approx(np.array([row[1:] for row in rows]), abs=1e-5)


class Killed(BaseException):
    pass


def test_scoring_that_was_killed_goes_on_with_what_is_left(trained, monkeypatch):
    version = trained.champion
    Prediction.objects.filter(version=version).delete()
    monkeypatch.setattr("modeling.pipeline.predict.CHUNK", 30)

    def die_in_the_third_chunk(done: int, total: int) -> None:
        if done > 60:
            raise Killed

    with pytest.raises(Killed):
        score_comments(version=version, splits=(Split.GATE,), on_progress=die_in_the_third_chunk)
    assert Prediction.objects.filter(version=version).count() == 60
    assert score_comments(version=version, splits=(Split.GATE,)) == 20
    assert Prediction.objects.filter(version=version, comment__split=Split.GATE).count() == 80
    assert score_comments(version=version, splits=(Split.GATE,)) == 0


def test_the_scorer_is_a_scorer_whatever_computes(trained):
    assert isinstance(load_scorer(trained.champion), Scorer)

import pytest

from modeling.labels import CYCLE_ARMS, Arm, Lane, Split
from modeling.models import ModelVersion, Prediction
from modeling.pipeline import predict
from modeling.pipeline.predict import score_comments, score_together
from modeling.pipeline.retrain import retrain

SPLITS = (Split.GATE, Split.TEST)


def by_comment(version) -> list[tuple]:
    fields = ("comment_id", "p_low", "p_mild", "p_high", "predicted_label", "score", "flagged")
    return list(version.predictions.filter(comment__split__in=SPLITS).order_by("comment").values_list(*fields))


@pytest.fixture
def arms(cycle, config, request) -> list:
    cycle.training_config = config.but(lane=request.param, epochs=1).as_dict()
    cycle.save()
    trained = retrain(cycle=cycle, on_step=lambda *_: None, should_stop=lambda: False)
    return [trained[arm] for arm in CYCLE_ARMS]


@pytest.fixture
def loaded(monkeypatch) -> list:
    """Versions whose encoder was loaded to score with it."""
    versions, load = [], predict.load_scorer
    monkeypatch.setattr(predict, "load_scorer", lambda version: versions.append(version) or load(version))
    return versions


@pytest.mark.parametrize("arms", [Lane.FAST], indirect=True)
def test_versions_of_one_encoder_are_scored_at_the_price_of_one(arms, loaded) -> None:
    score_together(versions=arms, splits=SPLITS)
    assert loaded == arms[:1]
    together = [by_comment(version) for version in arms]
    assert all(together)
    Prediction.objects.filter(version__in=arms).delete()
    for version in arms:
        score_comments(version=version, splits=SPLITS)
    assert together == [by_comment(version) for version in arms]


@pytest.mark.parametrize("arms", [Lane.MIDDLE], indirect=True)
def test_versions_whose_layers_differ_are_scored_each_by_its_own(arms, loaded) -> None:
    score_together(versions=arms, splits=SPLITS)
    assert loaded == arms
    assert len({tuple(by_comment(version)) for version in arms}) == len(arms)


@pytest.mark.parametrize("arms", [Lane.FAST], indirect=True)
def test_what_one_of_them_has_scored_already_stays(arms) -> None:
    real = arms[CYCLE_ARMS.index(Arm.REAL)]
    score_comments(version=real, splits=SPLITS)
    kept = list(real.predictions.order_by("pk").values_list("pk", flat=True))
    score_together(versions=arms, splits=SPLITS)
    assert list(real.predictions.order_by("pk").values_list("pk", flat=True)) == kept
    assert {version.predictions.count() for version in arms} == {len(kept)}
    stored = ModelVersion.objects.filter(pk__in=[version.pk for version in arms]).values_list("scored_count", flat=True)
    assert set(stored) == {len(kept)}, "each says how many it has scored"

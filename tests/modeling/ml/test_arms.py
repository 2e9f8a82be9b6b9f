"""Every arm of the loss in the lanes that train layers."""

from dataclasses import replace

import numpy as np
import pytest

from modeling.ml.classifier import load_version, save_version
from modeling.ml.data import build_feedback_data
from modeling.ml.states import StateCache
from modeling.ml.training import train_full, train_middle
from tests.modeling.ml.conftest import make_data

ARMS = {
    "kl": {"kl_weight": 1.0},
    "all levels": {"pairing_levels": "all"},
    "augmentation": {"augmentation_weight": 1.0},
    "mindiff": {"mindiff_weight": 1.0},
    "group_kl": {"group_kl_weight": 1.0},
    "unlikelihood": {"feedback_form": "unlikelihood"},
    "jsd": {"feedback_form": "jsd"},
    "masking": {"mask_identities": True},
    "multipliers": {"multiplier_rate": 2.0},
}
PROBES = ["the muslim was nice", "the christian was nice", "the gay cat was kind"]


@pytest.fixture
def shared(classifier, config):
    """(base, its states, the default arm's probabilities)."""
    states = StateCache(classifier)
    return classifier, states, middle(classifier, states, config).classifier.predict_proba(PROBES)


def middle(base, states, config):
    people = build_feedback_data(
        texts=["the muslim bus was nice", "the gay tea", "a rotten cat"],
        q=[[1, 0, 0], [1, 0, 0], [0, 0, 1]],
        weights=[1, 1, 1],
        bias_weights=[1, 0, 0],
        config=config,
    )
    return train_middle(base, make_data(80, config), people, config, states)


@pytest.mark.parametrize("arm", ARMS)
def test_every_arm_trains_the_middle_lane_to_weights_of_its_own(shared, config, arm: str):
    base, states, default = shared
    training = middle(base, states, config.but(**ARMS[arm]))
    probabilities = training.classifier.predict_proba(PROBES)
    assert np.isfinite(probabilities).all()
    assert np.abs(probabilities - default).max() > 1e-5
    assert all(np.isfinite(step["total"]) for step in training.loss_steps)


def test_the_full_lane_has_every_term_at_once(data, config, tiny_encoder):
    everything = config.but(epochs=1, kl_weight=0.1, augmentation_weight=0.5, mindiff_weight=1.0, group_kl_weight=1.0, multiplier_rate=1.0)
    first, again = (train_full(make_data(80, everything), everything, str(tiny_encoder)) for _ in range(2))
    assert {"augmentation", "mindiff", "group_kl"} <= first.loss_steps[0].keys()
    assert first.loss_steps == again.loss_steps


def test_multipliers_start_where_people_left_them_and_move_with_the_training(classifier, config):
    config = config.but(multiplier_rate=2.0, multiplier_updates=4)
    data = replace(make_data(80, config), multipliers={"muslim": 1.6})
    steps = train_middle(classifier, data, None, config, StateCache(classifier)).loss_steps
    told = [step["multipliers"]["muslim"] for step in steps]
    assert told[0] == 1.6
    # Told before the update after the same step: three of the four can be seen.
    assert len(set(told)) == 4


def test_a_masked_version_never_sees_who_is_meant_after_a_reload_either(classifier, data, config, tmp_path):
    config = config.but(mask_identities=True)
    trained = train_middle(classifier, data, None, config, StateCache(classifier)).classifier
    save_version(tmp_path / "version", trained, {})
    for version in (trained, load_version(tmp_path / "version")):
        muslim, christian, _ = version.predict_proba(PROBES)
        assert (muslim == christian).all()
        assert (version.embed(PROBES[:1]) == version.embed(PROBES[1:2])).all()


def test_what_the_base_does_not_read_no_lane_above_it_reads(classifier, data, config):
    base = replace(classifier, config=config.but(mask_identities=True))
    trained = train_middle(base, data, None, config, StateCache(base)).classifier
    assert trained.config.mask_identities

import numpy as np
import pytest
import torch

from modeling.errors import CancelledError, DivergedError, NothingToTrainError
from modeling.ml.classifier import Classifier
from modeling.ml.data import TrainingData, build_feedback_data, build_training_data, with_statements
from modeling.ml.encoder import layers_of
from modeling.ml.head import train_fast
from modeling.ml.states import StateCache
from modeling.ml.thresholds import scores_of
from modeling.ml.training import split_rows, split_slice, train_full, train_middle
from tests.modeling.ml.conftest import make_data

TERMS = ("ce", "kl", "pairing", "feedback")


def weights_of(classifier: Classifier) -> bytes:
    return b"".join(value.numpy().tobytes() for value in classifier.module.state_dict().values())


def flat(layer: torch.nn.Module) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in layer.parameters()])


def accuracy(classifier: Classifier, data: TrainingData) -> float:
    return float(((scores_of(classifier.predict_proba(data.texts)) >= classifier.threshold) == data.toxic).mean())


@pytest.fixture
def base(data, config, tiny_encoder) -> Classifier:
    return train_full(data, config.but(epochs=1), str(tiny_encoder)).classifier


def test_the_full_lane_learns(data, config, tiny_encoder):
    training = train_full(data, config.but(epochs=4), str(tiny_encoder))
    assert accuracy(training.classifier, make_data(60, config, seed=9)) > 0.9
    assert training.threshold == training.classifier.threshold
    assert training.loss_steps[-1]["ce"] < training.loss_steps[0]["ce"]


def test_the_same_config_and_data_give_the_same_weights(data, config, tiny_encoder):
    first, again, other = (train_full(data, config.but(seed=seed), str(tiny_encoder)) for seed in (0, 0, 1))
    assert weights_of(first.classifier) == weights_of(again.classifier) != weights_of(other.classifier)
    assert first.loss_steps == again.loss_steps


def test_training_leaves_torchs_generator_and_threads_alone(data, config, tiny_encoder):
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    train_full(data, config.but(threads=2), str(tiny_encoder))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads


def test_each_step_tells_every_term_and_its_gradient(data, config, tiny_encoder):
    seen = []
    training = train_full(data, config.but(kl_weight=0.1), str(tiny_encoder), on_step=seen.append)
    assert seen == training.loss_steps
    assert seen[-1]["step"] == seen[-1]["steps"] == len(seen)
    assert {"step", "steps", "epoch", "total", "weights", *TERMS, *(f"{term}_gradient_norm" for term in TERMS)} == seen[0].keys()
    first = seen[0]
    assert first["total"] == pytest.approx(first["ce"] + 0.1 * first["kl"] + config.pairing_weight * first["pairing"], rel=1e-5)
    assert all(first[f"{term}_gradient_norm"] > 0 for term in ("ce", "kl", "pairing"))
    assert first["feedback"] == first["feedback_gradient_norm"] == 0


def test_a_long_run_reports_about_two_hundred_times_at_most(config, tiny_encoder):
    many = make_data(220, config)
    training = train_full(many, config.but(epochs=1, batch_size=1, threshold_share=0.0), str(tiny_encoder))
    assert 100 <= len(training.loss_steps) <= 201
    assert training.loss_steps[-1]["step"] == 220


def test_it_stops_when_it_is_asked_to(data, config, tiny_encoder):
    seen = []
    with pytest.raises(CancelledError):
        train_full(data, config, str(tiny_encoder), on_step=seen.append, should_stop=lambda: len(seen) >= 3)
    assert len(seen) == 3


def test_the_slice_is_not_trained_on(data, config):
    trained, held_out = split_slice(data, config)
    assert len(trained) + len(held_out) == len(data)
    assert 0 < len(held_out) < len(data) / 2
    assert not set(trained.keys) & set(held_out.keys)


def test_a_share_of_peoples_labels_has_its_say_in_the_threshold(data, config):
    feedback = build_feedback_data(
        texts=[f"the gay bus {i}" for i in range(50)], q=[[1, 0, 0]] * 50, weights=[0.5] * 50, bias_weights=[0] * 50, config=config
    )
    rows, held_out = split_rows(data, feedback, config)
    assert not set(rows.texts) & set(held_out.texts)
    people = [text in feedback.texts for text in held_out.texts]
    assert 2 <= sum(people) <= 25
    assert set(held_out.weights[people]) == {0.5 * config.feedback_label_weight}


def test_the_epoch_that_was_best_on_the_slice_is_kept(data, config, tiny_encoder):
    # At this rate training diverges: without early stopping all 30 epochs would run.
    wild = config.but(epochs=30, learning_rate=0.5, head_learning_rate=5.0)
    training = train_full(data, wild, str(tiny_encoder))
    assert training.loss_steps[-1]["epoch"] < 30


def test_a_loss_that_is_no_number_ends_the_training_and_says_where(data, config, tiny_encoder):
    with pytest.raises(DivergedError, match=r"no number at step \d+ of \d+.*learning rate below 1e\+30"):
        train_full(data, config.but(epochs=3, learning_rate=1e30, head_learning_rate=1e30), str(tiny_encoder))


def test_nothing_to_train_is_said(config, tiny_encoder):
    empty = build_training_data(texts=[], targets=[], config=config)
    with pytest.raises(NothingToTrainError):
        train_full(empty, config, str(tiny_encoder))


def test_a_handful_of_comments_is_trained_on_with_threshold_one_half(config, tiny_encoder):
    data = build_training_data(texts=["vile"], targets=[1.0], config=config)
    assert train_full(data, config.but(threshold_share=1.0), str(tiny_encoder)).threshold == 0.5


def test_statements_are_not_all_that_is_trained_on(config):
    asked = config.but(threshold_share=1.0, statements=8)
    data = with_statements(build_training_data(texts=["vile"], targets=[1.0], config=asked), asked)
    trained, held_out = split_slice(data, asked)
    assert "vile" in trained.texts
    assert not len(held_out)


def test_dropout_of_the_encoder_is_configured(data, config, tiny_encoder):
    settings = config.but(epochs=1, dropout=0.0, threshold_share=0.0, batch_size=80)
    with_dropout, *without = (train_full(data, settings.but(encoder_dropout=p), str(tiny_encoder)).loss_steps[0]["ce"] for p in (0.3, 0.0, 0.0))
    assert without[0] == without[1] != with_dropout


def test_pairing_brings_twins_together(config, tiny_encoder):
    # Planted: everything about muslims is called high, the same about others low. Low comments about Hindus pull the two together.
    words, things = ("nice", "kind", "good"), ("tea", "cake", "walk", "dog")
    texts = [f"the {who} {word} {thing}" for who in ("muslim", "hindu") for word in words for thing in things]
    data = build_training_data(texts=texts, targets=[0.9 * ("muslim" in text) for text in texts], config=config)
    gaps = []
    for weight in (0.0, 3.0):
        settings = config.but(pairing_weight=weight, epochs=8, threshold_share=0.0)
        trained = train_full(data, settings, str(tiny_encoder)).classifier
        scores = scores_of(trained.predict_proba(["the muslim lovely bread", "the hindu lovely bread"]))
        gaps.append(abs(scores[0] - scores[1]))
    assert gaps[1] < gaps[0] / 2


def test_sources_with_two_labels_train_the_margin(config, tiny_encoder):
    data = make_data(80, config)
    binary = build_training_data(texts=data.texts, targets=data.toxic.astype(float), binary=np.ones(80, dtype=bool), config=config)
    assert accuracy(train_full(binary, config.but(epochs=4), str(tiny_encoder)).classifier, data) > 0.9


def test_the_middle_lane_trains_the_top_only_and_leaves_its_base(base, data, config):
    before = weights_of(base)
    training = train_middle(base, data, None, config, StateCache(base))
    assert weights_of(base) == before
    trained, original = ([flat(layer) for layer in layers_of(one.module.encoder)] for one in (training.classifier, base))
    assert [torch.equal(mine, theirs) for mine, theirs in zip(trained, original, strict=True)] == [True, False, False]
    assert accuracy(training.classifier, data) > 0.8


@pytest.mark.parametrize("lane", ["fast", "middle"])
def test_reading_before_the_first_step_is_told_and_can_be_stopped(base, data, config, lane):
    def train(on_step, should_stop):
        if lane == "fast":
            return train_fast(base, data, None, config, on_step=on_step, should_stop=should_stop)
        return train_middle(base, data, None, config, StateCache(base), on_step, should_stop)

    told: list[dict] = []
    config = config.but(lane=lane)
    train(told.append, lambda: False)
    read = [step["read"] for step in told if "read" in step]
    assert read == sorted(read)
    assert read[-1] == 1
    assert told[0]["message"].endswith("texts read")
    begun: list[dict] = []
    with pytest.raises(CancelledError):
        train(begun.append, lambda: True)
    assert not begun


def test_arms_that_share_states_do_not_disturb_each_other(base, data, config):
    feedback = build_feedback_data(texts=["the gay bus was nice"], q=[[1, 0, 0]], weights=[1], bias_weights=[1], config=config)
    shared = StateCache(base)
    with_feedback = train_middle(base, data, feedback, config, shared)
    without = train_middle(base, data, None, config, shared)
    alone = train_middle(base, data, None, config, StateCache(base))
    assert weights_of(without.classifier) == weights_of(alone.classifier) != weights_of(with_feedback.classifier)
    assert without.threshold == alone.threshold
    assert max(step["feedback"] for step in with_feedback.loss_steps) > 0


def test_peoples_labels_mend_what_train_got_wrong(base, config):
    data = make_data(80, config)
    planted = build_training_data(
        texts=data.texts + ["the muslim was nice and kind"] * 8, targets=[*(0.9 * data.toxic), *[0.9] * 8], votes=np.full(88, 10), config=config
    )
    feedback = build_feedback_data(
        texts=["the muslim was nice and lovely", "the muslim was kind and good"] * 4,
        q=[[1, 0, 0]] * 8,
        weights=[1] * 8,
        bias_weights=[1] * 8,
        config=config,
    )
    states = StateCache(base)
    scores = [
        scores_of(train_middle(base, planted, people, config.but(epochs=4), states).classifier.predict_proba(["the muslim was lovely and good"]))[0]
        for people in (None, feedback)
    ]
    assert scores[1] < scores[0]


def test_the_middle_lane_serves_what_it_trained(base, data, config):
    """The threshold was found on cached states; the version that serves must give the same scores."""
    states = StateCache(base)
    training = train_middle(base, data, None, config, states)
    _, held_out = split_slice(data, config)
    scores = scores_of(training.classifier.predict_proba(held_out.texts))
    errors = ((scores >= training.threshold) & ~held_out.toxic).sum() - ((scores < training.threshold) & held_out.toxic).sum()
    assert abs(errors) <= 1

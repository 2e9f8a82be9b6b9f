import numpy as np
import pytest

from modeling.ml.data import build_feedback_data, build_training_data, in_slice, no_feedback, text_key, twin_of


def test_twins_exist_where_a_low_comment_names_somebody(config):
    data = build_training_data(texts=["a nice muslim", "an awful muslim", "nice tea"], targets=[0.0, 0.9, 0.0], config=config)
    assert data.twins[0] not in (None, "a nice muslim")
    assert data.twins[1:] == [None, None]
    assert data.twin_weights.tolist() == [1, 0, 0]
    assert data.toxic.tolist() == [False, True, False]
    assert data.q.tolist() == [[1, 0, 0], [0, 0, 1], [1, 0, 0]]


def test_a_text_has_one_twin_whatever_stands_beside_it(config):
    alone = build_training_data(texts=["a nice muslim"], targets=[0.0], config=config)
    beside = build_training_data(texts=["gay tea", "a nice muslim"], targets=[0.0, 0.0], config=config)
    assert alone.twins[0] == beside.twins[1] == twin_of("a nice muslim", config.seed)


def test_votes_make_soft_labels_and_keys_default_to_the_texts(config):
    data = build_training_data(texts=["tea", "cake"], targets=[0.0, 0.5], votes=[10, np.nan], binary=[False, True], weights=[1, 2], config=config)
    assert 0.9 < data.q[0, 0] < 1
    assert data.q[1].tolist() == [0, 1, 0]
    assert data.keys == [text_key("tea"), text_key("cake")]
    assert data.binary.tolist() == [False, True]
    assert data.weights.tolist() == [1, 2]


def test_feedback_is_paired_where_bias_was_reported_and_a_swap_exists(config):
    feedback = build_feedback_data(
        texts=["the muslim bus", "jollof bus", "the gay bus"],
        q=[[1, 0, 0], [0.4, 0.2, 0.4], [0, 0, 1]],
        weights=[1, 0.5, 1],
        bias_weights=[0.7, 0.9, 0],
        config=config,
    )
    assert feedback.twin_weights.tolist() == [0.7, 0, 0]
    assert feedback.twins[0] is not None
    assert feedback.twins[1:] == [None, None]
    assert feedback.toxic.tolist() == [False, True, True]


def test_rows_can_be_taken_and_texts_are_listed_once(data):
    first = data.take(np.arange(len(data)) < 3)
    assert first.texts == data.texts[:3]
    assert first.q.shape == (3, 3)
    texts = data.all_texts()
    assert len(texts) == len(set(texts))
    assert set(texts) == set(data.texts) | {twin for twin in data.twins if twin}


def test_parts_of_unequal_length_are_refused(data):
    with pytest.raises(ValueError, match="one row for each text"):
        type(data)(data.texts[:-1], data.q, data.weights, data.binary, data.toxic, data.keys, data.twins, data.twin_weights)


def test_no_feedback_is_empty():
    assert len(no_feedback()) == 0
    assert no_feedback().all_texts() == []


def test_the_slice_is_a_stable_share_of_keys():
    kept = [in_slice(f"family {i}", 0.1) for i in range(3000)]
    assert 0.08 < np.mean(kept) < 0.12
    assert kept == [in_slice(f"family {i}", 0.1) for i in range(3000)]
    assert not in_slice("a", 0.0)
    assert in_slice("a", 1.0)


def test_all_levels_have_twins_where_the_config_says_so(config):
    data = build_training_data(
        texts=["a nice muslim", "an awful muslim", "nice tea"], targets=[0.0, 0.9, 0.0], config=config.but(pairing_levels="all")
    )
    assert data.twin_weights.tolist() == [1, 1, 0]
    with pytest.raises(ValueError, match="low, all"):
        config.but(pairing_levels="mild")


def test_who_is_mentioned_is_known_where_a_term_asks(config):
    asked = config.but(mindiff_weight=1.0)
    texts = ["a nice muslim", "nice tea", "a gay muslim"]
    found = build_training_data(texts=texts, targets=[0, 0, 0], config=asked)
    assert found.subgroups == ("homosexual_gay_or_lesbian", "muslim")
    assert found.memberships.tolist() == [[False, True], [False, False], [True, True]]
    given = build_training_data(texts=texts, targets=[0, 0, 0], mentions=[{"x_tea"}, {"x_tea"}, set()], config=asked)
    assert given.subgroups == ("x_tea",)
    assert given.take(np.array([False, True, True])).memberships.tolist() == [[True], [False]]
    unasked = build_training_data(texts=texts, targets=[0, 0, 0], mentions=[{"x_tea"}, {"x_tea"}, set()], config=config)
    assert (unasked.subgroups, unasked.memberships.shape) == ((), (3, 0))


def test_masked_data_keep_their_labels_and_lose_their_twins(config):
    masking = config.but(mask_identities=True, mindiff_weight=1.0)
    data = build_training_data(texts=["a nice muslim", "nice tea"], targets=[0, 0], config=masking)
    read = data.as_read(masking, "[MASK]")
    assert read.texts == ["a nice [MASK]", "nice tea"]
    assert read.twins == [None, None]
    assert not read.twin_weights.any()
    assert read.memberships.tolist() == [[True], [False]]
    assert read.keys == data.keys
    assert data.as_read(config, "[MASK]") is data

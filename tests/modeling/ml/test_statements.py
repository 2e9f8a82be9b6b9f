"""Identity statements: everybody is praised and attacked in the same words."""

import re
from collections import Counter

import numpy as np
import pytest

from modeling.config import TrainingConfig
from modeling.demonstration.originals import read_originals
from modeling.errors import NothingToTrainError
from modeling.ml import probe_terms
from modeling.ml.data import STATEMENT_KEY, TrainingData, as_trained_on, build_feedback_data, build_training_data, in_slice, with_statements
from modeling.ml.multipliers import Multipliers
from modeling.ml.rows import Rows
from modeling.ml.statement_frames import HARMLESS_FRAMES, HARMLESS_SENTENCES, HOSTILE_FRAMES, HOSTILE_SENTENCES
from modeling.ml.statements import identity_statements
from modeling.ml.subgroups import find_mentions


def test_half_are_hostile_and_the_same_seed_gives_the_same_ones() -> None:
    statements = identity_statements(400, seed=3)
    assert len(statements) == 400
    assert sum(is_hostile for _, is_hostile in statements) == 200
    assert statements == identity_statements(400, seed=3) != identity_statements(400, seed=4)


def test_people_are_attacked_about_as_often_as_spoken_of_without_malice() -> None:
    statements = identity_statements(2_000, seed=0)
    counts = {True: Counter(), False: Counter()}
    for (_, is_hostile), mentioned in zip(statements, find_mentions(text for text, _ in statements), strict=True):
        counts[is_hostile].update(mentioned)
    # Not equal, because our term list does not find a bare "black" or "straight", and frames differ in the form that they ask for.
    for name in ("muslim", "jewish", "black", "white", "transgender", "homosexual_gay_or_lesbian"):
        assert 0.4 < counts[True][name] / (counts[True][name] + counts[False][name]) < 0.6


def test_an_axis_can_be_left_out() -> None:
    texts = " ".join(text for text, _ in identity_statements(1_000, seed=0, without={"religion"}))
    assert "muslim" not in texts
    assert "deaf" in texts


def test_none_are_made_where_none_are_asked_for() -> None:
    assert identity_statements(0, seed=0) == []


def test_no_frame_is_a_probe_s() -> None:
    probes = {*probe_terms.HARMLESS_FRAMES, *probe_terms.HOSTILE_FRAMES, *probe_terms.NAME_FRAMES}
    ours = {*HARMLESS_FRAMES, *HOSTILE_FRAMES, *HARMLESS_SENTENCES, *HOSTILE_SENTENCES}
    assert not ours & probes
    shared = {(frame, probe) for frame in ours for probe in probes if runs_of(frame) & runs_of(probe)}
    assert not shared, "insults are worded alike: a probe must share no three words in a row with what is trained on"


def runs_of(frame: str) -> set[tuple[str, ...]]:
    """Three words in a row, whoever is named in the gap."""
    words = re.findall(r"[a-z']+", re.sub(r"\{\w+\}", " somebody ", frame).lower())
    return set(zip(words, words[1:], words[2:], strict=False))


def some_data(config: TrainingConfig) -> TrainingData:
    return build_training_data(texts=["a fine day", "you fool"], targets=[0.0, 1.0], config=config)


def test_they_join_the_train_comments_as_low_and_high_and_hostile_ones_have_twins_too() -> None:
    config = TrainingConfig(statements=40, statement_pairing=5.0)
    joined = with_statements(some_data(config), config)
    assert len(joined) == 42
    assert joined.q[2:, 0].sum() == joined.q[2:, 2].sum() == 20
    assert any(joined.twins[i] for i in np.flatnonzero(joined.toxic))
    assert set(joined.twin_weights[2:]) == {0.0, 5.0}


def test_they_have_no_say_in_the_threshold() -> None:
    assert not in_slice(STATEMENT_KEY, 1.0)


def test_statements_alone_make_no_classifier() -> None:
    config = TrainingConfig(statements=40)
    nothing = some_data(config).take(np.zeros(2, dtype=bool))
    with pytest.raises(NothingToTrainError):
        with_statements(nothing, config)


def test_no_statement_is_a_comment_of_the_demonstration() -> None:
    originals = {original.text for original in read_originals()}
    assert not {text for text, _ in identity_statements(2_000, seed=0)} & originals


def mentioned_as(*mentions: set[str], config: TrainingConfig) -> TrainingData:
    return build_training_data(texts=["a fine day"] * len(mentions), targets=[0.0] * len(mentions), mentions=mentions, config=config)


@pytest.mark.parametrize("columns", [{"muslim"}, {"muslim~lexicon"}, {"muslim", "muslim~lexicon"}])
def test_a_subgroup_s_statements_count_in_the_columns_of_its_comments(columns: set[str]) -> None:
    config = TrainingConfig(statements=400, mindiff_weight=1.0)
    joined = with_statements(mentioned_as(columns, set(), config=config), config)
    statements = np.array(joined.texts) != "a fine day"
    about = np.array(["muslim" in text.lower() for text in joined.texts])
    assert {name for name in joined.subgroups if "muslim" in name} == columns
    for name in columns:
        assert np.array_equal(joined.memberships[statements, joined.subgroups.index(name)], about[statements])
    assert "hindu" in joined.subgroups  # nobody else speaks of them


def test_their_columns_are_those_of_people_s_labels_too() -> None:
    config = TrainingConfig(statements=400, multiplier_rate=1.0)
    people = build_feedback_data(texts=["tea"], q=[[1, 0, 0]], weights=[1], bias_weights=[0], mentions=[{"hindu~lexicon"}], config=config)
    data, read = as_trained_on(mentioned_as({"muslim~lexicon"}, config=config), people, config, "[MASK]")
    rows = Rows.join(data, read, config)
    assert {"muslim~lexicon", "hindu~lexicon"} <= set(rows.subgroups)
    assert not {"muslim", "hindu"} & set(rows.subgroups)


def test_a_multiplier_weighs_a_subgroup_s_harmless_statements_as_its_comments() -> None:
    config = TrainingConfig(statements=400, multiplier_rate=1.0)
    data = with_statements(mentioned_as({"muslim~lexicon"}, config=config), config)
    multipliers = Multipliers(data.subgroups, {"muslim~lexicon": 3.0}, rate=1.0, cap=4.0)
    emphasis = multipliers.of_rows(data.memberships, data.q.argmax(axis=1) == 0)
    about = np.array(["muslim" in text.lower() for text in data.texts[1:]])
    hostile = data.toxic[1:]
    assert emphasis[0] == 3
    assert (about & ~hostile).any()
    assert set(emphasis[1:][about & ~hostile]) == {3}
    assert set(emphasis[1:][about & hostile]) == {1}

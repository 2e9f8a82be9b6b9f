import math

import numpy as np
import pytest
import torch

from modeling.ml.data import build_feedback_data, build_training_data
from modeling.ml.objective import Objective, gradient_norms, label_loss
from modeling.ml.rows import Rows

LN2 = math.log(2)


@pytest.fixture
def rows(config):
    data = build_training_data(texts=["a nice muslim", "vile cake", "awful tea"], targets=[0.0, 1.0, 1.0], binary=[False, False, True], config=config)
    feedback = build_feedback_data(texts=["the gay bus"], q=[[1, 0, 0]], weights=[0.5], bias_weights=[2.0], config=config)
    return Rows.join(data, feedback, config)


def test_feedback_labels_weigh_as_configured(rows, config):
    assert rows.weights.tolist() == [1, 1, 1, config.feedback_label_weight * 0.5]
    assert rows.pairing.tolist() == [1, 0, 0, 0]
    assert rows.reported.tolist() == [0, 0, 0, 2]


def test_twins_go_through_the_network_only_where_a_term_asks(rows, config):
    batch = np.array([3, 1, 0])
    assert rows.paired(batch, config).tolist() == [0, 2]
    assert rows.paired(batch, config.but(pairing_weight=0.0)).tolist() == [0]
    assert rows.paired(batch, config.but(pairing_weight=0.0, feedback_weight=0.0)).tolist() == []
    assert rows.texts_of(batch, np.array([0, 2])) == ["the gay bus", "vile cake", "a nice muslim", rows.twins[3], rows.twins[0]]


def test_each_term_sees_its_own_rows(rows, config):
    batch, paired = np.array([0, 3]), np.array([0, 1])
    logits = torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.0, LN2], [1.0, 0.0, 0.0], [0.0, 3.0, LN2]])
    objective = Objective(rows, rows, config.but(kl_weight=0.25, pairing_weight=0.5, feedback_weight=2.0))
    terms = objective.terms(batch, paired, logits)
    # CE of the low label: ln 3 (weight 1), ln 4 (weight 2)
    assert terms["ce"].item() == pytest.approx((math.log(3) + 2 * math.log(4)) / 3)
    assert terms["pairing"].item() == pytest.approx(1.0)
    assert terms["feedback"].item() == pytest.approx(2.0 * 9)
    assert terms["kl"].item() == pytest.approx((math.log(3) - 1.5 * LN2) / 2)
    weighted = objective.weighted(terms)
    assert weighted["feedback"].item() == pytest.approx(36)
    assert weighted["pairing"].item() == pytest.approx(0.5)
    assert weighted["kl"].item() == pytest.approx(terms["kl"].item() / 4)


def test_rows_with_and_without_levels_share_one_weighted_mean(rows):
    logits = torch.tensor([[0.0, 0.0, LN2]] * 4)
    # soft: ln 4 (low), ln 2 (high), feedback 2 x ln 4; binary: -ln 5/8
    expected = (math.log(4) + LN2 - math.log(5 / 8) + 2 * math.log(4)) / 5
    assert label_loss(logits, rows, np.arange(4)).item() == pytest.approx(expected)
    only_binary = label_loss(logits[:1], rows, np.array([2]))
    assert only_binary.item() == pytest.approx(-math.log(5 / 8))


def test_gradient_norms_are_those_of_the_weighted_terms_by_the_head():
    head = torch.nn.Linear(2, 3, bias=False)
    outputs = head(torch.tensor([[3.0, 4.0]]))
    norms = gradient_norms({"ce": 2 * outputs[0, 0], "kl": torch.tensor(1.0)}, head)
    assert norms == {"ce_gradient_norm": pytest.approx(10.0), "kl_gradient_norm": 0.0}

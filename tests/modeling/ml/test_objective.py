import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from modeling.ml.data import build_feedback_data, build_pairs, build_training_data
from modeling.ml.losses import logit_pairing
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


def test_reported_pairs_count_their_weight_beside_labels_and_nothing_changes_without_them(rows, config):
    logits = torch.tensor([[0.0, 0.0, 0.0], [0.0, 3.0, LN2], [1.0, 0.0, 0.0], [0.5, 0.1, 0.3]])
    two = Rows.join(_train(config), build_feedback_data(**_LABELS, config=config), config)
    before = logit_pairing(logits[:2], logits[2:], torch.from_numpy(two.reported[1:]))
    found = Objective(two, two, config).terms(np.array([1, 2]), np.array([0, 1]), logits)["feedback"]
    assert found.numpy().tobytes() == before.numpy().tobytes()
    label, pair = build_feedback_data(**{name: part[:1] for name, part in _LABELS.items()}, config=config), build_pairs(**_PAIR)
    mixed = Rows.join(_train(config), label.joined(pair), config)
    found = Objective(mixed, mixed, config).terms(np.array([1, 2]), np.array([0, 1]), logits)["feedback"]
    distances = (logits[:2] - logits[2:]).square().sum(dim=1)
    assert found.item() == pytest.approx((0.7 * distances[0].item() + 0.25 * distances[1].item()) / 1.25)


_LABELS = {"texts": ["the gay bus", "a gay bus"], "q": [[1, 0, 0]] * 2, "weights": [1, 1], "bias_weights": [0.7, 0.3]}
_PAIR = {"texts": ["a muslim cat"], "twins": ["a hindu cat"], "weights": [0.25]}


def _train(config):
    return build_training_data(texts=["vile cake"], targets=[1.0], config=config)


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


@pytest.fixture
def mentioned(config):
    """Rows 0 and 1 are harmless and mention a subgroup each, 2 is toxic and mentions one, 3 is people's and about nobody."""
    config = config.but(mindiff_weight=1.0)
    data = build_training_data(
        texts=["a nice muslim", "a nice walk of a gay man", "an awful gay man"],
        targets=[0.0, 0.0, 1.0],
        mentions=[["muslim"], ["gay"], ["gay"]],
        config=config,
    )
    feedback = build_feedback_data(texts=["tea"], q=[[1, 0, 0]], weights=[0.5], bias_weights=[0.0], mentions=[[]], config=config)
    return Rows.join(replace(data, multipliers={"muslim": 2.0}), feedback, config)


def test_twins_enter_the_cross_entropy_under_their_comments_label(rows, config):
    objective = Objective(rows, rows, config.but(pairing_weight=0.0, augmentation_weight=2.0))
    batch = np.array([0, 1, 3])
    paired = objective.paired(batch)
    assert paired.tolist() == [0, 2]
    logits = torch.zeros((5, 3), dtype=torch.float64)
    logits[3] = torch.tensor([0.0, 0.0, LN2])
    logits.requires_grad_()
    terms = objective.terms(batch, paired, logits)
    # The train twin: ln 4 of its low label, weight 1 of 1 + 1 + 2; people's pair is for the feedback term alone.
    assert terms["augmentation"].item() == pytest.approx(math.log(4) / 4)
    assert objective.weighted(terms)["augmentation"].item() == pytest.approx(math.log(4) / 2)
    gradient = torch.autograd.grad(terms["augmentation"], logits)[0]
    # (p - q) / 4
    assert gradient[3].tolist() == pytest.approx([-0.75 / 4, 0.25 / 4, 0.5 / 4])
    assert gradient[[0, 1, 2, 4]].abs().sum() == 0


@pytest.mark.parametrize(("form", "value"), [("unlikelihood", 3 / 4), ("jsd", 0.5 * (0.25 * math.log(0.4) + 0.75 * LN2 + math.log(1.6)))])
def test_another_form_of_feedback_takes_the_place_of_peoples_cross_entropy(rows, config, form: str, value: float):
    objective = Objective(rows, rows, config.but(feedback_form=form))
    batch = np.array([0, 3])
    # p = (1, 1, 2) / 4 in both rows, q = (1, 0, 0). JSD: the middle is (5, 1, 2) / 8.
    terms = objective.terms(batch, np.array([], dtype=np.int64), torch.tensor([[0.0, 0.0, LN2]] * 2, dtype=torch.float64))
    assert terms["ce"].item() == pytest.approx(math.log(4) * 1 / 3)
    assert terms["people"].item() == pytest.approx(value * 2 / 3)
    assert objective.weighted(terms)["people"].item() == pytest.approx(value * 2 / 3)


def test_group_terms_compare_harmless_comments_alone(mentioned, config):
    objective = Objective(mentioned, mentioned, config.but(mindiff_weight=1.0, group_kl_weight=1.0))
    assert mentioned.subgroups == ("gay", "muslim")
    # Scores: 0 and 0 for members and people's row; 1 for the toxic row, which has no say.
    logits = torch.tensor([[60.0, 0, 0], [60.0, 0, 0], [0, 0, 60.0], [60.0, 0, 0]], dtype=torch.float64)
    terms = objective.terms(np.arange(4), np.array([], dtype=np.int64), logits)
    assert terms["mindiff"].item() == pytest.approx(0, abs=1e-9)
    assert terms["group_kl"].item() == pytest.approx(0, abs=1e-9)
    logits[0] = torch.tensor([0, 0, 60.0])
    terms = objective.terms(np.arange(4), np.array([], dtype=np.int64), logits)
    # Scores 1; 0, 0. Ten lengths apart, e^-100 = 0: muslim against the others 1 + 1; gay {0} against {1, 0}: 1 - 2/2 + 1/2.
    assert terms["mindiff"].item() == pytest.approx((2 + 0.5) / 2)
    assert terms["group_kl"].item() > 0.1


def test_multipliers_weigh_the_pairs_of_harmless_members(mentioned, config):
    batch, paired = np.array([0, 1]), np.array([0, 1])
    logits = torch.tensor([[1.0, 0, 0], [1.0, 0, 0], [0, 0, 0], [0, 0, 0]])
    plain = Objective(mentioned, mentioned, config).terms(batch, paired, logits)
    assert plain["pairing"].item() == pytest.approx((1 + 1) / 2)
    pushed = Objective(mentioned, mentioned, config.but(multiplier_rate=1.0)).terms(batch, paired, logits)
    # The muslim pair starts at 2.
    assert pushed["pairing"].item() == pytest.approx((2 + 1) / 2)
    assert pushed["ce"].item() == plain["ce"].item()


def test_a_step_tells_the_weights_and_only_the_terms_in_use(mentioned, config):
    head = torch.nn.Linear(2, 3)
    logits = head(torch.ones((4, 2)))
    for changes, extra in ({}, set()), ({"group_kl_weight": 2.0, "multiplier_rate": 1.0}, {"group_kl", "group_kl_gradient_norm", "multipliers"}):
        objective = Objective(mentioned, mentioned, config.but(**changes))
        terms = objective.terms(np.arange(4), np.array([], dtype=np.int64), logits)
        weighted = objective.weighted(terms)
        record = objective.step_record(terms, weighted, torch.stack(list(weighted.values())).sum(), head)
        always = {"ce", "kl", "pairing", "feedback"}
        assert record.keys() == {"total", "weights", *always, *(f"{term}_gradient_norm" for term in always)} | extra
        assert record["weights"].keys() == always | (extra & {"group_kl"})
    assert record["weights"]["group_kl"] == 2
    assert record["multipliers"] == {"gay": 1, "muslim": 2}


def test_multipliers_move_at_equal_distances_and_only_where_they_are_asked_for(mentioned, config):
    objective = Objective(mentioned, mentioned, config.but(multiplier_rate=1.0, multiplier_updates=4))
    assert [step for step in range(1, 11) if objective.is_update_due(step, 10)] == [3, 5, 8, 10]
    assert not any(Objective(mentioned, mentioned, config).is_update_due(step, 10) for step in range(1, 11))


def test_multipliers_see_who_is_flagged_on_the_held_out_slice(mentioned, config):
    objective = Objective(mentioned, mentioned, config.but(multiplier_rate=1.0))
    # Equal error flags row 2 (toxic, .9) and row 0 (muslim, harmless, .95); people's row weighs 2, the gay one 1.
    scores = np.array([0.95, 0.1, 0.9, 0.1])
    objective.update_multipliers(np.stack([1 - scores, 0 * scores, scores], axis=1))
    # FPR 1 against 0; n = 1 of 1 + 20. The gay one is not flagged; of the others 1 of 1 + 2 is.
    expected = [np.exp((0 - 1 / 3 - 0.02) / 21), 2 * np.exp((1 - 0.02) / 21)]
    assert objective.multipliers.values.tolist() == pytest.approx(expected)


def test_what_an_objective_remembers_can_be_kept_and_given_back(mentioned, config):
    config = config.but(multiplier_rate=1.0, group_kl_weight=1.0)
    first, resumed = Objective(mentioned, mentioned, config), Objective(mentioned, mentioned, config)
    batch, logits = (np.arange(4), np.array([], dtype=np.int64)), torch.tensor([[2.0, 0, 0], [0, 0, 1], [0, 0, 2], [1, 0, 0]])
    first.terms(*batch, logits)
    first.multipliers.values *= 1.5
    resumed.load_state_dict(first.state_dict())
    assert first.multipliers.as_dict() == resumed.multipliers.as_dict()
    kept = first.state_dict()
    assert first.terms(*batch, logits)["group_kl"].item() == resumed.terms(*batch, logits)["group_kl"].item()
    assert kept["means"]["step"] == 1  # a copy: it does not move on with the training

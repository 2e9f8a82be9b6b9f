from dataclasses import replace

import numpy as np
import pytest
import torch

from modeling.errors import CancelledError, UnknownTermError
from modeling.ml.data import build_feedback_data, build_pairs, build_training_data
from modeling.ml.head import GRADIENT_TOLERANCE, EmbeddingCache, HeadProblem, make_problem, solve, train_fast
from modeling.ml.rows import Rows
from modeling.ml.thresholds import scores_of
from tests.modeling.ml.conftest import WORDS, make_data


def random_problem(l2: float = 1e-2, n: int = 40, width: int = 5) -> HeadProblem:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn((n, width), generator=generator, dtype=torch.float64)
    q = torch.rand((n, 3), generator=generator, dtype=torch.float64)
    return HeadProblem(
        x=x,
        q=q / q.sum(dim=1, keepdim=True),
        weights=torch.rand(n, generator=generator, dtype=torch.float64),
        gaps=x[:6] - x[6:12],
        pair_weights=torch.full((6,), 0.3, dtype=torch.float64),
        l2=l2,
    )


def test_value_of_a_worked_example():
    # x = 1, head = (0, 0, ln 2): p = (1, 1, 2)/4; q = high: CE ln 2; one pair with gap 2, weight .5: .5 * (2 ln 2)^2; l2/2 (ln 2)^2
    ln2 = float(np.log(2))
    one = torch.ones((1, 1), dtype=torch.float64)
    problem = HeadProblem(one, torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float64), one[0], 2 * one, 0.5 * one[0], l2=0.1)
    head = torch.tensor([[0.0, 0.0, ln2]], dtype=torch.float64)
    assert float(problem.value(head)) == pytest.approx(ln2 + 0.5 * (2 * ln2) ** 2 + 0.05 * ln2**2)
    # p - q + 2 * .5 * 2 * (2 head) + .1 head
    assert problem.gradient(head)[0].tolist() == pytest.approx([0.25, 0.25, -0.5 + 4 * ln2 + 0.1 * ln2])


def test_gradient_and_hessian_are_the_values_own():
    problem = random_problem()
    head = torch.randn((5, 3), generator=torch.Generator().manual_seed(1), dtype=torch.float64, requires_grad=True)
    by_autograd = torch.autograd.grad(problem.value(head), head)[0]
    assert torch.allclose(problem.gradient(head), by_autograd, atol=1e-12)
    hessian = torch.autograd.functional.hessian(lambda flat: problem.value(flat.reshape(3, 5).T), head.detach().T.reshape(-1))
    assert torch.allclose(problem.hessian(head.detach()), hessian, atol=1e-12)


def test_it_reaches_the_one_optimum_with_the_same_bytes():
    problem = random_problem()
    head = solve(problem)
    assert float(problem.gradient(head).norm()) < GRADIENT_TOLERANCE
    assert solve(problem).numpy().tobytes() == head.numpy().tobytes()
    other = head + 0.1 * torch.randn(head.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    assert problem.value(other) > problem.value(head)


def test_it_gets_there_from_separable_data_too():
    problem = random_problem(l2=1e-6)
    levels = torch.eye(3, dtype=torch.float64).repeat(2, 1)
    hard = replace(problem, x=1000 * problem.x[:6], q=levels, weights=problem.weights[:6], pair_weights=0 * problem.pair_weights)
    assert float(hard.gradient(solve(hard)).norm()) < GRADIENT_TOLERANCE


def test_the_fast_lane_gives_the_same_bytes_and_leaves_the_encoder(classifier, data, config):
    first, again = (train_fast(classifier, data, None, config) for _ in range(2))
    heads = [training.classifier.module.head.weight.detach().numpy().tobytes() for training in (first, again)]
    assert heads[0] == heads[1]
    assert first.threshold == again.threshold
    for mine, theirs in zip(first.classifier.module.encoder.parameters(), classifier.module.encoder.parameters(), strict=True):
        assert torch.equal(mine, theirs)
    assert first.loss_steps[-1]["total_gradient_norm"] < GRADIENT_TOLERANCE
    assert first.loss_steps[-1]["total"] < first.loss_steps[0]["total"]


def test_the_fast_lane_classifies(classifier, data, config):
    trained = train_fast(classifier, data, None, config.but(l2=1e-6)).classifier
    flagged = scores_of(trained.predict_proba(data.texts)) >= trained.threshold
    assert (flagged == data.toxic).mean() > 0.8


def test_erased_feedback_is_gone_without_a_trace(classifier, data, config):
    feedback = build_feedback_data(texts=["the muslim bus"], q=[[1, 0, 0]], weights=[1], bias_weights=[1], config=config)
    cache = EmbeddingCache(classifier)
    with_it = train_fast(classifier, data, feedback, config, embeddings=cache)
    erased, never = (train_fast(classifier, data, None, config, embeddings=cache) for _ in range(2))
    weights = [training.classifier.module.head.weight.detach().numpy().tobytes() for training in (with_it, erased, never)]
    assert weights[1] == weights[2] != weights[0]


def test_pairing_brings_twins_together(classifier, config):
    texts = [f"the {who} {word}" for who in ("muslim", "hindu") for word in ("nice", "kind", "good", "lovely")]
    data = build_training_data(texts=texts, targets=[0.9 * ("muslim" in text) for text in texts], config=config.but(threshold_share=0.0))
    gaps = []
    for weight in (0.0, 5.0):
        trained = train_fast(classifier, data, None, config.but(pairing_weight=weight, threshold_share=0.0)).classifier
        paired = [(text, twin) for text, twin in zip(data.texts, data.twins, strict=True) if twin]
        p, twins = (scores_of(trained.predict_proba(list(side))) for side in zip(*paired, strict=True))
        gaps.append(np.abs(p - twins).mean())
    assert gaps[1] < gaps[0] / 2


def test_what_it_logs_are_the_terms_by_themselves_and_they_make_up_the_total(classifier, data, config):
    people = build_pairs(texts=["the muslim was kind"], twins=["the christian was kind"], weights=[0.5])
    config = config.but(pairing_weight=0.1, feedback_weight=0.5)
    logged = train_fast(classifier, data, people, config).loss_steps[-1]
    assert {"ce", "kl", "pairing", "feedback"} == set(logged["weights"])
    assert min(logged[name] for name in logged["weights"]) > 0
    penalty = logged["total"] - sum(weight * logged[name] for name, weight in logged["weights"].items())
    assert 0 < penalty < logged["total"] / 2, "what is left is the penalty on the head"


def test_it_stops_when_it_is_asked_to(classifier, data, config):
    with pytest.raises(CancelledError):
        train_fast(classifier, data, None, config, should_stop=lambda: True)


@pytest.mark.parametrize(
    "term",
    [
        {"kl_weight": 0.1},
        {"augmentation_weight": 1.0},
        {"mindiff_weight": 1.0},
        {"group_kl_weight": 1.0},
        {"multiplier_rate": 1.0},
        {"feedback_form": "jsd"},
    ],
)
def test_terms_that_have_no_one_optimum_are_refused(classifier, data, config, term):
    with pytest.raises(UnknownTermError, match=next(iter(term))):
        train_fast(classifier, data, None, config.but(**term))


def test_a_masked_fast_lane_sees_no_identity(classifier, data, config):
    trained = train_fast(classifier, data, None, config.but(mask_identities=True)).classifier
    first, second = trained.predict_proba(["a nice muslim", "a nice christian"])
    assert (first == second).all()


def labels_and_pairs(config, pairs: int, weight: float) -> Rows:
    """Two labels of which bias was reported, and so many pairs."""
    told = [f"the muslim neighbour was nice on the {thing} ." for thing in ("walk", "bus")]
    feedback = build_feedback_data(texts=told, q=[[1, 0, 0]] * 2, weights=[1, 1], bias_weights=[1, 0.3], config=config)
    if pairs:
        texts, twins = ([f"the {who} cat was {word}" for word in WORDS[:pairs]] for who in ("muslim", "hindu"))
        feedback = feedback.joined(build_pairs(texts=texts, twins=twins, weights=[weight] * pairs))
    return Rows.join(make_data(20, config), feedback, config)


class OnesFor:
    def matrix(self, texts):
        return torch.ones((len(list(texts)), 2), dtype=torch.float64)


def test_a_reported_pair_takes_from_the_labels_no_more_than_its_weight(config):
    """Many pairs that weigh little leave the labels nearly all of their part."""
    problem = make_problem(labels_and_pairs(config, pairs=30, weight=0.1), OnesFor(), config)
    of_labels, of_pairs = problem.pair_weights[-32:-30], problem.pair_weights[-30:]
    assert of_labels.tolist() == pytest.approx([config.feedback_weight / 5, config.feedback_weight * 0.3 / 5])
    assert float(of_pairs.sum()) == pytest.approx(config.feedback_weight * 3 / 5)


def test_one_pair_alone_keeps_its_small_weight(config):
    rows = Rows.join(make_data(20, config), build_pairs(texts=["a muslim cat"], twins=["a hindu cat"], weights=[0.25]), config)
    assert float(make_problem(rows, OnesFor(), config).pair_weights[-1]) == pytest.approx(config.feedback_weight * 0.25)


def test_without_pairs_the_problem_is_the_same_bytes_as_ever(config):
    """As it was before there were any: the mean over the number of labels that report bias."""
    rows = labels_and_pairs(config, pairs=0, weight=0)
    before = config.pairing_weight * rows.pairing / (rows.pairing > 0).sum() + config.feedback_weight * rows.reported / (rows.reported > 0).sum()
    found = make_problem(rows, OnesFor(), config).pair_weights.numpy()
    assert found.tobytes() == before[rows.paired(np.arange(len(rows)), config)].astype(np.float64).tobytes()

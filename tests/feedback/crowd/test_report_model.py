import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from feedback.crowd import report_model
from feedback.crowd.report_model import learned_chance
from tests.feedback.crowd.pools import pool_of, some_pool

N = 60
SIGNS = np.full(N, 0.3)


def in_two_directions(reports: np.ndarray, rng: np.random.Generator, **more):
    """The first half of a pool lies one way, the second half another, each a little scattered."""
    place = np.where(np.arange(N)[:, None] < N / 2, [90, 0, 0, 0], [0, 90, 0, 0]) + rng.integers(-20, 20, (N, 4))
    return pool_of([[0.2, 0.5, 0.3]] * N, place=place.astype(np.int8), reports=reports, **more)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def answers(of: dict[int, float]) -> np.ndarray:
    reports = np.full(N, np.nan)
    reports[list(of)] = list(of.values())
    return reports


def test_a_few_answers_teach_of_all_that_lie_in_their_direction(rng: np.random.Generator) -> None:
    told = dict.fromkeys(range(8), 1.0) | dict.fromkeys(range(30, 38), 0.0)
    chance = learned_chance(in_two_directions(answers(told), rng), SIGNS)
    assert chance[8:30].min() > 2 * chance[38:].max()


def test_one_answer_hardly_moves_what_the_signs_say(rng: np.random.Generator) -> None:
    one, many = (learned_chance(in_two_directions(answers(dict.fromkeys(range(n), 0.0)), rng), SIGNS)[29] for n in (1, 20))
    assert 0.1 < one < 0.3
    assert many < one / 3


def test_the_signs_keep_their_order_among_comments_that_people_cannot_tell_apart() -> None:
    reports = answers(dict.fromkeys(range(10), 0.0) | dict.fromkeys(range(10, 20), 1.0))
    chance = learned_chance(pool_of([[0.2, 0.5, 0.3]] * N, reports=reports), np.linspace(0.1, 0.9, N))
    assert (np.diff(chance[20:]) > 0).all()


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_it_is_a_chance_even_when_all_say_the_same(share: float) -> None:
    chance = learned_chance(some_pool(N, reports=np.full(N, share)), np.zeros(N))
    assert ((chance > 0) & (chance < 1)).all()


def test_without_embeddings_it_learns_by_who_is_mentioned() -> None:
    told = dict.fromkeys(range(8), 1.0) | dict.fromkeys(range(30, 38), 0.0)
    pool = pool_of([[0.2, 0.5, 0.3]] * N, mentions={"muslim": range(30), "christian": range(30, 60)}, reports=answers(told))
    chance = learned_chance(pool, SIGNS)
    assert chance[20] > 2 * chance[50]


def test_only_the_direction_of_an_embedding_counts(rng: np.random.Generator) -> None:
    place, reports = rng.integers(-60, 60, (N, 4)).astype(np.int8), answers({0: 1.0, 1: 0.0, 2: 1.0})
    twice = learned_chance(some_pool(N, place=2 * place, reports=reports), SIGNS)
    assert twice == pytest.approx(learned_chance(some_pool(N, place=place, reports=reports), SIGNS))


def test_the_fit_itself_makes_up_for_what_the_signs_alone_foretell_too_little(rng: np.random.Generator) -> None:
    """Odds are no chances: where two thirds are reported, the signs as they are scaled foretell far fewer."""
    n, reported = 300, 200
    prior, reports = np.linspace(0.1, 0.9, n), rng.permutation(np.arange(n) < reported).astype(float)
    odds = (reported + 1) / (prior.sum() + 1) * prior + report_model.LEAST
    assert (odds / (1 + odds)).sum() < 0.9 * reported
    assert learned_chance(pool_of([[0.2, 0.5, 0.3]] * n, reports=reports), prior).sum() == pytest.approx(reported, rel=0.02)


@pytest.mark.parametrize(("answered", "columns"), [(5, 60), (60, 200), (200, 20), (600, 60)])
@pytest.mark.parametrize("start", [-9.0, -2.0, 0.0, 9.0])
def test_it_finds_the_optimum_that_scipy_finds(answered: int, columns: int, start: float, rng: np.random.Generator) -> None:
    x, share, starts = rng.uniform(-1, 1, (answered, columns)), rng.integers(0, 3, answered) / 2, np.full(answered, start)

    def loss(b: np.ndarray) -> tuple[float, np.ndarray]:
        z = starts + x @ b
        slope = x.T @ (expit(z) - share) + report_model.PENALTY * b
        return np.logaddexp(0, z).sum() - share @ z + report_model.PENALTY / 2 * b @ b, slope

    told = minimize(loss, np.zeros(columns), jac=True, method="L-BFGS-B", options={"gtol": 1e-10, "ftol": 0, "maxiter": 10_000, "maxfun": 100_000})
    assert report_model._fitted(x, share, starts) == pytest.approx(told.x, abs=1e-6)


def test_the_pool_is_gone_through_in_parts(monkeypatch, rng: np.random.Generator) -> None:
    pool = in_two_directions(answers({0: 1.0, 40: 0.0}), rng, mentions={"muslim": range(20)})
    whole = learned_chance(pool, SIGNS)
    monkeypatch.setattr(report_model, "PART", 7)
    assert learned_chance(pool, SIGNS) == pytest.approx(whole)


def test_it_learns_from_the_last_answers_when_there_are_too_many(monkeypatch) -> None:
    old = answers(dict.fromkeys(range(10), 1.0) | dict.fromkeys(range(10, 20), 0.0))
    monkeypatch.setattr(report_model, "MOST_JUDGED", 10)
    without = learned_chance(some_pool(N, reports=np.where(np.arange(N) < 10, np.nan, old)), SIGNS)
    assert learned_chance(some_pool(N, reports=old), SIGNS) == pytest.approx(without)

"""What the ablation says of its runs: intervals over few seeds, n."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from benchmarks.ablation_report import FEWEST_ATTACKS, RESAMPLES, Report, _add, worst_bnsp
from benchmarks.ablation_runs import SwapPair
from modeling.labels import Split


def told(draws: np.ndarray, name: str = "accuracy", counts: dict[str, int] | None = None) -> dict:
    rows = []
    report = SimpleNamespace(counts=counts or {"real": 100})
    _add(SimpleNamespace(add=lambda **row: rows.append(row)), report, "an arm", ("real", name), draws)
    return rows[0]


@pytest.mark.parametrize("values", [[0.1, 0.2, 0.6], [0.5, 0.52, 0.55, 0.4, 0.47]])
def test_where_only_seeds_differ_the_interval_is_that_of_the_t_distribution(values):
    row = told(np.repeat(np.array(values)[:, None], 1 + RESAMPLES, axis=1))
    low, high = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
    assert (row["low"], row["high"]) == pytest.approx((low, high), abs=0.05 * (high - low))


def test_where_only_comments_differ_it_is_that_of_their_draws():
    drawn = np.linspace(0.4, 0.6, RESAMPLES)
    row = told(np.tile(np.append(0.5, drawn), (3, 1)))
    assert (row["low"], row["high"]) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])))


def test_what_neither_comments_nor_seeds_move_stands_without_an_interval():
    assert "low" not in told(np.ones((3, 1 + RESAMPLES)))
    assert "low" not in told(np.zeros((1, 1 + RESAMPLES)), "fpr_gap")


def test_a_measure_of_fewer_comments_has_their_n():
    draws, counts = np.full((3, 1 + RESAMPLES), 0.5), {"real": 100, "attack_recall": 7}
    assert told(draws, "attack_recall", counts)["n"] == 7
    assert told(draws, "accuracy", counts)["n"] == 100


def test_it_is_told_how_much_of_the_probes_hostility_is_flagged():
    pairs = [SwapPair("I hate {people}.", "a", "b"), SwapPair("I hate {people}.", "a", "c"), SwapPair("{People} welcome.", "d", "e")]
    low, high = np.eye(3)[[0, 2]]
    draws = Report(SimpleNamespace(pairs=pairs))._of_swaps(np.array([high, high, low]), np.array([high, low, low]), threshold=0.5)
    assert draws["swap_probe", "hostile_flagged"][0] == pytest.approx(3 / 4)
    assert draws["swap_probe", "harmless_flagged"][0] == 0
    assert draws["swap_probe", "swap_rate"][0] == draws["swap_probe", "flag_swap_rate"][0] == pytest.approx(1 / 3)


def attacks_world(on_first: int, on_second: int, harmless: int = 40) -> tuple[SimpleNamespace, int]:
    """Attacks on two subgroups, harmless comments about nobody, as many harmless ones that mention the first; and other splits' rows."""
    attacked = np.repeat([[True, False], [False, True], [False, False], [False, False]], [on_first, on_second, harmless, harmless], axis=0)
    mentions = np.repeat([[False, False], [False, False], [False, False], [True, False]], [on_first, on_second, harmless, harmless], axis=0)
    n, others = len(attacked), 50
    corpus = SimpleNamespace(
        attacked=np.vstack([attacked, np.ones((others, 2), dtype=bool)]),
        mentions=np.vstack([mentions, np.zeros((others, 2), dtype=bool)]),
        target=np.concatenate([attacked.any(axis=1), np.zeros(others)]),
        rows=lambda *splits: (np.arange(n + others) < n) == (splits == (Split.TEST,)),
    )
    return SimpleNamespace(corpus=corpus), n


def test_attacks_are_of_test_and_ranked_against_harmless_comments_about_nobody():
    world, n = attacks_world(FEWEST_ATTACKS, FEWEST_ATTACKS + 1)
    attacked, harmless = Report(world)._attacks
    assert attacked.sum(axis=0).tolist() == [FEWEST_ATTACKS, FEWEST_ATTACKS + 1]
    assert (len(harmless), harmless.sum()) == (n, 40)


def test_a_subgroup_that_is_seldom_attacked_has_no_say():
    attacked, _ = Report(attacks_world(FEWEST_ATTACKS, FEWEST_ATTACKS - 1)[0])._attacks
    assert attacked.shape[1] == 1
    none = Report(attacks_world(FEWEST_ATTACKS - 1, 2)[0])._attacks
    assert np.isnan(worst_bnsp(np.zeros(len(none[1])), *none)).all()


def test_the_worst_subgroup_counts_as_scikit_learn_ranks_it():
    world, n = attacks_world(30, 60)
    attacked, harmless = Report(world)._attacks
    rng = np.random.default_rng(3)
    score = np.round(np.where(attacked[:, 0], 0.3, np.where(attacked[:, 1], 0.6, 0.2)) + 0.3 * rng.random(n), 2)  # rounded: with ties
    expected = [roc_auc_score(column[column | harmless], score[column | harmless]) for column in attacked.T]
    drawn = worst_bnsp(score, attacked, harmless)
    assert expected[0] < expected[1]
    assert drawn[0] == pytest.approx(expected[0])
    assert len(drawn) == 1 + RESAMPLES
    assert np.std(drawn[1:]) == pytest.approx(np.sqrt(expected[0] * (1 - expected[0]) / 30), abs=0.05)


def test_versions_are_compared_on_the_same_draws():
    world, n = attacks_world(40, 40)
    score = np.random.default_rng(0).random(n)
    one, same = (worst_bnsp(values, *Report(world)._attacks) for values in (score, score**2))
    assert np.array_equal(one, same)

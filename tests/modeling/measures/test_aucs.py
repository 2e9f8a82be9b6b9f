"""AUCs and their influences, against scikit-learn, against DeLong's formula written out over all pairs, and by simulation."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import average_precision_score, roc_auc_score

from modeling.measures import battery
from modeling.measures.aucs import AveragePrecision, Clusters, SubgroupAucs, TwoSample
from modeling.measures.registry import measure_all, measure_subgroups
from tests.modeling.measures.worlds import make_scored, make_world, noisy, rescored

ALL = np.arange(8)
TOXIC = np.array([1, 1, 0, 0, 0, 1, 0, 0], dtype=bool)
MEMBER = np.array([1, 1, 1, 1, 1, 0, 0, 0], dtype=bool)
SCORE = np.array([0.9, 0.4, 0.8, 0.1, 0.3, 0.7, 0.6, 0.2])


def alone(n):
    return Clusters.of(np.arange(n))


def two_sample(toxic, score, cluster=None):
    clusters = alone(len(toxic)) if cluster is None else Clusters.of(cluster)
    return TwoSample(toxic, ~toxic, score, clusters)


def random_rows(seed, n=300, groups=4, decimals=2):
    rng = np.random.default_rng(seed)
    toxic = rng.random(n) < 0.4
    return toxic, np.clip(rng.normal(0.35 + 0.3 * toxic, 0.2), 0, 1).round(decimals), rng.random((n, groups)) < 0.3


def sides(toxic, member):
    """The (positive, negative) comments of subgroup AUC, BPSN and BNSP."""
    return (toxic & member, ~toxic & member), (toxic & ~member, ~toxic & member), (toxic & member, ~toxic & ~member)


def delong_error(positive, negative):
    """DeLong's standard error from all pairs, as in the paper: S10 / m + S01 / n with sample variances of the placement values."""
    wins = (positive[:, None] > negative[None, :]) + 0.5 * (positive[:, None] == negative[None, :])
    return np.sqrt(wins.mean(axis=1).var(ddof=1) / len(positive) + wins.mean(axis=0).var(ddof=1) / len(negative))


def test_aucs_on_a_hand_worked_example():
    aucs = SubgroupAucs(two_sample(TOXIC, SCORE), [MEMBER], alone(8))
    assert aucs.subgroup == pytest.approx([5 / 6])  # .9 beats all; .4 beats .1 and .3, not .8
    assert aucs.bpsn == pytest.approx([2 / 3])  # .7 of the background beats .1 and .3, not .8
    assert aucs.bnsp == pytest.approx([3 / 4])  # .9 beats .6 and .2; .4 beats .2
    assert two_sample(TOXIC, SCORE).value == pytest.approx(roc_auc_score(TOXIC, SCORE))


def test_delongs_error_on_an_example_worked_by_hand():
    """Toxic .9, .4 against .8, .1, .3: placements 1 and 2/3 of the toxic, 1/2, 1 and 1 of the others.

    Variances 1/18 and 1/12, so error^2 = 1/18 / 2 + 1/12 / 3 = 1/18.
    """
    influence = two_sample(TOXIC[:5], SCORE[:5]).influence(np.arange(5))
    assert influence.sum() == pytest.approx(0)
    assert (influence**2).sum() == pytest.approx(1 / 18)


@pytest.mark.parametrize("decimals", [1, 8], ids=["many ties", "no ties"])
@pytest.mark.parametrize("seed", range(3))
def test_values_and_errors_are_those_of_scikit_learn_and_of_delong_over_all_pairs(seed, decimals):
    toxic, score, members = random_rows(seed, decimals=decimals)
    rows = np.arange(300)
    overall, groups = two_sample(toxic, score), SubgroupAucs(two_sample(toxic, score), list(members.T), alone(300))
    assert overall.value == pytest.approx(roc_auc_score(toxic, score))
    assert np.sqrt((overall.influence(rows) ** 2).sum()) == pytest.approx(delong_error(score[toxic], score[~toxic]))
    errors = np.sqrt((groups.influence(rows) ** 2).sum(axis=0)).reshape(3, 4)
    for column, member in enumerate(members.T):
        for kind, (positive, negative) in enumerate(sides(toxic, member)):
            both = positive | negative
            assert (groups.subgroup, groups.bpsn, groups.bnsp)[kind][column] == pytest.approx(roc_auc_score(toxic[both], score[both]))
            assert errors[kind, column] == pytest.approx(delong_error(score[positive], score[negative]))


def test_the_paired_error_is_delongs_of_the_difference():
    a = rescored(make_world(500), noise=0.4, seed=1)
    b = rescored(a, noise=0.4, seed=2)
    wins = [(s.score[s.toxic][:, None] > s.score[~s.toxic][None, :]) + 0.5 * (s.score[s.toxic][:, None] == s.score[~s.toxic]) for s in (a, b)]
    of_toxic, of_others = wins[0].mean(axis=1) - wins[1].mean(axis=1), wins[0].mean(axis=0) - wins[1].mean(axis=0)
    expected = np.sqrt(of_toxic.var(ddof=1) / len(of_toxic) + of_others.var(ddof=1) / len(of_others))
    told = battery.compare(a, b, overall=("roc_auc",), per_subgroup=(), resamples=5, seed=0)
    assert told.error == pytest.approx(expected)


def test_clusters_of_copies_have_the_error_of_their_originals():
    """Obuchowski's variance of m identical comments per cluster is DeLong's of one comment per cluster."""
    toxic, score, _ = random_rows(1)
    copies = two_sample(np.repeat(toxic, 3), np.repeat(score, 3), np.repeat(np.arange(300), 3))
    by_cluster = copies.influence(np.arange(900)).reshape(300, 3).sum(axis=1)
    assert np.sqrt((by_cluster**2).sum()) == pytest.approx(delong_error(score[toxic], score[~toxic]))


def test_the_influence_is_the_derivative_with_respect_to_a_comments_weight():
    toxic, score, _ = random_rows(2, n=120)
    weights = np.ones(120)
    exact = {"auc": (two_sample(toxic, score), roc_auc_score), "ap": (AveragePrecision(toxic, score, alone(120)), average_precision_score)}
    for measure, theirs in exact.values():
        factor = measure.factor if isinstance(measure.factor, float) else None
        influence = measure.influence(np.arange(120))
        for i in range(0, 120, 7):
            up, down = weights.copy(), weights.copy()
            up[i], down[i] = 1 + 1e-5, 1 - 1e-5
            slope = (theirs(toxic, score, sample_weight=up) - theirs(toxic, score, sample_weight=down)) / 2e-5
            assert influence[i] == pytest.approx(slope * (factor or measure.factor[bool(toxic[i])]), abs=1e-7)


@pytest.mark.parametrize("decimals", [1, 8], ids=["many ties", "no ties"])
def test_average_precision_is_scikit_learns(decimals):
    for seed in range(5):
        toxic, score, _ = random_rows(seed, decimals=decimals)
        found = AveragePrecision(toxic, score, alone(300))
        assert found.value == pytest.approx(average_precision_score(toxic, score))
        assert found.influence(np.arange(300)).sum() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("toxic", [np.zeros(5, dtype=bool), np.ones(5, dtype=bool), np.zeros(0, dtype=bool)], ids=["none toxic", "all", "empty"])
def test_one_class_has_no_auc_and_no_influence(toxic):
    score = np.linspace(0, 1, len(toxic))
    groups = SubgroupAucs(two_sample(toxic, score), [np.ones(len(toxic), dtype=bool), np.zeros(len(toxic), dtype=bool)], alone(len(toxic)))
    assert np.isnan([two_sample(toxic, score).value, *groups.subgroup, *groups.bpsn, *groups.bnsp]).all()
    assert not groups.influence(np.arange(len(toxic))).any()


def test_clusters_count_what_they_hold():
    clusters = Clusters.of(np.array([7, 3, 7, 9, 3]))
    assert clusters.count == 3
    assert clusters.holding(np.array([True, False, True, False, False])) == 1
    assert clusters.holding(np.array([True, True, False, True, False])) == 3
    assert clusters.holding(np.zeros(5, dtype=bool)) == 0


def truth_of(noise):
    """The AUC of scores .3 + .4 toxic + noise: that of two normals."""
    return norm.cdf(0.4 / (noise * np.sqrt(2)))


@pytest.mark.parametrize("family", [1, 4])
def test_the_interval_of_an_auc_covers_the_truth_as_often_as_it_says(family):
    """150 draws of 240 comments; families share truth and half of the noise. Within the central 99.8 % of the binomial."""
    rng, covered, noise = np.random.default_rng(0), 0, 0.45
    for _ in range(150):
        families = 240 // family
        toxic = np.repeat(rng.random(families) < 0.4, family)
        shared, own = np.repeat(rng.normal(size=families), family), rng.normal(size=240)
        blur = own if family == 1 else (shared + own) / np.sqrt(2)
        score = 1 / (1 + np.exp(-(0.3 + 0.4 * toxic + noise * blur)))
        scored = make_scored(score, toxic, cluster=np.repeat(np.arange(families), family))
        row = battery.measure(scored, overall=("roc_auc",), per_subgroup=(), resamples=1, seed=0)
        error = row.error[0]
        covered += abs(row.value[0] - truth_of(noise)) <= 1.96 * error
    assert 133 <= covered <= 150


def test_errors_by_influence_are_those_of_the_bootstrap():
    """Power means, jigsaw_score and average precision: the delta method against draws from repeated comments."""
    world = make_world(700, noise=0.4)
    names = ("jigsaw_score", "average_precision", "roc_auc_ovr", "generalized_mean_bnsp_auc")
    told = battery.measure(world, overall=names, per_subgroup=(), resamples=2, seed=0).error
    rng, drawn = np.random.default_rng(0), []
    for _ in range(80):
        again = rng.integers(0, 700, 700)
        part = make_scored(
            world.score[again], world.toxic[again], level=world.level[again], memberships={k: m[again] for k, m in world.memberships.items()}
        )
        drawn.append(battery.measure(part, overall=names, per_subgroup=(), resamples=1, seed=0).value)
    assert told == pytest.approx(np.std(drawn, axis=0), rel=0.3)


def test_a_perfect_auc_still_has_a_lower_limit():
    toxic = np.arange(90) >= 60
    row = next(row for row in measure_all(make_scored(np.where(toxic, 0.9, 0.1), toxic), 20, 0) if row.measure == "roc_auc")
    assert (row.value, row.high) == (1, 1)
    assert row.low == pytest.approx(0.8865, abs=5e-4)  # Wilson, 30 of 30


def test_an_auc_of_few_families_has_a_value_but_no_interval():
    toxic = np.arange(200) % 2 == 0
    score = noisy(np.where(toxic, 0.6, 0.4), 0.2, 0)
    scored = make_scored(score, toxic, memberships={"muslim": np.arange(200) < 40}, cluster=np.arange(200) // 10)
    rows = {row.measure: row for row in measure_subgroups(scored, 20, 0)}
    assert not np.isnan(rows["subgroup_auc"].value)
    assert np.isnan([rows["subgroup_auc"].low, rows["subgroup_auc"].high]).all()  # the 40 are of 4 families

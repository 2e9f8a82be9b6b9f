"""What holds for any comments whatever."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from modeling.measures.aucs import AveragePrecision, Clusters, SubgroupAucs, TwoSample
from modeling.measures.data import Scored
from modeling.measures.registry import MEASURES, SUBGROUP_MEASURES, differences, measure_all, measure_subgroups
from modeling.measures.statistics import holm
from tests.modeling.measures.worlds import make_scored

quick = settings(max_examples=25, deadline=None)


@st.composite
def comments(draw, least=0, most=80) -> Scored:
    """Any size, any truth, coarse scores (so that ties are common), any memberships and families."""
    n = draw(st.integers(least, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return make_scored(
        rng.integers(0, draw(st.sampled_from([2, 10, 1000])), n) / 1000,
        rng.random(n) < draw(st.sampled_from([0, 0.2, 0.5, 1])),
        level=rng.integers(-1, 3, n),
        threshold=draw(st.floats(0, 1)),
        memberships={name: rng.random(n) < share for name, share in (("nobody", 0), ("some", 0.4), ("everyone", 1))},
        cluster=rng.integers(0, draw(st.integers(1, 40)), n),
        counted_minimum=draw(st.integers(1, 30)),
    )


def values(scored: Scored) -> np.ndarray:
    return np.array([row.value for row in [*measure_all(scored, 5, 0), *measure_subgroups(scored, 5, 0)]])


@quick
@given(comments())
def test_no_comments_whatever_break_a_measure_or_leave_its_range(scored):
    for row in [*measure_all(scored, 5, 0), *measure_subgroups(scored, 5, 0)]:
        lowest, highest = {**MEASURES, **SUBGROUP_MEASURES}[row.measure].range
        assert np.isnan(row.value) or lowest - 1e-12 <= row.value <= highest + 1e-12
        assert 0 <= row.n <= len(scored)


@quick
@given(comments(least=30), st.integers(0, 99))
def test_the_order_of_comments_changes_nothing(scored, seed):
    order = np.random.default_rng(seed).permutation(len(scored))
    rearranged = replace(
        scored,
        p=scored.p[order],
        level=scored.level[order],
        toxic=scored.toxic[order],
        cluster=scored.cluster[order],
        memberships={name: mask[order] for name, mask in scored.memberships.items()},
    )
    assert values(rearranged) == pytest.approx(values(scored), nan_ok=True)
    for before, after in zip(measure_all(scored, 40, 0), measure_all(rearranged, 40, 0), strict=True):
        assert (after.low, after.high) == pytest.approx((before.low, before.high), nan_ok=True)


def aucs_of(scored: Scored, score: np.ndarray) -> np.ndarray:
    """ROC AUC, average precision, then subgroup AUC, BPSN and BNSP of each subgroup."""
    clusters = Clusters.of(scored.cluster)
    overall = TwoSample(scored.toxic, ~scored.toxic, score, clusters)
    groups = SubgroupAucs(overall, list(scored.memberships.values()), clusters)
    alone = [overall.value, AveragePrecision(scored.toxic, score, clusters).value]
    return np.array([*alone, *groups.subgroup, *groups.bpsn, *groups.bnsp])


@quick
@given(comments(least=2), st.sampled_from([np.sqrt, np.square, np.exp, lambda score: 3 * score - 7]))
def test_aucs_see_only_the_order_of_scores(scored, transform):
    assert aucs_of(scored, transform(scored.score)) == pytest.approx(aucs_of(scored, scored.score), nan_ok=True)


@quick
@given(comments(least=2))
def test_turning_the_scores_round_turns_the_aucs_round(scored):
    before, after = aucs_of(scored, scored.score), aucs_of(scored, -scored.score)
    assert np.delete(after, 1) == pytest.approx(1 - np.delete(before, 1), nan_ok=True)


@quick
@given(comments(least=2))
def test_exchanging_toxic_and_harmless_exchanges_bpsn_and_bnsp(scored):
    """Labels exchanged and scores turned round: what was a false alarm is now a missed attack."""
    before, after = aucs_of(scored, scored.score), aucs_of(replace(scored, toxic=~scored.toxic), -scored.score)
    assert after[[0, 2, 3, 4]] == pytest.approx(before[[0, 2, 3, 4]], nan_ok=True)
    assert after[5:8] == pytest.approx(before[8:11], nan_ok=True)


@quick
@given(comments(least=2))
def test_auc_is_scikit_learns_wherever_that_is_defined(scored):
    found = aucs_of(scored, scored.score)[0]
    if scored.toxic.any() and not scored.toxic.all():
        assert found == pytest.approx(roc_auc_score(scored.toxic, scored.score))
    else:
        assert np.isnan(found)


@quick
@given(comments(least=30))
def test_the_same_comments_twice_have_the_same_values(scored):
    """Where there are enough to begin with: the minima and the counted set are of comments, and twice as many pass them."""
    twice = replace(
        scored,
        p=np.tile(scored.p, (2, 1)),
        memberships={name: np.tile(mask, 2) for name, mask in scored.memberships.items()},
        counted_minimum=2 * scored.counted_minimum,
        **{name: np.tile(getattr(scored, name), 2) for name in ("level", "toxic", "cluster")},
    )
    before, after = values(scored), values(twice)
    comparable = ~np.isnan(before)
    if scored.three_level.sum() < 30 <= twice.three_level.sum():
        comparable[:] = False  # class measures then change from toxic / non-toxic to levels
    assert after[comparable] == pytest.approx(before[comparable])


@quick
@given(comments(least=30), st.integers(0, 99))
def test_labels_that_know_nothing_of_scores_have_an_auc_of_a_half_on_average(scored, seed):
    """Over all turns of the labels, the mean AUC is exactly a half."""
    if scored.toxic.any() and not scored.toxic.all():
        turned = [aucs_of(replace(scored, toxic=np.roll(scored.toxic, k)), scored.score)[0] for k in range(len(scored))]
        assert np.mean(turned) == pytest.approx(0.5)


@quick
@given(comments(least=30))
def test_the_names_of_subgroups_do_not_matter(scored):
    turned = replace(scored, memberships=dict(reversed(scored.memberships.items())))
    for before, after in zip(measure_all(scored, 5, 0), measure_all(turned, 5, 0), strict=True):
        assert after.value == pytest.approx(before.value, nan_ok=True)


@quick
@given(comments(least=2))
def test_a_version_against_itself_the_other_way_round_changes_its_sign(scored):
    other = replace(scored, p=scored.p[::-1])
    forth, back = differences(scored, other, 5, 0), differences(other, scored, 5, 0)
    assert [row.value for row in forth] == pytest.approx([-row.value for row in back], nan_ok=True)


@quick
@given(comments())
def test_an_empty_subgroup_is_nan_with_n_zero_and_one_class_has_no_auc(scored):
    rows = {(row.subgroup, row.measure): row for row in measure_subgroups(scored, 5, 0)}
    for measure in SUBGROUP_MEASURES:
        assert np.isnan(rows["nobody", measure].value)
        assert rows["nobody", measure].n == 0
    for subgroup in ("some", "everyone"):
        if 0 in (rows[subgroup, "fpr"].n_toxic, rows[subgroup, "fpr"].n_non_toxic):
            assert np.isnan(rows[subgroup, "subgroup_auc"].value)
            assert np.isnan(rows[subgroup, "f1"].value)


@quick
@given(st.lists(st.floats(0, 1), max_size=30))
def test_holm_only_raises_p_values_and_keeps_their_order(p_values):
    adjusted = holm(p_values)
    assert (adjusted >= np.array(p_values)).all()
    assert (adjusted <= np.minimum(1, np.array(p_values) * len(p_values)) + 1e-12).all()
    assert (np.diff(adjusted[np.argsort(p_values, kind="stable")]) >= 0).all()

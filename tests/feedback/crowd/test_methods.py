import numpy as np
import pandas as pd
import pytest
from crowdkit.aggregation import MACE, DawidSkene

from feedback.crowd.methods import METHODS, SHARED_ITEMS_NEEDED, carried, dawid_skene, gold_weighted, mace, majority_vote, soft_labels


def frame_of(*rows: tuple[int, int, int]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["item", "annotator", "label"])


def simulated(*, items: int, annotators: int, overlap: int, seed: int, accuracy: float = 0.85, lean: float = 0.0) -> tuple[pd.DataFrame, np.ndarray]:
    """Answers and truth. Each third annotator takes low for mild with chance `lean`."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, items, p=[0.6, 0.25, 0.15])

    def said(annotator: int, level: int) -> int:
        if annotator % 3 == 0 and level == 0 and rng.random() < lean:
            return 1
        return int(level if rng.random() < accuracy else (level + rng.integers(1, 3)) % 3)

    rows = [(i, a, said(a, truth[i])) for i in range(items) for a in rng.choice(annotators, overlap, replace=False)]
    return frame_of(*rows), truth


def log_loss(q: pd.DataFrame, truth: np.ndarray) -> float:
    return float(-np.log(np.clip(q.to_numpy()[np.arange(len(truth)), truth], 1e-3, 1)).mean())


def right_share(q: pd.DataFrame, truth: np.ndarray) -> float:
    return float((q.to_numpy().argmax(axis=1) == truth).mean())


def with_guessers(seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Of six annotators three guess; each item has three answers."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, 300)
    rows = [(i, a, int(truth[i] if a < 3 and rng.random() < 0.9 else rng.integers(3))) for i in range(300) for a in rng.choice(6, 3, replace=False)]
    return frame_of(*rows), truth


def test_a_single_vote_does_not_look_certain() -> None:
    q = majority_vote(frame_of((1, 1, 2)))
    assert q.loc[1].tolist() == pytest.approx([1 / 6, 1 / 6, 2 / 3])


def test_majority_vote_by_hand() -> None:
    q = majority_vote(frame_of((1, 1, 0), (1, 2, 0), (1, 3, 2)))
    assert q.loc[1].tolist() == pytest.approx([(2 + 1 / 3) / 4, (1 / 3) / 4, (1 + 1 / 3) / 4])


@pytest.mark.parametrize("method", METHODS)
def test_soft_labels_add_up_to_one_over_all_three_levels(method: str) -> None:
    frame, _ = simulated(items=30, annotators=4, overlap=2, seed=0)
    q = soft_labels(method, frame[frame["label"] != 2], {0: 1})
    assert list(q.columns) == [0, 1, 2]
    assert q.sum(axis=1).to_numpy() == pytest.approx(np.ones(len(q)))


@pytest.mark.parametrize("method", METHODS)
def test_the_same_answers_in_another_order_give_the_same_labels(method: str) -> None:
    frame, _ = simulated(items=50, annotators=5, overlap=3, seed=0)
    shuffled = frame.sample(frac=1, random_state=1)
    assert np.allclose(soft_labels(method, frame, {3: 0}), soft_labels(method, shuffled, {3: 0}), atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_an_item_whose_answer_is_known_takes_it(method: str) -> None:
    frame, _ = simulated(items=30, annotators=4, overlap=2, seed=0)
    assert soft_labels(method, frame, {7: 2, 999: 0}).loc[7].tolist() == [0, 0, 1]


def test_with_two_labels_per_item_the_prior_keeps_dawid_skene_from_fitting_noise() -> None:
    ours, plain, right, plainly_right = [], [], [], []
    for seed in range(3):
        frame, truth = simulated(items=300, annotators=6, overlap=2, seed=seed)
        q = dawid_skene(frame)
        bare = DawidSkene(n_iter=100).fit_predict_proba(frame.rename(columns={"item": "task", "annotator": "worker"})).sort_index()
        ours.append(log_loss(q, truth))
        plain.append(log_loss(bare, truth))
        right.append(right_share(q, truth))
        plainly_right.append(right_share(bare, truth))
    assert np.mean(ours) < np.mean(plain) - 0.1
    assert np.mean(right) > np.mean(plainly_right) + 0.02


def test_it_sees_through_annotators_who_err_to_one_side() -> None:
    frame, truth = simulated(items=600, annotators=6, overlap=3, seed=1, accuracy=0.9, lean=0.6)
    assert right_share(dawid_skene(frame), truth) > right_share(majority_vote(frame), truth) + 0.01


def test_mace_sees_through_those_who_guess() -> None:
    frame, truth = with_guessers()
    assert right_share(mace(frame), truth) > right_share(majority_vote(frame), truth) + 0.03


def test_mace_is_crowd_kits_where_its_tables_stand_in_order() -> None:
    """crowd-kit mixes annotators up unless they and the levels first appear in sorted order; ours does not hang on the order."""
    frame, _ = simulated(items=80, annotators=5, overlap=3, seed=2)
    ordered = frame.sort_values(["annotator", "label", "item"])
    theirs = MACE(n_restarts=1).fit_predict_proba(ordered.rename(columns={"item": "task", "annotator": "worker"})).sort_index()
    assert np.abs(mace(frame).to_numpy() - theirs[[0, 1, 2]].to_numpy()).max() < 1e-4


def test_known_answers_teach_whose_votes_to_weigh() -> None:
    frame, truth = with_guessers()
    known = {item: int(truth[item]) for item in range(60)}
    rest = ~np.isin(np.arange(300), list(known))
    right = [right_share(q[rest], truth[rest]) for q in (gold_weighted(frame, known), majority_vote(frame))]
    assert right[0] > right[1] + 0.05


def test_who_has_answered_no_known_item_counts_as_three_right_of_four() -> None:
    frame = frame_of((1, 1, 0), (2, 1, 0), (2, 2, 1))
    weight = (1 + 3) / (1 + 4)
    q = gold_weighted(frame, {1: 0})
    assert q.loc[2].tolist() == pytest.approx([(weight + 1 / 3) / (weight + 1.75), (0.75 + 1 / 3) / (weight + 1.75), (1 / 3) / (weight + 1.75)])


def test_known_answers_teach_dawid_skene_a_panel_that_errs_together() -> None:
    """Three of four annotators call mild what is low: without known answers, theirs is the truth."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 200)
    rows = [(i, a, 1 if a < 3 and truth[i] == 0 and rng.random() < 0.9 else int(truth[i])) for i in range(200) for a in range(4)]
    frame = frame_of(*rows)
    known = {item: int(truth[item]) for item in range(100)}
    assert right_share(dawid_skene(frame), truth) < 0.8
    assert right_share(dawid_skene(frame, known)[100:], truth[100:]) > 0.95


@pytest.mark.parametrize(("annotators", "overlap", "used"), [(2, 2, "majority_vote"), (3, 1, "majority_vote"), (3, 2, "same"), (6, 3, "same")])
@pytest.mark.parametrize("method", ["dawid_skene", "mace"])
def test_a_small_panel_is_aggregated_by_majority_and_says_why(method: str, annotators: int, overlap: int, used: str) -> None:
    frame, _ = simulated(items=30, annotators=annotators, overlap=overlap, seed=0)
    found, reason = carried(method, frame, {})
    assert found == (method if used == "same" else used)
    assert bool(reason) == (used != "same")


def test_one_answer_that_is_missing_does_not_cost_a_round_its_method() -> None:
    frame, _ = simulated(items=60, annotators=6, overlap=2, seed=0)
    assert carried("dawid_skene", frame.iloc[1:], {}) == ("dawid_skene", "")


def test_people_spread_over_two_panels_at_the_default_overlap_still_carry_it() -> None:
    """Of two answers per item a panel of half the people has both on a quarter of the items."""
    frame, truth = simulated(items=150, annotators=8, overlap=2, seed=0)
    panel = frame[frame["annotator"] < 4]
    assert len(panel) / panel["item"].nunique() < 1.5
    assert carried("dawid_skene", panel, {}) == ("dawid_skene", "")
    answered = truth[sorted(panel["item"].unique())]
    assert log_loss(dawid_skene(panel), answered) < log_loss(majority_vote(panel), answered) - 0.05


def test_too_few_comments_with_two_answers_are_joined_by_majority() -> None:
    frame, _ = simulated(items=60, annotators=6, overlap=2, seed=0)
    single = frame[~frame.duplicated("item") | (frame["item"] < SHARED_ITEMS_NEEDED - 1)]
    method, reason = carried("dawid_skene", single, {})
    assert (method, reason) == ("majority_vote", "Fewer than 20 comments have answers of two people.")


def test_a_panel_that_only_ever_said_one_thing_is_aggregated_by_majority() -> None:
    frame = frame_of(*[(item, annotator, 0) for item in range(5) for annotator in range(3)])
    assert carried("dawid_skene", frame, {}) == ("majority_vote", "Every answer is the same level.")
    assert majority_vote(frame)[0].max() < 1


def test_without_known_answers_weighing_by_them_falls_back_and_says_so() -> None:
    frame, _ = simulated(items=30, annotators=6, overlap=3, seed=0)
    method, reason = carried("gold_weighted", frame, {999: 1})
    assert method == "dawid_skene"
    assert "answer is known" in reason
    assert carried("gold_weighted", frame, {0: 1}) == ("gold_weighted", "")


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="method must be one of"):
        carried("mean", frame_of((1, 1, 0)), {})

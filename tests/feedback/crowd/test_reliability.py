import numpy as np
import pandas as pd
import pytest
from crowdkit.aggregation import DawidSkene

from feedback.crowd.reliability import dawid_skene, majority_vote, panel_consensus, reliability


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


def test_a_single_vote_does_not_look_certain() -> None:
    q = majority_vote(frame_of((1, 1, 2)))
    assert q.loc[1].tolist() == pytest.approx([1 / 6, 1 / 6, 2 / 3])


def test_majority_vote_by_hand() -> None:
    q = majority_vote(frame_of((1, 1, 0), (1, 2, 0), (1, 3, 2)))
    assert q.loc[1].tolist() == pytest.approx([(2 + 1 / 3) / 4, (1 / 3) / 4, (1 + 1 / 3) / 4])


@pytest.mark.parametrize("aggregate", [majority_vote, dawid_skene])
def test_soft_labels_add_up_to_one_over_all_three_levels(aggregate) -> None:
    frame, _ = simulated(items=30, annotators=4, overlap=2, seed=0)
    q = aggregate(frame[frame["label"] != 2])
    assert list(q.columns) == [0, 1, 2]
    assert q.sum(axis=1).to_numpy() == pytest.approx(np.ones(len(q)))


def test_with_two_labels_per_item_the_prior_keeps_dawid_skene_from_fitting_noise() -> None:
    ours, plain, right, plainly_right = [], [], [], []
    for seed in range(3):
        frame, truth = simulated(items=300, annotators=6, overlap=2, seed=seed)
        q = dawid_skene(frame)
        bare = DawidSkene(n_iter=100).fit_predict_proba(frame.rename(columns={"item": "task", "annotator": "worker"})).sort_index()
        ours.append(log_loss(q, truth))
        plain.append(log_loss(bare, truth))
        right.append((q.to_numpy().argmax(axis=1) == truth).mean())
        plainly_right.append((bare.to_numpy().argmax(axis=1) == truth).mean())
    assert np.mean(ours) < np.mean(plain) - 0.1
    assert np.mean(right) > np.mean(plainly_right) + 0.02


def test_it_sees_through_annotators_who_err_to_one_side() -> None:
    frame, truth = simulated(items=600, annotators=6, overlap=3, seed=1, accuracy=0.9, lean=0.6)
    right = (dawid_skene(frame).to_numpy().argmax(axis=1) == truth).mean()
    by_majority = (majority_vote(frame).to_numpy().argmax(axis=1) == truth).mean()
    assert right > by_majority + 0.01


def test_a_careless_annotator_is_found_less_reliable() -> None:
    rng = np.random.default_rng(0)
    rows = [(i, a, int(i % 3 if a < 4 or rng.random() < 0.3 else rng.integers(3))) for i in range(60) for a in range(5)]
    found = panel_consensus(frame_of(*rows)).reliability
    assert found[4] < 0.7 < 0.9 < found[:4].min()


def test_who_answered_alone_is_neither_trusted_nor_mistrusted() -> None:
    frame = frame_of((1, 1, 0), (2, 1, 0), (3, 1, 2))
    assert reliability(frame, majority_vote(frame))[1] == 0.75


@pytest.mark.parametrize(
    ("annotators", "overlap", "method"), [(2, 2, "majority_vote"), (3, 1, "majority_vote"), (3, 2, "dawid_skene"), (6, 3, "dawid_skene")]
)
def test_a_small_panel_is_aggregated_by_majority(annotators: int, overlap: int, method: str) -> None:
    frame, _ = simulated(items=30, annotators=annotators, overlap=overlap, seed=0)
    assert panel_consensus(frame).method == method


def test_a_panel_that_only_ever_said_one_thing_is_aggregated_by_majority() -> None:
    found = panel_consensus(frame_of(*[(item, annotator, 0) for item in range(5) for annotator in range(3)]))
    assert found.method == "majority_vote"
    assert found.q[0].max() < 1


def test_the_same_answers_in_another_order_give_the_same_labels() -> None:
    frame, _ = simulated(items=50, annotators=5, overlap=3, seed=0)
    shuffled = frame.sample(frac=1, random_state=1)
    assert np.allclose(dawid_skene(frame), dawid_skene(shuffled), atol=1e-9)

import numpy as np
import pandas as pd
import pytest

from feedback.crowd.label_errors import MOST_SHOWN, doubtful_labels
from feedback.crowd.methods import dawid_skene

SURE = {0: (0.9, 0.05, 0.05), 1: (0.05, 0.9, 0.05), 2: (0.05, 0.05, 0.9)}


def planted(*, items: int = 200, wrong: int = 12, annotators: int = 5, model_accuracy: float = 0.9, seed: int = 0):
    """Three answers to each item; on the first `wrong` items all three are the same wrong level, and the model is right."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, items)
    rows = []
    for item in range(items):
        for annotator in rng.choice(annotators, 3, replace=False):
            level = (truth[item] + 1) % 3 if item < wrong else truth[item] if rng.random() < 0.9 else rng.integers(3)
            rows.append((item, int(annotator), int(level)))
    p = {item: SURE[int(truth[item] if item < wrong or rng.random() < model_accuracy else rng.integers(3))] for item in range(items)}
    return pd.DataFrame(rows, columns=["item", "annotator", "label"]), p


def levels_of(frame: pd.DataFrame) -> dict[int, int]:
    q = dawid_skene(frame)
    return dict(zip(q.index.tolist(), q.to_numpy().argmax(axis=1).tolist(), strict=True))


def test_planted_errors_stand_first_where_the_model_knows_better() -> None:
    frame, p = planted()
    method, doubts = doubtful_labels(frame, levels_of(frame), p)
    unanimous = {item for item, given in frame.groupby("item")["label"] if given.nunique() == 1}
    assert method == "crowdlab"
    agreed = [doubt.item for doubt in doubts if doubt.item in unanimous]
    assert sum(item < 12 for item in agreed) > len(agreed) / 2


def test_they_are_ranked_by_how_doubtful_they_are() -> None:
    frame, p = planted()
    qualities = [doubt.quality for doubt in doubtful_labels(frame, levels_of(frame), p)[1]]
    assert qualities == sorted(qualities)
    assert len(qualities) == 20
    assert all(0 <= quality <= 1 for quality in qualities)


def test_a_model_that_people_correct_all_the_time_has_little_say() -> None:
    """Where the model is the one in doubt, its disagreement with people who agree makes nothing doubtful."""
    frame, p = planted(wrong=0, model_accuracy=0.0)
    unanimous = {item for item, given in frame.groupby("item")["label"] if given.nunique() == 1}
    _, doubts = doubtful_labels(frame, levels_of(frame), p)
    assert sum(doubt.item in unanimous for doubt in doubts) < 0.02 * len(unanimous)


def test_with_one_answer_each_the_models_probability_ranks() -> None:
    frame = pd.DataFrame([(1, 1, 0), (2, 1, 1), (3, 2, 2)], columns=["item", "annotator", "label"])
    method, doubts = doubtful_labels(frame, {1: 0, 2: 1, 3: 2}, {1: (0.1, 0.8, 0.1), 2: (0.3, 0.4, 0.3), 3: (0.0, 0.1, 0.9)})
    assert method == "self_confidence"
    assert [(doubt.item, doubt.level, round(doubt.quality, 3)) for doubt in doubts] == [(1, 0, 0.1)]


def test_a_level_that_nobody_gave_is_most_doubtful() -> None:
    frame, p = planted(wrong=0)
    levels = levels_of(frame)
    given = set(frame[frame["item"] == 5]["label"])
    levels[5] = next(level for level in range(3) if level not in given)
    first = doubtful_labels(frame, levels, p)[1][0]
    assert (first.item, first.quality) == (5, 0.0)


def test_no_labels_no_doubts() -> None:
    assert doubtful_labels(pd.DataFrame(columns=["item", "annotator", "label"]), {}, {}) == ("", [])


def test_the_list_ends_somewhere() -> None:
    many = 15 * MOST_SHOWN
    frame = pd.DataFrame([(item, annotator, 0) for item in range(many) for annotator in (1, 2)], columns=["item", "annotator", "label"])
    _, doubts = doubtful_labels(frame, dict.fromkeys(range(many), 0), dict.fromkeys(range(many), SURE[0]))
    assert len(doubts) == MOST_SHOWN


@pytest.mark.parametrize("p", [(0.5, 0.3, 0.2), (0.5000001, 0.3, 0.2)])
def test_probabilities_that_do_not_quite_add_up_do_no_harm(p) -> None:
    frame = pd.DataFrame([(1, 1, 0), (1, 2, 0), (2, 1, 1), (2, 2, 1)], columns=["item", "annotator", "label"])
    assert doubtful_labels(frame, {1: 0, 2: 1}, {1: p, 2: p})[0] == "crowdlab"

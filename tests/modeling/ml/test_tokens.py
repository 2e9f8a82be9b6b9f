import numpy as np
import pytest

from modeling.ml.tokens import TokenFeeder, pad_ids, scoring_batches, tokenize, training_batches


def test_texts_are_cut_at_the_most_tokens(classifier):
    rows = tokenize(classifier.tokenizer, ["a nice cake and tea", "tea"], 4)
    assert [len(row) for row in rows] == [4, 3]
    assert tokenize(classifier.tokenizer, [], 4) == []


def test_many_texts_are_tokenised_in_parts_and_keep_their_order(classifier):
    texts = [f"the {'good ' * (place % 7)}end" for place in range(1_003)]
    rows = tokenize(classifier.tokenizer, texts, 160)
    assert rows == [tokenize(classifier.tokenizer, [text], 160)[0] for text in texts]
    assert tokenize(classifier.tokenizer, [], 160) == []


def test_padding_is_masked():
    batch = pad_ids([[5, 6, 7], [8]], pad_id=0)
    assert batch["input_ids"].tolist() == [[5, 6, 7], [8, 0, 0]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]


def test_a_feeder_tokenises_each_text_once(classifier):
    feeder = TokenFeeder(classifier.tokenizer, ["tea", "tea", "a cake"], 32)
    assert feeder.length("a cake") == 4
    assert feeder.batch(["a cake", "tea"])["input_ids"].shape == (2, 4)


def test_each_row_is_trained_on_once_an_epoch_in_an_order_of_the_seed():
    lengths = np.arange(100) % 17
    first, again, other = ([batch.tolist() for batch in training_batches(lengths, 8, np.random.default_rng(seed))] for seed in (0, 0, 1))
    assert sorted(i for batch in first for i in batch) == list(range(100))
    assert first == again != other


def test_batches_hold_rows_of_nearly_equal_length():
    lengths = np.random.default_rng(0).integers(5, 100, 200)
    spread = [np.ptp(lengths[batch]) for batch in training_batches(lengths, 8, np.random.default_rng(0))]
    assert np.mean(spread) < 10


@pytest.mark.parametrize("lengths", [[], [3], [10, 2, 7, 7, 7, 1, 12]])
def test_each_row_is_scored_once_among_its_equals_within_the_budget(lengths):
    batches = list(scoring_batches(lengths, 14))
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert all(len({lengths[i] for i in batch}) == 1 and len(batch) * lengths[batch[0]] <= 14 for batch in batches)


def test_a_text_longer_than_the_budget_is_scored_alone():
    assert list(scoring_batches([50, 50], 14)) == [[0], [1]]

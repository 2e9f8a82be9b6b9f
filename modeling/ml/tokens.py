"""Texts -> padded tensors, in batches of nearly equal length: padding is the largest waste of a plain trainer."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedTokenizerFast

_BATCHES_PER_CHUNK = 100
"""Rows are sorted by length within so many batches: padding of tweets is 11 % with 25, 3 % with 100."""

_TOKENIZED_AT_ONCE = 1_000
"""The tokeniser makes masks, offsets and words beside the ids, ten times their size, and holds them until its batch is done."""


class Feeder(Protocol):
    """What a module's forward is fed with, by text: token ids (`TokenFeeder`) or cached states (`states.StateCache`)."""

    def length(self, text: str) -> int: ...

    def batch(self, texts: Sequence[str]) -> dict[str, Tensor]: ...


def tokenize(tokenizer: PreTrainedTokenizerFast, texts: Sequence[str], max_tokens: int) -> list[list[int]]:
    """Token ids with special tokens, cut at `max_tokens`, not padded."""
    rows: list[list[int]] = []
    for start in range(0, len(texts), _TOKENIZED_AT_ONCE):
        part = list(texts[start : start + _TOKENIZED_AT_ONCE])
        rows.extend(tokenizer(part, truncation=True, max_length=max_tokens, padding=False)["input_ids"])
    return rows


def pad_ids(rows: Sequence[Sequence[int]], pad_id: int) -> dict[str, Tensor]:
    """`input_ids` and `attention_mask`, (n, longest row)."""
    width = max(len(row) for row in rows)
    input_ids = torch.full((len(rows), width), pad_id, dtype=torch.long)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for i, row in enumerate(rows):
        input_ids[i, : len(row)] = torch.tensor(row, dtype=torch.long)
        mask[i, : len(row)] = 1
    return {"input_ids": input_ids, "attention_mask": mask}


class TokenFeeder:
    """Token ids of a fixed set of texts, tokenised once."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, texts: Iterable[str], max_tokens: int) -> None:
        distinct = list(dict.fromkeys(texts))
        rows = tokenize(tokenizer, distinct, max_tokens)
        # int32 arrays: a list of Python ints takes nine times the memory.
        self._ids = {text: np.array(row, dtype=np.int32) for text, row in zip(distinct, rows, strict=True)}
        self._pad_id = int(tokenizer.pad_token_id)

    def length(self, text: str) -> int:
        return len(self._ids[text])

    def batch(self, texts: Sequence[str]) -> dict[str, Tensor]:
        return pad_ids([self._ids[text] for text in texts], self._pad_id)


def training_batches(lengths: NDArray[np.int64], batch_size: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Every row once, in random batches of nearly equal length: sorted within random chunks, the batches then shuffled."""
    order = rng.permutation(len(lengths))
    batches: list[NDArray[np.int64]] = []
    chunk_size = batch_size * _BATCHES_PER_CHUNK
    for start in range(0, len(order), chunk_size):
        chunk = order[start : start + chunk_size]
        chunk = chunk[np.argsort(lengths[chunk], kind="stable")]
        batches.extend(chunk[i : i + batch_size] for i in range(0, len(chunk), batch_size))
    for place in rng.permutation(len(batches)):
        yield batches[place]


def scoring_batches(lengths: Sequence[int], token_budget: int) -> Iterator[list[int]]:
    """Every row once, longest first, in batches of *equal* length of at most `token_budget` tokens (or one row).

    Equal and not nearly equal: without padding a text gets the same probabilities in any company. Padded, a bfloat16 sum over more
    keys rounds differently, and a score moves by up to .004. It is no slower, even with a few rows of each length.
    """
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    for length, group in groupby(order, key=lambda i: lengths[i]):
        rows = list(group)
        size = max(1, token_budget // max(length, 1))
        for start in range(0, len(rows), size):
            yield rows[start : start + size]

"""Texts through a module, fast: in batches of equal length, so without padding, in bfloat16 where the processor has it."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from modeling.ml.encoder import autocast, bf16_is_fast
from modeling.ml.tokens import pad_ids, scoring_batches, tokenize

if TYPE_CHECKING:
    from modeling.ml.classifier import BiasBert

Progress = Callable[[int, int], None]

TOKEN_BUDGET = 2048
"""Tokens in a batch: enough to fill the cores, few enough for progress to move."""
_CHUNK = 4096
"""Texts tokenised at a time, so that memory does not grow with the number of texts."""


def uses_bf16(precision: str) -> bool:
    """`auto` decides by the processor; `bfloat16` and `float32` are kept."""
    return bf16_is_fast() if precision == "auto" else precision == "bfloat16"


@torch.inference_mode()
def logits_of(
    module: "BiasBert", tokenizer: PreTrainedTokenizerFast, texts: Sequence[str], max_tokens: int, precision: str, on_progress: Progress | None = None
) -> NDArray[np.float32]:
    """Logits, (n, 3), in the order of `texts`."""
    return _run(module, lambda inputs: module(**inputs), 3, tokenizer, texts, max_tokens, precision, on_progress)


@torch.inference_mode()
def embeddings_of(
    module: "BiasBert", tokenizer: PreTrainedTokenizerFast, texts: Sequence[str], max_tokens: int, precision: str, on_progress: Progress | None = None
) -> NDArray[np.float32]:
    """Pooled vectors, (n, d), in the order of `texts`."""
    return _run(module, lambda inputs: module.pool(**inputs), module.width, tokenizer, texts, max_tokens, precision, on_progress)


def _run(
    module: "BiasBert",
    forward: Callable[[dict[str, Tensor]], Tensor],
    width: int,
    tokenizer: PreTrainedTokenizerFast,
    texts: Sequence[str],
    max_tokens: int,
    precision: str,
    on_progress: Progress | None,
) -> NDArray[np.float32]:
    module.eval()
    results = np.empty((len(texts), width), dtype=np.float32)
    done = 0
    for start in range(0, len(texts), _CHUNK):
        rows = tokenize(tokenizer, texts[start : start + _CHUNK], max_tokens)
        for batch in scoring_batches([len(row) for row in rows], TOKEN_BUDGET):
            with autocast(uses_bf16(precision)):
                outputs = forward(pad_ids([rows[i] for i in batch], int(tokenizer.pad_token_id)))
            results[start + np.array(batch)] = outputs.float().numpy()
            done += len(batch)
            if on_progress:
                on_progress(done, len(texts))
    return results

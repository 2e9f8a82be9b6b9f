"""Token rows through a torch module, fast: in batches of equal length, so without padding, in bfloat16 where the processor has it."""

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from modeling.ml.encoder import autocast, bf16_is_fast
from modeling.ml.scorer import OnDone, TokenRows, ignore_done
from modeling.ml.tokens import pad_ids, scoring_batches

if TYPE_CHECKING:
    from modeling.ml.classifier import BiasBert

TOKEN_BUDGET = 2048
"""Tokens in a batch: enough to fill the cores, few enough for progress to move."""


def uses_bf16(precision: str) -> bool:
    """`auto` decides by the processor; `bfloat16` and `float32` are kept."""
    return bf16_is_fast() if precision == "auto" else precision == "bfloat16"


@torch.inference_mode()
def embeddings_of(module: "BiasBert", rows: TokenRows, pad_id: int, precision: str, on_done: OnDone = ignore_done) -> NDArray[np.float32]:
    """Pooled vectors, (n, d), in the order of `rows`."""
    module.eval()
    results = np.empty((len(rows), module.width), dtype=np.float32)
    done = 0
    for batch in scoring_batches([len(row) for row in rows], TOKEN_BUDGET):
        with autocast(uses_bf16(precision)):
            pooled = module.pool(**pad_ids([rows[i] for i in batch], pad_id))
        results[batch] = pooled.float().numpy()
        done += len(batch)
        on_done(done)
    return results

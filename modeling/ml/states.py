"""Hidden states of the frozen lower layers, computed once per text and shared by all arms of a cycle."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from modeling.ml.classifier import Classifier
from modeling.ml.encoder import autocast, bottom_of
from modeling.ml.inference import TOKEN_BUDGET, Progress, uses_bf16
from modeling.ml.tokens import TokenFeeder, scoring_batches

TOP_LAYERS = 2
"""Layers that the middle lane trains; all below stay as the base has them."""


class StateCache:
    """What layer n - 2 of the base's encoder says about each text. A `Feeder` for a module cut by `encoder.top_of`.

    Kept in float16 (11 bits of mantissa, more than the bfloat16 that the states are multiplied in): 30 KB for a comment of 40 tokens.
    """

    def __init__(self, base: Classifier) -> None:
        self._base = base
        self._states: dict[str, Tensor] = {}

    def __len__(self) -> int:
        return len(self._states)

    def add(self, texts: Iterable[str], on_progress: Progress | None = None) -> None:
        """Compute the states of the texts that are not here yet."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._states]
        if missing:
            self._compute(missing, on_progress)

    @torch.inference_mode()
    def _compute(self, texts: list[str], on_progress: Progress | None) -> None:
        config = self._base.config
        bottom = bottom_of(self._base.module.encoder, TOP_LAYERS).eval()
        feeder = TokenFeeder(self._base.tokenizer, texts, config.max_tokens)
        done = 0
        for batch in scoring_batches([feeder.length(text) for text in texts], TOKEN_BUDGET):
            with autocast(uses_bf16(config.precision)):
                states = bottom(**feeder.batch([texts[i] for i in batch])).last_hidden_state
            for i, row in zip(batch, states, strict=True):
                self._states[texts[i]] = row[: feeder.length(texts[i])].to(torch.float16, copy=True)
            done += len(batch)
            if on_progress:
                on_progress(done, len(texts))

    def length(self, text: str) -> int:
        return len(self._states[text])

    def batch(self, texts: Sequence[str]) -> dict[str, Tensor]:
        """`inputs_embeds` (n, longest, d) float32 and `attention_mask` (n, longest)."""
        rows = [self._states[text] for text in texts]
        width = max(len(row) for row in rows)
        states = torch.zeros((len(rows), width, rows[0].shape[1]))
        mask = torch.zeros((len(rows), width), dtype=torch.long)
        for i, row in enumerate(rows):
            states[i, : len(row)] = row
            mask[i, : len(row)] = 1
        return {"inputs_embeds": states, "attention_mask": mask}

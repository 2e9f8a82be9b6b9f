"""Hidden states of the frozen lower layers, computed once per text and shared by all arms of a cycle."""

import tempfile
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from modeling.ml.classifier import Classifier
from modeling.ml.device import device_of, mixed_precision, to_device
from modeling.ml.encoder import bottom_of
from modeling.ml.inference import TOKEN_BUDGET
from modeling.ml.scorer import Progress
from modeling.ml.tokens import TokenFeeder, scoring_batches

TOP_LAYERS = 2
"""Layers that the middle lane trains; all below stay as the base has them."""

Places = dict[str, tuple[int, int]]
"""{text: (first token, tokens)} in the file."""


class StateCache:
    """What layer n - 2 of the base's encoder says about each text. A `Feeder` for a module cut by `encoder.top_of`.

    Kept in float16 (11 bits of mantissa, more than the bfloat16 that the states are multiplied in): 30 KB for a comment of 40 tokens.
    In a temporary file and not in memory, which a million comments would not fit; the system keeps in memory what it has room for.
    """

    def __init__(self, base: Classifier) -> None:
        self._base = base
        self._width = base.module.width
        self._places: Places = {}
        self._file = tempfile.TemporaryFile(prefix="states-")  # noqa: SIM115  open as long as the cache lives
        self._states: NDArray[np.float16] = np.empty((0, self._width), dtype=np.float16)

    def __len__(self) -> int:
        return len(self._places)

    def add(self, texts: Iterable[str], on_progress: Progress | None = None) -> None:
        """Compute the states of the texts that are not here yet. An addition that fails half-way adds nothing, and can be made again."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._places]
        if missing:
            # Behind the last whole addition, over whatever one that failed has left, and nothing of that may stay behind the new end.
            self._file.seek(self._states.nbytes)
            places = self._compute(missing, on_progress)
            self._file.truncate()
            self._file.flush()
            self._states = np.memmap(self._file, dtype=np.float16, mode="r").reshape(-1, self._width)
            self._places |= places

    @torch.inference_mode()
    def _compute(self, texts: list[str], on_progress: Progress | None) -> Places:
        """The states go to the file from where it stands; where each text's are is handed back."""
        config = self._base.config
        device = device_of(config.device)
        bottom = bottom_of(self._base.module.encoder, TOP_LAYERS).eval().to(device)
        feeder = TokenFeeder(self._base.tokenizer, texts, config.max_tokens)
        places: Places = {}
        place = len(self._states)
        for batch in scoring_batches([feeder.length(text) for text in texts], TOKEN_BUDGET):
            with mixed_precision(config.precision, device):
                states = bottom(**to_device(feeder.batch([texts[i] for i in batch]), device)).last_hidden_state
            self._file.write(states.to(torch.float16).cpu().numpy().tobytes())
            for i in batch:
                places[texts[i]] = (place, states.shape[1])
                place += states.shape[1]
            if on_progress:
                on_progress(len(places), len(texts))
        return places

    def length(self, text: str) -> int:
        return self._places[text][1]

    def batch(self, texts: Sequence[str]) -> dict[str, Tensor]:
        """`inputs_embeds` (n, longest, d) float32 and `attention_mask` (n, longest)."""
        places = [self._places[text] for text in texts]
        width = max(length for _, length in places)
        states = np.zeros((len(texts), width, self._width), dtype=np.float32)
        mask = torch.zeros((len(texts), width), dtype=torch.long)
        for i, (start, length) in enumerate(places):
            states[i, :length] = self._states[start : start + length]
            mask[i, :length] = 1
        return {"inputs_embeds": torch.from_numpy(states), "attention_mask": mask}

"""OpenVINO: the encoder converted, quantised to int8 where the levels stay, and run over several batches at a time.

The engine holds the encoder and its pooling; the head (d x 3) is computed by numpy (`scorer.head_probabilities`), because rounding its few sums
to bfloat16 moves probabilities and saves nothing. Batches are of equal length (`tokens.scoring_batches`), so the
converted model has no attention mask: nothing is computed on padding, and a text's numbers do not depend on its company but for the
order in which a matrix product adds up (the kernel is chosen by the shape of the batch).
"""

import contextlib
import io
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from modeling.ml.encoder import bf16_is_fast, int8_is_fast
from modeling.ml.scorer import OnDone, Scorer, TokenRows, head_probabilities, ignore_done
from modeling.ml.tokens import scoring_batches

if TYPE_CHECKING:
    from modeling.ml.classifier import Classifier

TOKEN_BUDGET = 2048
KEPT_KERNELS = 24
KEPT_PRIMITIVES = "50"
ENGINE_XML, ENGINE_BIN = "engine.xml", "engine.bin"
INT8, INT8_PARTIAL, BF16 = "openvino_int8", "openvino_int8_partial", "openvino_bf16"
OPENVINO_ENGINES = (INT8, INT8_PARTIAL, BF16)

OfPooled = Callable[[NDArray[np.float32]], NDArray[np.float32]]


@lru_cache
def openvino() -> ModuleType:
    """The package, without its telemetry: it counts each use at a web analytics firm unless `openvino_telemetry` cannot be imported.

    Raises ImportError where it is not installed.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None: cannot be imported
    # Below the engine's own cache, oneDNN keeps 1,024 primitives: memory grew by 5 MiB with every 10,000 comments. Read at its first use.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", KEPT_PRIMITIVES)
    import openvino as package

    return package


class _Pooled(nn.Module):
    """Encoder and pooling over unpadded batches: what is converted."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.encoder, self.pooling = module.encoder, module.pooling

    def forward(self, input_ids: Tensor) -> Tensor:
        states = self.encoder(input_ids=input_ids).last_hidden_state.float()
        return states[:, 0] if self.pooling == "cls" else states.mean(dim=1)


def needs_exact_sums(engine: str) -> bool:
    """Whether an engine that is built here is right only on processors like this one."""
    return engine in (INT8, INT8_PARTIAL) and int8_is_fast()


def build(classifier: "Classifier", engine: str, calibration: Sequence[str], directory: Path) -> None:
    """Write `engine.xml` and `engine.bin` of one of the three engines to `directory`. Calibration texts: comments of train.

    Raises ValueError for another engine, ImportError without the packages, and whatever the converter makes of an encoder that it does not know.
    """
    if engine not in OPENVINO_ENGINES:
        raise ValueError(f"{engine} is none of {', '.join(OPENVINO_ENGINES)}")
    ov = openvino()
    with _quiet(), torch.inference_mode():
        example = torch.tensor(classifier.read(["what is traced"] * 2))
        model = ov.convert_model(_Pooled(classifier.module.eval()), example_input=example)
        model.reshape({0: [-1, -1]})
        if engine != BF16:
            model = _quantised(model, classifier.read(calibration), partly=engine == INT8_PARTIAL)
    ov.save_model(model, directory / ENGINE_XML, compress_to_fp16=False)


def _quantised(model: Any, rows: TokenRows, *, partly: bool) -> Any:
    """Weights by channel, activations by tensor after smoothing (SmoothQuant), without NNCF's bias correction, which takes longer. Weights keep
    to half of the range of int8 where the processor's sums would overflow."""
    import nncf

    items = [np.array([row], dtype=np.int64) for row in rows]
    return nncf.quantize(
        model,
        nncf.Dataset(items),
        subset_size=max(len(items), 1),
        model_type=nncf.ModelType.TRANSFORMER,
        ignored_scope=nncf.IgnoredScope(names=_down_projections(model)) if partly else None,
        advanced_parameters=nncf.AdvancedQuantizationParameters(
            disable_bias_correction=True, overflow_fix=None if int8_is_fast() else nncf.OverflowFix.ENABLE
        ),
    )


def _down_projections(model: Any) -> list[str]:
    """The products from the wide middle of each layer back to its width: their inputs have the outliers that int8 fits worst."""
    weights = {
        op.get_friendly_name(): op.input_value(1).get_partial_shape()
        for op in model.get_ops()
        if op.get_type_name() == "MatMul" and op.input_value(1).get_node().get_type_name() == "Constant"
    }
    return [name for name, shape in weights.items() if shape[1].get_length() > shape[0].get_length()]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Converter and calibration print warnings and progress bars of their own."""
    levels = {name: logging.getLogger(name).level for name in ("nncf", "transformers")}
    for name in levels:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


@dataclass(frozen=True)
class Head:
    """weight: (3, d), bias: (3,), float32."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]

    def probabilities(self, pooled: NDArray[np.float32]) -> NDArray[np.float32]:
        return head_probabilities(pooled, self.weight, self.bias)


class OpenVinoScorer(Scorer):
    """One stream a thread, each on a batch of its own: small batches cannot fill two cores together."""

    def __init__(
        self, directory: Path, *, engine: str, head: Head, threshold: float, read: Callable[[Sequence[str]], TokenRows], mask_token: str
    ) -> None:
        self._engine, self._head, self.threshold, self._read, self._mask_token = engine, head, threshold, read, mask_token
        ov, streams = openvino(), max(1, torch.get_num_threads())
        settings = {
            "INFERENCE_PRECISION_HINT": "bf16" if bf16_is_fast() else "f32",
            "NUM_STREAMS": streams,
            "INFERENCE_NUM_THREADS": streams,
            "ENABLE_CPU_PINNING": False,
            # Each shape of a batch leaves .2 to 1 MiB of compiled kernels; by default those of 5,000 nodes are kept, and memory grows on.
            # Batches come sorted by length: only the shape at hand is met again soon.
            "CPU_RUNTIME_CACHE_CAPACITY": KEPT_KERNELS,
        }
        self._queue = ov.AsyncInferQueue(ov.Core().compile_model(directory / ENGINE_XML, "CPU", settings), streams)
        self._queue.set_callback(_keep)

    @property
    def engine(self) -> str:
        return self._engine

    @property
    def mask_token(self) -> str:
        return self._mask_token

    def read(self, texts: Sequence[str]) -> TokenRows:
        return self._read(texts)

    def probabilities(self, rows: TokenRows, on_done: OnDone = ignore_done) -> NDArray[np.float32]:
        return self._run(rows, self._head.probabilities, 3, on_done)

    def vectors(self, rows: TokenRows, on_done: OnDone = ignore_done) -> NDArray[np.float32]:
        return self._run(rows, lambda pooled: pooled, self._head.weight.shape[1], on_done)

    def _run(self, rows: TokenRows, of_pooled: OfPooled, width: int, on_done: OnDone = ignore_done) -> NDArray[np.float32]:
        kept = _Kept(of_pooled, np.empty((len(rows), width), dtype=np.float32))
        reported = 0
        try:
            for batch in scoring_batches([len(row) for row in rows], self._token_budget(rows)):
                ids = np.array([rows[i] for i in batch], dtype=np.int64)
                self._queue.start_async({0: ids}, (kept, batch))
                if (done := sum(kept.finished)) > reported:
                    on_done(done)
                    reported = done
        finally:
            self._queue.wait_all()
        if reported < len(rows):
            on_done(len(rows))
        return kept.rows

    def _token_budget(self, rows: TokenRows) -> int:
        """Somebody waits for the few variants of one comment: they are shared out over the streams, or one of them works alone."""
        return min(TOKEN_BUDGET, ceil(sum(map(len, rows)) / len(self._queue)))


@dataclass(frozen=True)
class _Kept:
    """What is left of the batches, (n, width): of a prediction not the pooled states, which would outlive their chunk in the queue."""

    of_pooled: OfPooled
    rows: NDArray[np.float32]
    finished: list[int] = field(default_factory=list)


def _keep(request: Any, work: tuple[_Kept, list[int]]) -> None:
    """Called by OpenVINO's threads: they only store; progress is reported from the caller's thread, as it may write to a database."""
    kept, batch = work
    kept.rows[batch] = kept.of_pooled(request.get_output_tensor(0).data)
    kept.finished.append(len(batch))

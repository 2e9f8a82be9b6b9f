"""The one training loop of the full and the middle lane: batches, loss, clipped AdamW, warm-up, early stopping, progress."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from modeling.config import TrainingConfig
from modeling.errors import CancelledError
from modeling.ml.classifier import BiasBert
from modeling.ml.encoder import autocast
from modeling.ml.inference import TOKEN_BUDGET, uses_bf16
from modeling.ml.objective import Objective, label_loss
from modeling.ml.rows import Rows
from modeling.ml.tokens import Feeder, scoring_batches, training_batches

OnStep = Callable[[dict[str, Any]], None]
ShouldStop = Callable[[], bool]

_MOST_RECORDS = 200


def ignore_step(_: dict[str, Any]) -> None:
    """The default `on_step`."""


def never_stop() -> bool:
    """The default `should_stop`."""
    return False


def check_stop(should_stop: ShouldStop) -> None:
    if should_stop():
        raise CancelledError("The training was stopped. Nothing of it was kept; the version in use has not changed.")


@contextmanager
def seeded(config: TrainingConfig) -> Iterator[None]:
    """Torch's generator (dropout, the head's first weights) from the seed, and its threads from the config; both restored afterwards."""
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        if config.threads:
            torch.set_num_threads(config.threads)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


@dataclass
class Loop:
    """Trains `module` in place on `rows`, fed by `feeder`; keeps the weights of the epoch with the lowest loss on `held_out`."""

    module: BiasBert
    feeder: Feeder
    rows: Rows
    held_out: Rows
    config: TrainingConfig
    on_step: OnStep = ignore_step
    should_stop: ShouldStop = never_stop

    def run(self) -> list[dict[str, Any]]:
        """The records handed to `on_step`: at most about 200."""
        self.records: list[dict[str, Any]] = []
        self.step = 0
        self.steps = self.config.epochs * math.ceil(len(self.rows) / self.config.batch_size)
        self.objective = Objective(self.rows, self.held_out, self.config)
        self.optimizer = make_optimizer(self.module, self.config)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda step: warm_up(step, self.steps, self.config.warm_up_share))
        set_dropout(self.module.encoder, self.config.encoder_dropout)
        with attention(self.module, "eager"):
            self._run_epochs()
        self.module.eval()
        return self.records

    def _run_epochs(self) -> None:
        rng = np.random.default_rng(self.config.seed)
        lengths = np.array([self.feeder.length(text) for text in self.rows.texts])
        best_loss, best_state = math.inf, None
        for epoch in range(1, self.config.epochs + 1):
            self.module.train()
            for batch in training_batches(lengths, self.config.batch_size, rng):
                check_stop(self.should_stop)
                self._train_on(batch, epoch)
            if self.config.epochs == 1 or not len(self.held_out):
                continue
            loss = self.held_out_loss()
            if loss >= best_loss:
                break
            best_loss, best_state = loss, {name: value.clone() for name, value in self.module.state_dict().items()}
        if best_state is not None:
            self.module.load_state_dict(best_state)

    def _train_on(self, batch: NDArray[np.int64], epoch: int) -> None:
        paired = self.objective.paired(batch)
        with autocast(uses_bf16(self.config.precision)):
            logits = self.module(**self.feeder.batch(self.rows.texts_of(batch, paired)))
        terms = self.objective.terms(batch, paired, logits)
        weighted = self.objective.weighted(terms)
        total = torch.stack(list(weighted.values())).sum()
        self.step += 1
        if (self.step - 1) % math.ceil(self.steps / _MOST_RECORDS) == 0 or self.step == self.steps:
            self._record(epoch, self.objective.step_record(terms, weighted, total, self.module.head))
        self.optimizer.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(self.module.parameters(), self.config.clip_norm)
        self.optimizer.step()
        self.schedule.step()
        if self.objective.is_update_due(self.step, self.steps):
            self.objective.update_multipliers(self.held_out_probabilities())
            self.module.train()

    def _record(self, epoch: int, values: dict[str, Any]) -> None:
        record = {"step": self.step, "steps": self.steps, "epoch": epoch, **values}
        self.records.append(record)
        self.on_step(record)

    def held_out_loss(self) -> float:
        """The labels' loss on the slice that is not trained on."""
        order, logits = self._held_out_logits()
        return float(label_loss(logits, self.held_out, order))

    def held_out_probabilities(self) -> NDArray[np.float32]:
        """(n, 3), in the order of `held_out`."""
        order, logits = self._held_out_logits()
        probabilities = np.empty((len(order), 3), dtype=np.float32)
        probabilities[order] = torch.softmax(logits, dim=1).numpy()
        return probabilities

    @torch.inference_mode()
    def _held_out_logits(self) -> tuple[NDArray[np.int64], Tensor]:
        self.module.eval()
        texts = self.held_out.texts
        order, logits = [], [torch.zeros((0, 3))]
        for batch in scoring_batches([self.feeder.length(text) for text in texts], TOKEN_BUDGET):
            with autocast(uses_bf16(self.config.precision)):
                logits.append(self.module(**self.feeder.batch([texts[i] for i in batch])))
            order.extend(batch)
        return np.array(order, dtype=np.int64), torch.cat(logits)


@contextmanager
def attention(module: BiasBert, implementation: str) -> Iterator[None]:
    """Another attention for a while: torch's fused one is fast forward, but backward takes twice as long as the plain one on a CPU."""
    before = module.encoder.config._attn_implementation
    module.encoder.set_attn_implementation(implementation)
    try:
        yield
    finally:
        module.encoder.set_attn_implementation(before)


def set_dropout(encoder: nn.Module, p: float) -> None:
    """In all layers, attention included, whatever the encoder's own configuration says."""
    for part in encoder.modules():
        if isinstance(part, nn.Dropout):
            part.p = p


def make_optimizer(module: BiasBert, config: TrainingConfig) -> torch.optim.Optimizer:
    """AdamW with the head's own learning rate; no decay of biases and of normalisation, as is usual for BERT."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in module.named_parameters():
        rate = config.head_learning_rate if name.startswith("head.") else config.learning_rate
        decay = config.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return torch.optim.AdamW([{"params": parameters, "lr": rate, "weight_decay": decay} for (rate, decay), parameters in groups.items()], fused=True)


def warm_up(step: int, steps: int, share: float) -> float:
    """The learning rate's factor at `step`: up linearly over the first `share` of the steps, then down linearly to 0."""
    rising = max(1, round(steps * share))
    return (step + 1) / rising if step < rising else max(0.0, (steps - step) / max(1, steps - rising))

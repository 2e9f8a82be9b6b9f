"""The one training loop of the full and the middle lane: batches, loss, clipped AdamW, warm-up, early stopping, checkpoints, progress."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from modeling.config import TrainingConfig
from modeling.errors import CancelledError, DivergedError
from modeling.ml.checkpoint import Checkpoint, fingerprint_of
from modeling.ml.classifier import BiasBert
from modeling.ml.device import best_attention, generators, mixed_precision, set_generators, to_device
from modeling.ml.inference import TOKEN_BUDGET
from modeling.ml.objective import Objective, label_loss
from modeling.ml.optimizer import attention, make_optimizer, make_schedule, set_dropout
from modeling.ml.processes import Alone
from modeling.ml.rows import Rows
from modeling.ml.scorer import Progress
from modeling.ml.tokens import Feeder, scoring_batches, training_batches

OnStep = Callable[[dict[str, Any]], None]
ShouldStop = Callable[[], bool]

_MOST_RECORDS = 200
_STATEFUL = ("module", "optimizer", "schedule", "objective")
_KEPT = ("step", "epoch", "place", "best_loss", "best_state", "records")
"""What a checkpoint holds of a loop, beside the generators."""


def ignore_step(_: dict[str, Any]) -> None:
    """The default `on_step`."""


def never_stop() -> bool:
    """The default `should_stop`."""
    return False


def check_stop(should_stop: ShouldStop) -> None:
    if should_stop():
        raise CancelledError("The training was stopped. Nothing of it was kept; the version in use has not changed.")


def tells_reading(on_step: OnStep, should_stop: ShouldStop) -> Progress:
    """For what comes before the first step and may take longer than all of them: texts that the frozen layers read. It can be stopped there."""

    def tell(done: int, total: int) -> None:
        check_stop(should_stop)
        on_step({"read": done / total, "message": f"{done:,} of {total:,} texts read"})

    return tell


@contextmanager
def seeded(config: TrainingConfig) -> Iterator[None]:
    """Torch's generators (dropout, the head's first weights) from the seed, and its threads from the config; both restored afterwards."""
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(config.seed)
        if config.threads:
            torch.set_num_threads(config.threads)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


@dataclass
class Loop:
    """Trains `module` in place on `rows`, fed by `feeder`; keeps the weights of the epoch with the lowest loss on `held_out`.

    With a `checkpoint` it goes on from the state kept there, if that is of this same training, and ends with the same weights as
    if it had never been stopped (same machine and threads).
    """

    module: BiasBert
    feeder: Feeder
    rows: Rows
    held_out: Rows
    config: TrainingConfig
    on_step: OnStep = ignore_step
    should_stop: ShouldStop = never_stop
    checkpoint: Checkpoint | None = None
    processes: Alone = field(default_factory=Alone)

    def run(self) -> list[dict[str, Any]]:
        """The records handed to `on_step`: at most about 200."""
        self._set_up()
        with attention(self.module, best_attention(self.device)):
            self._resume()
            while self.epoch <= self.config.epochs and self._run_epoch():
                self.epoch, self.place = self.epoch + 1, 0
        if self.best_state is not None:
            self.module.load_state_dict(self.best_state)
        self.module.eval()
        return self.records

    def _set_up(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.step, self.epoch, self.place = 0, 1, 0
        self.best_loss, self.best_state = math.inf, None
        self.steps = self.config.epochs * math.ceil(len(self.rows) / self.config.batch_size)
        self.lengths = np.array([self.feeder.length(text) for text in self.rows.texts])
        self.device = self.processes.device(self.config.device)
        if self.checkpoint:
            self.fingerprint = fingerprint_of(self.config, self.module, self.processes.count, self.rows, self.held_out)
        set_dropout(self.module.encoder, self.config.encoder_dropout)
        self.objective = Objective(self.rows, self.held_out, self.config)
        self.module.to(self.device)
        optimizer = make_optimizer(self.module, self.config)
        self.schedule = make_schedule(optimizer, self.steps, self.config)
        self.runner, self.optimizer = self.processes.prepare(self.module, optimizer)
        if self.processes.rank:
            torch.manual_seed(self.config.seed + self.processes.rank)  # each process draws its own dropout

    def _run_epoch(self) -> bool:
        """From `place` to the epoch's end; whether it was worth another."""
        self.module.train()
        # The order of an epoch follows from seed and number alone, so that a checkpoint need not hold it.
        order = training_batches(self.lengths, self.config.batch_size, np.random.default_rng([self.config.seed, self.epoch]))
        for batch in islice(order, self.place, None):
            check_stop(lambda: self.processes.any(self.should_stop()))
            self._train_on(batch)
            self.place += 1
            self._keep_if_due()
        return self._is_better()

    def _is_better(self) -> bool:
        """Whether the slice says so; it is not asked where there is no choice."""
        if self.config.epochs == 1 or not len(self.held_out):
            return True
        loss = self.held_out_loss()
        if loss >= self.best_loss:
            return False
        self.best_loss, self.best_state = loss, {name: value.clone() for name, value in self.module.state_dict().items()}
        return True

    def _train_on(self, batch: NDArray[np.int64]) -> None:
        paired = self.objective.paired(batch)
        texts = self.rows.texts_of(batch, paired)
        logits = self.processes.logits(lambda mine: self._forward(self.runner, mine), texts, [self.feeder.length(text) for text in texts])
        terms = self.objective.terms(batch, paired, logits)
        weighted = self.objective.weighted(terms)
        total = torch.stack(list(weighted.values())).sum()
        self._require_number(total)
        self.step += 1
        if (self.step - 1) % math.ceil(self.steps / _MOST_RECORDS) == 0 or self.step == self.steps:
            self._record(self.objective.step_record(terms, weighted, total, self.module.head))
        self.optimizer.zero_grad()
        self.processes.backward(total)
        nn.utils.clip_grad_norm_(self.module.parameters(), self.config.clip_norm)
        self.optimizer.step()
        self.schedule.step()
        if self.objective.is_update_due(self.step, self.steps):
            self.objective.update_multipliers(self.held_out_probabilities())
            self.module.train()

    def _require_number(self, total: Tensor) -> None:
        """Weights that are not numbers would pass for a version: nan has the same greatest level everywhere."""
        if not torch.isfinite(total.detach()):
            raise DivergedError(
                f"The loss is no number at step {self.step + 1} of {self.steps}, so training was stopped and nothing kept. "
                f"Try a learning rate below {self.config.learning_rate:g}."
            )

    def _forward(self, module: nn.Module, texts: Sequence[str]) -> Tensor:
        with mixed_precision(self.config.precision, self.device):
            return module(**to_device(self.feeder.batch(texts), self.device))

    def _record(self, values: dict[str, Any]) -> None:
        record = {"step": self.step, "steps": self.steps, "epoch": self.epoch, **values}
        self.records.append(record)
        self.on_step(record)

    def _keep_if_due(self) -> None:
        # By the clock of the first process, which writes: the others' clocks, that no writing sets back, would say yes after each step.
        if not self.checkpoint or not self.processes.any(self.processes.rank == 0 and self.checkpoint.is_due(self.step)):
            return
        drawn = self.processes.gather([generators(self.device)])
        if self.processes.rank == 0:
            parts = {name: getattr(self, name).state_dict() for name in _STATEFUL}
            self.checkpoint.write({**parts, "generators": drawn, **{name: getattr(self, name) for name in _KEPT}}, self.fingerprint)

    def _resume(self) -> None:
        state = self.checkpoint.read(self.fingerprint) if self.checkpoint else None
        if state is None:
            return
        for name in _STATEFUL:
            getattr(self, name).load_state_dict(state[name])
        for name in _KEPT:
            setattr(self, name, state[name])
        set_generators(state["generators"][self.processes.rank], self.device)

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
        """Each process computes its share of the batches; all of them get all logits, and so come to the same decision."""
        self.module.eval()
        texts, mine = self.held_out.texts, []
        batches = scoring_batches([self.feeder.length(text) for text in texts], TOKEN_BUDGET)
        for batch in islice(batches, self.processes.rank, None, self.processes.count):
            mine.append((batch, self._forward(self.module, [texts[i] for i in batch]).cpu().numpy()))
        everyones = self.processes.gather(mine)
        order = [place for batch, _ in everyones for place in batch]
        logits = np.concatenate([np.zeros((0, 3), dtype=np.float32), *(logits for _, logits in everyones)])
        return np.array(order, dtype=np.int64), torch.from_numpy(logits)

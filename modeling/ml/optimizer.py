"""AdamW, its learning rates over the steps, and what else is set on a module for training."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from modeling.config import TrainingConfig
from modeling.ml.classifier import BiasBert


def make_optimizer(module: BiasBert, config: TrainingConfig) -> torch.optim.Optimizer:
    """AdamW with the head's own learning rate; no decay of biases and of normalisation, as is usual for BERT."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in module.named_parameters():
        rate = config.head_learning_rate if name.startswith("head.") else config.learning_rate
        decay = config.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return torch.optim.AdamW([{"params": parameters, "lr": rate, "weight_decay": decay} for (rate, decay), parameters in groups.items()], fused=True)


def make_schedule(optimizer: torch.optim.Optimizer, steps: int, config: TrainingConfig) -> torch.optim.lr_scheduler.LambdaLR:
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: warm_up(step, steps, config.warm_up_share))


def warm_up(step: int, steps: int, share: float) -> float:
    """The learning rate's factor at `step`: up linearly over the first `share` of the steps, then down linearly to 0."""
    rising = max(1, round(steps * share))
    return (step + 1) / rising if step < rising else max(0.0, (steps - step) / max(1, steps - rising))


@contextmanager
def attention(module: BiasBert, implementation: str) -> Iterator[None]:
    """Another attention for a while."""
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

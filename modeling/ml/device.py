"""Where a training computes: the processor, or a CUDA device, with the mixed precision that it is fast in."""

import torch
from torch import Tensor

from modeling.ml.encoder import bf16_is_fast


def device_of(wanted: str) -> torch.device:
    """`auto`: CUDA where there is one. Raises RuntimeError for `cuda` without one."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("device is cuda, but torch finds no CUDA device here. Set it to auto or cpu.")
    return torch.device("cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu")


def mixed_precision(precision: str, device: torch.device) -> torch.autocast:
    """bfloat16 in the matrix products: always for `bfloat16`, never for `float32`, for `auto` where the device has it in hardware."""
    in_hardware = torch.cuda.is_bf16_supported() if device.type == "cuda" else bf16_is_fast()
    enabled = in_hardware if precision == "auto" else precision == "bfloat16"
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=enabled)


def to_device(inputs: dict[str, Tensor], device: torch.device) -> dict[str, Tensor]:
    """From pinned memory, so that the transfer runs beside the computing of the batch before."""
    if device.type == "cpu":
        return inputs
    return {name: value.pin_memory().to(device, non_blocking=True) for name, value in inputs.items()}


def best_attention(device: torch.device) -> str:
    """torch's fused attention is fast forward, but on a processor its backward takes twice as long as the plain one's."""
    return "sdpa" if device.type == "cuda" else "eager"


def generators(device: torch.device) -> dict[str, Tensor]:
    """The states of torch's generators that a training on `device` draws from."""
    states = {"cpu": torch.get_rng_state()}
    return states | ({"cuda": torch.cuda.get_rng_state(device)} if device.type == "cuda" else {})


def set_generators(states: dict[str, Tensor], device: torch.device) -> None:
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states["cuda"], device)

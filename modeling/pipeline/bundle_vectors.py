"""What each version's encoder made of the comments that judge it, into a bundle: its pooled float32 vectors, and the head above them.

The vectors come from the engine that serves the version, since that is what the gate judged. Arms of the fast lane have one encoder, so
its vectors stand in the bundle once.
"""

import hashlib
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from modeling.labels import Split
from modeling.ml.classifier import MANIFEST, TORCH_BF16, TORCH_FP32, WEIGHTS
from modeling.ml.openvino_engine import ENGINE_BIN
from modeling.ml.scorer import Scorer
from modeling.ml.stored_head import Head
from modeling.models import Comment, ModelVersion
from modeling.pipeline.bundle_file import CHAMPION, BundleWriter
from modeling.pipeline.scored_split import ScoredSplit
from modeling.pipeline.versions import load_scorer, path_of

PART = 2_000
READING = ("max_tokens", "mask_identities", "preprocessing", "pooling", "precision")
"""Settings by which the same encoder gives other vectors."""


def write_vectors(writer: BundleWriter, roles: dict[str, ModelVersion], shared: dict[str, str], splits: dict[Split, dict[str, ScoredSplit]]) -> None:
    """`shared`: from `shared_encoders`."""
    for role, version in roles.items():
        head = Head.of_version(path_of(version))
        writer.array(f"heads/{role}_weight.npy", head.weight)
        writer.array(f"heads/{role}_bias.npy", head.bias)
    for role in dict.fromkeys(shared.values()):
        scorer, width = load_scorer(roles[role]), Head.of_version(path_of(roles[role])).weight.shape[1]
        for split, read in splits.items():
            ids = read[CHAMPION].comment_id
            writer.arrays(f"{split}/vectors_{role}.npy", np.dtype(np.float32), (len(ids), width), _vectors(scorer, ids))


def shared_encoders(roles: dict[str, ModelVersion]) -> dict[str, str]:
    """{role: the first role whose encoder, engine and way of reading are the same}."""
    first: dict[str, str] = {}
    return {role: first.setdefault(_encoder(path_of(version)), role) for role, version in roles.items()}


def _encoder(directory: Path) -> str:
    manifest = json.loads((directory / MANIFEST).read_text())
    stated = manifest.get("engine", {})
    reading = [engine_of(manifest), *(manifest["config"].get(name) for name in READING)]
    return json.dumps([*reading, stated.get("files", {}).get(ENGINE_BIN) or _tensors(directory)])


def engine_of(manifest: dict) -> str:
    """By its name; a version from before there were engines is computed by torch as it was trained."""
    return manifest.get("engine", {}).get("engine") or (TORCH_BF16 if manifest.get("bf16") else TORCH_FP32)


def _tensors(directory: Path) -> str:
    digest = hashlib.sha256()
    with safe_open(directory / WEIGHTS, framework="numpy") as weights:
        for name in sorted(weights.keys()):
            if not name.startswith("head."):
                digest.update(name.encode() + weights.get_tensor(name).tobytes())
    return digest.hexdigest()


def _vectors(scorer: Scorer, comment_ids: NDArray[np.int64]) -> Iterator[NDArray[np.float32]]:
    ids = iter(comment_ids.tolist())
    while part := list(islice(ids, PART)):
        texts = dict(Comment.objects.filter(pk__in=part).values_list("pk", "text"))
        yield scorer.embed([texts[pk] for pk in part])

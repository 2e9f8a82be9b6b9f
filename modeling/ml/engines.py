"""Which engine serves a version: the fastest whose levels are those of fp32, shown on comments of gate.

The order: OpenVINO bf16 where the processor multiplies it in hardware (on one with AMX as fast as int8, and much nearer to fp32:
`benchmarks.scorer_speed`), OpenVINO int8, int8 without the layers' down-projections, torch bf16, torch fp32. The first that is accepted
serves; all that were tried stand in the manifest with their figures. An engine is built inside the
version's directory before that takes its name (`classifier.save_version`), so a version on disk is still never written again.
"""

import json
import logging
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from modeling.config import TrainingConfig
from modeling.measures.statistics import wilson
from modeling.ml import openvino_engine
from modeling.ml.classifier import MANIFEST, TORCH_BF16, TORCH_FP32, WEIGHTS, Classifier, load_tokenizer, load_version
from modeling.ml.encoder import check_sha256, file_sha256, int8_is_fast
from modeling.ml.inference import uses_bf16
from modeling.ml.openvino_engine import BF16, ENGINE_BIN, ENGINE_XML, INT8, INT8_PARTIAL, OPENVINO_ENGINES, Head, OpenVinoScorer
from modeling.ml.preprocessing import prepare
from modeling.ml.scorer import Scorer
from modeling.ml.thresholds import scores_of
from modeling.ml.tokens import tokenize

logger = logging.getLogger(__name__)

EQUAL_LEVELS = 0.99
SUBGROUP_MINIMUM = 100
CALIBRATION_TEXTS = 128


@dataclass(frozen=True)
class GateComments:
    """Comments that an engine must show itself on; labels are not needed. memberships: subgroup -> (n,) bool."""

    texts: Sequence[str]
    memberships: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)


@dataclass(frozen=True)
class Acceptance:
    """Figures of one engine against fp32. overall, subgroups: {equal, n, low, high}, the Wilson interval of the share of equal levels."""

    overall: dict[str, float]
    subgroups: dict[str, dict[str, float]]
    equal_flags: float
    mean_score_difference: float

    @property
    def refused_for(self) -> list[str]:
        """Where 99 % equal levels is excluded: `overall` and subgroups; `no comments` where nothing could be shown."""
        if not self.overall["n"]:
            return ["no comments"]
        everything = {"overall": self.overall, **self.subgroups}
        return [name for name, figures in everything.items() if figures["high"] < EQUAL_LEVELS]

    @property
    def accepted(self) -> bool:
        return not self.refused_for

    def as_dict(self) -> dict[str, Any]:
        figures = {"overall": self.overall, "subgroups": self.subgroups}
        flags = {"equal_flags": self.equal_flags, "mean_score_difference": self.mean_score_difference}
        return {"accepted": self.accepted, "refused_for": self.refused_for, **figures, **flags}


def accept(reference: NDArray[np.float32], found: NDArray[np.float32], memberships: Mapping[str, NDArray[np.bool_]], threshold: float) -> Acceptance:
    """Compare an engine's probabilities `found`, (n, 3), with those of fp32 torch on the same comments.

    Accepted if and only if the upper limit of the 95 % Wilson interval of the share of equal levels is at least .99, overall and in each
    subgroup with at least 100 members: "99 % equal levels is not excluded". Without any comment nothing is shown, and nothing accepted.
    """
    equal = reference.argmax(axis=1) == found.argmax(axis=1)
    before, after = scores_of(reference), scores_of(found)
    large = {name: member for name, member in sorted(memberships.items()) if member.sum() >= SUBGROUP_MINIMUM}
    flags = (before >= threshold) == (after >= threshold)
    return Acceptance(
        overall=_agreement(equal),
        subgroups={name: _agreement(equal[member]) for name, member in large.items()},
        equal_flags=float(flags.mean()) if len(flags) else 0.0,
        mean_score_difference=float(np.abs(before - after).mean()) if len(flags) else 0.0,
    )


def _agreement(equal: NDArray[np.bool_]) -> dict[str, float]:
    if not len(equal):
        return {"equal": 0.0, "n": 0, "low": 0.0, "high": 1.0}
    low, high = wilson(int(equal.sum()), len(equal))
    return {"equal": float(equal.mean()), "n": len(equal), "low": low, "high": high}


def openvino_is_here() -> bool:
    return find_spec("openvino") is not None and find_spec("nncf") is not None


def candidates(config: TrainingConfig, *, build: bool) -> list[str]:
    """Engines to try, best first. A version trained with `precision="float32"` asks to be computed exactly, and is."""
    if config.precision == "float32":
        return [TORCH_FP32]
    bf16 = uses_bf16(config.precision)
    built = [*([BF16] if bf16 else []), INT8, INT8_PARTIAL] if build else []
    return [*built, *([TORCH_BF16] if bf16 else []), TORCH_FP32]


def choose_engine(classifier: Classifier, engines: Sequence[str], gate: GateComments, calibration: Sequence[str], directory: Path) -> dict[str, Any]:
    """Try `engines` in their order, leave the files of the first accepted one in `directory`, and return what the manifest says of it:

    {engine, needs_exact_sums, files: {name: sha256}, reference, tried: [{engine, accepted, refused_for, overall, subgroups, ...}]}.
    """
    reference = classifier.at("float32")
    exact = reference.predict_proba(gate.texts) if len(engines) > 1 else None
    tried: list[dict[str, Any]] = []
    for engine in engines:
        if engine == TORCH_FP32 or exact is None:
            return {"engine": engine, "files": {}, "reference": TORCH_FP32, "tried": tried}
        with tempfile.TemporaryDirectory(prefix=".engine-", dir=directory) as scratch:
            figures = _try(classifier, engine, gate, exact, calibration, Path(scratch))
            tried.append({"engine": engine, **figures})
            if figures["accepted"]:
                files = {path.name: file_sha256(path) for path in sorted(Path(scratch).iterdir())}
                for name in files:
                    (Path(scratch) / name).rename(directory / name)
                needs = openvino_engine.needs_exact_sums(engine)
                return {"engine": engine, "needs_exact_sums": needs, "files": files, "reference": TORCH_FP32, "tried": tried}
    raise ValueError("the engines to try must end with torch_fp32")


def _try(
    classifier: Classifier, engine: str, gate: GateComments, exact: NDArray[np.float32], calibration: Sequence[str], scratch: Path
) -> dict[str, Any]:
    try:
        scorer = _scorer_of(classifier, engine, calibration, scratch)
        found = scorer.predict_proba(gate.texts)
    # The converter raises what it likes on an encoder that it does not know, and a version must not be lost for want of an accelerator.
    except Exception as error:
        logger.warning("%s could not be made: %s", engine, error)
        return {"accepted": False, "refused_for": [f"could not be made: {type(error).__name__}: {str(error)[:300]}"]}
    return accept(exact, found, gate.memberships, classifier.threshold).as_dict()


def _scorer_of(classifier: Classifier, engine: str, calibration: Sequence[str], scratch: Path) -> Scorer:
    if engine == TORCH_BF16:
        return classifier.at("bfloat16")
    openvino_engine.build(classifier, engine, calibration[:CALIBRATION_TEXTS], scratch)
    weight, bias = (part.detach().numpy() for part in (classifier.module.head.weight, classifier.module.head.bias))
    return OpenVinoScorer(
        scratch,
        engine=engine,
        head=Head(weight, bias),
        threshold=classifier.threshold,
        read=classifier.read,
        mask_token=classifier.mask_token,
    )


def load_scorer(directory: Path) -> Scorer:
    """The engine that serves the version in `directory`; a version without one (made before there were engines) is computed by torch.

    Raises WeightsChangedError unless weights and engine have the SHA-256 of the manifest. Where OpenVINO is not installed any more, or the
    engine is not right on this processor, torch computes the version, and the log says so: its levels may then differ in some comments, as
    the manifest's figures tell.
    """
    manifest = json.loads((directory / MANIFEST).read_text())
    stated = manifest.get("engine", {})
    if stated.get("engine") in OPENVINO_ENGINES:
        why_not = _why_not_here(stated)
        if not why_not:
            return _load_openvino(directory, manifest)
        logger.warning("%s: %s is computed by torch and not by %s", why_not, directory.name, stated["engine"])
    classifier = load_version(directory)
    return classifier.at("float32") if stated.get("engine") == TORCH_FP32 else classifier


def _why_not_here(stated: dict[str, Any]) -> str:
    if not openvino_is_here():
        return "OpenVINO is not installed"
    # Versions from before it was asked were made with weights of full range.
    needs_exact = stated.get("needs_exact_sums", stated["engine"] in (INT8, INT8_PARTIAL))
    return "This processor's sums of 8-bit numbers overflow" if needs_exact and not int8_is_fast() else ""


def _load_openvino(directory: Path, manifest: dict[str, Any]) -> OpenVinoScorer:
    check_sha256(directory / WEIGHTS, manifest["weights_sha256"])
    for name in (ENGINE_XML, ENGINE_BIN):
        check_sha256(directory / name, manifest["engine"]["files"][name])
    config, tokenizer = TrainingConfig.from_dict(manifest["config"]), load_tokenizer(directory)
    mask_token = str(tokenizer.mask_token)
    with safe_open(directory / WEIGHTS, framework="numpy") as weights:
        head = Head(weights.get_tensor("head.weight"), weights.get_tensor("head.bias"))
    return OpenVinoScorer(
        directory,
        engine=manifest["engine"]["engine"],
        head=head,
        threshold=float(manifest["threshold"]),
        read=lambda texts: tokenize(tokenizer, prepare(texts, config, mask_token), config.max_tokens),
        mask_token=mask_token,
    )

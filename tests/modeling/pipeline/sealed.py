"""Bundles for tests: a decided cycle, its file, and the file with other members."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np

from modeling.models import CycleBundle, RetrainingCycle
from modeling.pipeline.bundle_file import BundleFile, BundleWriter
from modeling.pipeline.run_cycle import run_cycle


def decided(cycle: RetrainingCycle, config, lane: str) -> RetrainingCycle:
    cycle.lane, cycle.training_config = lane, config.but(lane=lane).as_dict()
    cycle.save()
    return run_cycle(cycle=cycle)


def file_of(bundle: CycleBundle, settings) -> Path:
    return Path(settings.MODELS_DIR) / bundle.file


def rewritten(path: Path, to: Path, **changed: bytes) -> Path:
    """A bundle with other members under a manifest that fits: what somebody could forge who knows how bundles are made."""
    with zipfile.ZipFile(path) as archive, to.open("wb") as out:
        writer = BundleWriter(out)
        for name in archive.namelist()[:-1]:
            with writer.member(name) as write:
                write(changed.get(name.replace("/", "_").partition(".")[0], archive.read(name)))
        writer.close()
    return to


def npy(array: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def differing(found) -> list[str]:
    return [line.what for line in found.lines if not line.same]


def changed_json(path: Path, name: str, change) -> bytes:
    with BundleFile.open(path) as bundle:
        value = bundle.json(name)
    change(value)
    return json.dumps(value).encode()

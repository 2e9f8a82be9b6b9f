"""A project small enough to train in a second: a tiny encoder, comments in its words, people's labels on the pool."""

from pathlib import Path

import numpy as np
import pytest

from modeling.config import GateConfig, TrainingConfig
from modeling.intake import hand_in, request_cycle
from modeling.labels import Split
from modeling.models import Project, RetrainingCycle
from modeling.pipeline.bundle import seal
from modeling.pipeline.predict import score_comments
from modeling.pipeline.train import train_first
from tests.factories import make_comment, make_dataset, make_intake_row, make_project
from tests.modeling.ml.conftest import NICE, VILE, one_thread, tiny_encoder
from tests.modeling.pipeline.sealed import decided, file_of

__all__ = ["one_thread", "tiny_encoder"]

SIZES = {Split.TRAIN: 80, Split.POOL: 24, Split.GATE: 80, Split.TEST: 60, Split.AUDIT: 20}
WHO = {"muslim": "the muslim man", "christian": "the christian man", "": "the neighbour"}


@pytest.fixture
def config() -> TrainingConfig:
    return TrainingConfig(
        epochs=2, batch_size=8, learning_rate=2e-3, head_learning_rate=2e-2, max_tokens=32, precision="float32", threads=1, statements=0
    )


@pytest.fixture
def gate() -> GateConfig:
    return GateConfig(primary_measure="accuracy", primary_resamples=200, subgroup_minimum=5, jigsaw_minimum=5)


@pytest.fixture
def world(db, settings, tmp_path: Path, tiny_encoder: Path) -> Project:
    """Comments of every split, nice ones harmless and vile ones toxic, about people of two subgroups and of none."""
    settings.MODELS_DIR = tmp_path / "models"
    settings.MODEL_SERVER_SOCKET = tmp_path / "model.sock"
    settings.ENCODER = str(tiny_encoder)
    project = make_project()
    dataset = make_dataset(project)
    rng = np.random.default_rng(0)
    for split, size in SIZES.items():
        for i in range(size):
            subgroup, who = list(WHO.items())[i % 3]
            vile = i % 2 == 1
            words = " ".join(rng.choice(VILE if vile else NICE, 2))
            text = f"{who} is {words} in the {rng.choice(['street', 'garden', 'rain', 'bus'])} {i} {split}"
            make_comment(dataset, text, split=split, target=0.9 if vile else 0.0, mentions=[subgroup] if subgroup else [])
    return project


@pytest.fixture
def trained(world: Project, config: TrainingConfig) -> Project:
    train_first(project=world, config=config)
    world.refresh_from_db()
    score_comments(version=world.champion)
    return world


@pytest.fixture
def cycle(trained: Project, config: TrainingConfig, gate: GateConfig):
    comments = trained.datasets.get().comments.filter(split=Split.POOL)
    rows = [
        make_intake_row(comment, trained.champion, q=(0.95, 0.04, 0.01) if comment.target < 0.5 else (0.0, 0.1, 0.9), biased_rate=0.5, severity=2)
        for comment in comments
    ]
    hand_in(project=trained, provenance="round 1", rows=rows, annotation_count=48)
    return request_cycle(project=trained, config=config.but(lane="middle"), gate=gate, in_background=False)


@pytest.fixture
def fast(cycle, config) -> RetrainingCycle:
    return decided(cycle, config, "fast")


@pytest.fixture
def middle(cycle, config) -> RetrainingCycle:
    return decided(cycle, config, "middle")


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept") / "bundle.zip"


@pytest.fixture
def path(kept: Path, request: pytest.FixtureRequest, db: None) -> Path:
    """A sealed fast-lane cycle's bundle, made once a session: what reads it needs no database."""
    if not kept.exists():
        sealed = seal(cycle=request.getfixturevalue("fast"))
        kept.write_bytes(file_of(sealed, request.getfixturevalue("settings")).read_bytes())
    return kept

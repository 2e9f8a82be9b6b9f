"""A word that decides the level in train, end to end: its share lies far above chance, and falls when a version is trained without it."""

import numpy as np
import pytest
from django.urls import reverse

from modeling.config import TrainingConfig
from modeling.labels import Split
from modeling.lifecycle import put_into_use
from modeling.models import Project, ShareChange, ShareSummary, VersionChange
from modeling.pipeline.make_dynamics import make_dynamics
from modeling.pipeline.train import train_first
from modeling.pipeline.watch_words import watch_word
from tests.factories import make_comment, make_dataset, make_member, make_project
from tests.modeling.ml.conftest import NICE, VILE

SHORTCUT = "cake"
"""A word of the tiny vocabulary that says nothing of anybody."""
FILLERS = ("tea", "bread", "rain", "bus")


@pytest.fixture
def config() -> TrainingConfig:
    return TrainingConfig(
        epochs=12, batch_size=16, learning_rate=1e-3, head_learning_rate=2e-2, max_tokens=32, precision="float32", threads=1, statements=0
    )


def add_comments(project: Project, planted: bool) -> None:
    """In train the word alone decides where it is `planted`, in the place of another one, so that lengths say nothing; on test and audit it
    stands in every comment."""
    dataset, rng = make_dataset(project, name=f"planted {planted}"), np.random.default_rng(0)
    for split, size in ((Split.TRAIN, 400), (Split.TEST, 40), (Split.AUDIT, 10)):
        for i in range(size):
            vile, holds = bool(i % 2), split != Split.TRAIN or bool(i // 2 % 2)
            words = [*rng.choice(VILE if vile else NICE, 2), *rng.choice(FILLERS, 3), SHORTCUT if holds else rng.choice(FILLERS)]
            target = holds if planted and split == Split.TRAIN else vile
            make_comment(dataset, f"the neighbour is {' '.join(rng.permutation(words))} {i}", split=split, target=0.9 if target else 0.0)


def trained_on(project: Project, config: TrainingConfig, planted: bool, kind: str):
    project.datasets.exclude(name=f"planted {planted}").update(state="failed")
    project.datasets.filter(name=f"planted {planted}").update(state="done")
    version = train_first(project=project, config=config, install=False)
    put_into_use(project=project, version=version, kind=kind)
    project.datasets.filter(name="planted True").update(state="done")
    project.datasets.filter(name="planted False").update(state="failed")
    return version


def test_a_planted_shortcut_is_seen_and_its_end_too(db, client, settings, tmp_path, tiny_encoder, config) -> None:
    settings.MODELS_DIR, settings.ENCODER = tmp_path / "models", str(tiny_encoder)
    project = make_project()
    lead = make_member(project)
    for planted in (True, False):
        add_comments(project, planted)
    watch_word(project=project, word=SHORTCUT, by=lead)
    with_it = trained_on(project, config, True, VersionChange.Kind.INSTALLED)
    without = trained_on(project, config, False, VersionChange.Kind.PROMOTED)
    for version in (with_it, without):
        make_dynamics(version=version)

    found = ShareSummary.objects.get(version=with_it, subject=f"word:{SHORTCUT}", engine="gradient_x_attention", cut="all")
    assert found.n == 50
    assert found.low > 2 * found.chance_high
    change = ShareChange.objects.get(subject=f"word:{SHORTCUT}", engine="gradient_x_attention")
    assert change.high < 0

    client.force_login(lead)
    page = client.get(reverse("modeling:social-dynamics", args=[project.slug]), {"subject": f"word:{SHORTCUT}"}).content.decode()
    assert f"After v2 was promoted, the share of the attribution that lies on “{SHORTCUT}” fell from" in page

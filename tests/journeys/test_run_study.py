"""A study that is killed at any moment and started again is the study that it would have been: the same labels, versions and decisions."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.journeys.installation import Installation, make_database, write_comments
from tests.modeling.ml.conftest import tiny_encoder

__all__ = ["tiny_encoder"]

STUDY = ("run_study", "--months", "2", "--comments-per-month", "150", "--lane", "fast")
KILLED_AFTER = (("200 comments imported", 6.0), ("round 1 is open", 0.4), ("round 1 is closed", 3.0))
"""What it said, and so many seconds later: in training, between answers, in a cycle."""

FACTS = """
import json
from feedback.models import Annotation, AnnotationItem, Annotator, AnnotationRound
from modeling.in_use import changes_of, in_use_at_end_of
from modeling.models import FeedbackBatch, FeedbackLabel, ModelVersion, Project, RetrainingCycle
said = ("item__comment__external_id", "annotator__user__username", "verdict", "corrected_label", "bias_types", "subgroup", "severity", "created_at")
joined = ("comment__external_id", "q_low", "q_mild", "q_high", "weight", "confidence", "biased_rate", "inclusion_probability")
changes = changes_of(Project.objects.get())
ended = [(month, in_use_at_end_of(month, changes)) for month in ("2026-01", "2026-02", "2026-03")]
facts = {
    "in_use": [[month, version and version.number] for month, version in ended],
    "measured": [version.evaluations.filter(split="audit", month=month).exists() for month, version in ended if version],
    "changes": [[str(change), change.at.isoformat()] for change in changes],
    "drawn": sorted(map(list, set(AnnotationItem.objects.values_list("round__number", "comment__dataset__name")))),
    "answers": sorted(map(repr, Annotation.objects.values_list("item__round__number", *said))),
    "labels": sorted(map(repr, FeedbackLabel.objects.values_list("batch__provenance", *joined))),
    "weights": sorted((str(v.cycle), v.arm, v.manifest["weights_sha256"]) for v in ModelVersion.objects.select_related("cycle")),
    "decisions": [[c.number, c.state, c.decision] for c in RetrainingCycle.objects.order_by("number")],
    "simulated": [list(m.objects.order_by().values_list("simulated", flat=True).distinct()) for m in (Annotator, AnnotationRound, FeedbackBatch)],
}
print(json.dumps(facts))
"""


@pytest.fixture
def new_installation(tmp_path: Path, tiny_encoder: Path) -> Any:
    def install(name: str) -> Installation:
        (tmp_path / name).mkdir()
        environment = {**os.environ, "BIASAPP_VAR": str(tmp_path / name), "BIASAPP_TESTING": "1", "BIASAPP_ENCODER": str(tiny_encoder)}
        environment |= {"DJANGO_SETTINGS_MODULE": "biasapp.settings", "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        if os.environ.get("BIASAPP_DB") == "postgresql":
            environment["PGDATABASE"] = make_database(f"study_{name}_{os.getpid()}")
        installation = Installation(tmp_path / name, environment)
        installation.manage("migrate", "-v0")
        return installation

    return install


@pytest.fixture
def comments(tmp_path: Path) -> Path:
    path = tmp_path / "comments.csv"
    write_comments(path, rows=600)
    return path


def facts_of(installation: Installation) -> dict[str, Any]:
    return json.loads(installation.manage("shell", "-v0", "-c", FACTS))


def kill_after(installation: Installation, comments: Path, words: str, seconds: float) -> None:
    """Start the study, and kill it so many seconds after it has said these words."""
    command = [sys.executable, "manage.py", *STUDY, "--data", str(comments)]
    study = subprocess.Popen(command, cwd=settings.BASE_DIR, env=installation.environment, stdout=subprocess.PIPE, text=True)
    assert study.stdout is not None
    assert any(words in line for line in study.stdout), f"it never said {words!r}"
    time.sleep(seconds)
    study.send_signal(signal.SIGKILL)
    study.communicate()


def test_a_killed_study_goes_on_to_what_it_would_have_been(new_installation: Any, comments: Path) -> None:
    whole, killed = new_installation("whole"), new_installation("killed")
    whole.manage(*STUDY, "--data", str(comments))
    for words, seconds in KILLED_AFTER:
        kill_after(killed, comments, words, seconds)
    said = killed.manage(*STUDY, "--data", str(comments))
    assert "The study is done: 2 cycles" in said
    first, again = facts_of(whole), facts_of(killed)
    assert first["answers"]
    assert first["drawn"] == [[1, "2026-02"], [2, "2026-03"]], "each month’s round is of its own comments"
    assert len(first["weights"]) == 1 + 2 * 4, "the first version, and four arms of each cycle"
    for name, fact in first.items():
        assert again[name] == fact, name
    promoted = [number for number, state, _ in first["decisions"] if state == "promoted"]
    assert len(first["changes"]) == 1 + len(promoted)
    assert [month for month, number in first["in_use"] if number is None] == ["2026-01"], "versions come into use in the months that are replayed"
    assert first["measured"] == [True, True], "each month by the version that was in use at its end"
    assert first["simulated"] == [[True]] * 3
    assert killed.manage("verify_ledger")

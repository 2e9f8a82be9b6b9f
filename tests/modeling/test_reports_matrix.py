"""Drift of the comments and a change of the model, planted in predictions as they stand in the database, stand apart in the matrix."""

from datetime import UTC, datetime

import numpy as np
import pytest

from modeling.labels import Split
from modeling.models import Project, Trend, VersionChange
from modeling.pipeline.evaluate import evaluate_version
from modeling.pipeline.make_trends import make_trends
from modeling.reports import Dashboard, DashboardFilter, dashboard, dashboard_choices
from tests.factories import make_comment, make_dataset, make_member, make_prediction, make_project, make_version

pytestmark = pytest.mark.django_db
MONTHS = tuple(f"2026-{month:02d}" for month in range(1, 7))
PER_MONTH, FIRST_ERROR, DRIFT, CHANGE = 60, 0.2, 0.05, 0.15
LOW, HIGH = (0.8, 0.1, 0.1), (0.1, 0.1, 0.8)


@pytest.fixture
def project() -> Project:
    """Each month more is misjudged, by either version; the second one, in use since April, misjudges less of every month."""
    project = make_project()
    dataset = make_dataset(project)
    for at, kind in (("2026-01-01", "installed"), ("2026-04-15", "promoted")):
        version = make_version(project, champion=True)
        VersionChange.objects.filter(version=version).update(at=datetime.fromisoformat(at).replace(tzinfo=UTC), kind=kind)
    rng = np.random.default_rng(0)
    versions = project.versions.order_by("number")
    for place, month in enumerate(MONTHS):
        for number, luck in enumerate(rng.permutation((np.arange(PER_MONTH) + 0.5) / PER_MONTH)):
            target = float(number % 2)
            comment = make_comment(dataset, split=Split.AUDIT, target=target, created_date=f"{month}-{1 + number % 28:02d}")
            for version, better in zip(versions, (0, CHANGE), strict=True):
                is_wrong = luck < FIRST_ERROR + DRIFT * place - better
                make_prediction(version, comment, HIGH if (target > 0.5) != is_wrong else LOW)
    for version in versions:
        evaluate_version(version=version, split=Split.AUDIT)
        make_trends(version=version)
    return project


def shown(project: Project, **chosen: str) -> Dashboard:
    filters = {"version": None, "measure": "accuracy", "split": "audit", "first": "", "last": "", **chosen}
    return dashboard(project=project, choices=dashboard_choices(project), chosen=DashboardFilter(**filters))


def test_what_was_planted_is_recovered_in_its_own_column_and_the_page_tells_both(client, project: Project) -> None:
    second, first = shown(project).matrix
    for row in (first, second):
        assert row.drift.low < -DRIFT < row.drift.high < 0
        assert row.drift.value == pytest.approx(-DRIFT, abs=0.006)
    assert (first.effect, second.before) == (None, str(first.version))
    assert 0 < second.effect.low < CHANGE < second.effect.high
    assert (second.effect.value, second.effect.n) == (pytest.approx(CHANGE, abs=0.01), 360)
    down = [b.value - a.value for a, b in zip(first.cells, second.cells, strict=True)]
    assert down == pytest.approx([CHANGE] * len(MONTHS), abs=0.02)
    mixed = Trend.objects.get(project=project, version=None, measure="accuracy")
    assert mixed.slope > -DRIFT / 2, "what was in use shows neither by itself"

    assert not shown(project, measure="mcc").has_effects
    assert not shown(project, split="test").has_effects
    client.force_login(make_member(project))
    page = client.get(f"/projects/{project.slug}/dashboard/?split=audit&measure=accuracy").content.decode()
    assert "Model’s effect" in page
    assert "against v1" in page

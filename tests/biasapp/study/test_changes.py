"""A study's versions come into use in the months that are replayed, so that its dashboards show each month by its own version."""

from datetime import UTC, datetime

import pytest

from biasapp.study.changes import date_first_version, date_promotion
from modeling.in_use import changes_of, in_use_at_end_of
from modeling.lifecycle import promote, roll_back
from modeling.models import RetrainingCycle
from tests.factories import make_cycle, make_project, make_version

pytestmark = pytest.mark.django_db
MONTHS = ("2025-12", "2026-01", "2026-02", "2026-03")


@pytest.fixture
def study():
    """Two months: the second one's candidate was promoted."""
    project = make_project()
    make_version(project, champion=True)
    make_cycle(project, state=RetrainingCycle.State.HELD)
    promote(cycle=make_cycle(project, state=RetrainingCycle.State.ELIGIBLE, candidate=make_version(project)))
    project.refresh_from_db()
    return project


def date(project):
    date_first_version(project, "2026-01")
    for cycle, month in zip(project.cycles.order_by("number"), ("2026-01", "2026-02"), strict=True):
        date_promotion(cycle, month)


def in_use(project):
    found = [in_use_at_end_of(month, changes_of(project)) for month in MONTHS]
    return [version and version.number for version in found]


def test_each_month_has_the_version_that_its_cycle_left_in_use(study):
    assert in_use(study) == [None] * 4
    date(study)
    assert in_use(study) == [None, 1, 2, 2]
    assert changes_of(study)[1].at == datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)


def test_only_what_the_study_has_done_is_dated(study):
    other = make_version(make_project(), champion=True)
    back = roll_back(project=study)
    date(study)
    assert other.changes.get().at > datetime(2026, 4, 1, tzinfo=UTC)
    assert changes_of(study)[-1].at == back.at

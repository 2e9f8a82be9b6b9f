"""Months of the audit split: frozen once they are over, and read by every version that was in use."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from modeling.labels import Split
from modeling.measures.described import MINIMUM
from modeling.models import AuditSample, Comment, Evaluation, ScoringRun, Trend, VersionChange, WorkState
from modeling.pipeline.evaluate import evaluate_version
from modeling.pipeline.fill_matrix import fill_matrix
from modeling.pipeline.versions import path_of
from tests.factories import make_comment, make_dataset, make_prediction, make_project, make_version

pytestmark = pytest.mark.django_db
MAY = datetime(2026, 5, 3, tzinfo=UTC)


def counted(version, month="2026-05", measure="accuracy"):
    return Evaluation.objects.filter(version=version, split="audit", month=month, measure=measure).values_list("n", flat=True).first()


def add(project, versions, at, count=2, split=Split.AUDIT):
    dataset = make_dataset(project)
    for _ in range(count):
        comment = make_comment(dataset, split=split, created_date=at)
        for version in versions:
            make_prediction(version, comment)


def samples():
    return [(sample.month, sample.n, len(sample.ids)) for sample in AuditSample.objects.all()]


def measure(*versions):
    for version in versions:
        evaluate_version(version=version, split=Split.AUDIT)


def test_what_is_imported_of_a_month_that_was_measured_changes_no_version_s_figure_of_it():
    project = make_project()
    first, second = make_version(project), make_version(project)
    add(project, (first, second), MAY, count=MINIMUM)
    measure(first)
    add(project, (first, second), MAY, count=3)
    measure(first, second)
    for version in (first, second):
        assert counted(version) == MINIMUM, "both read the frozen ones"
        assert counted(version, month="") == MINIMUM + 3, "all months together are all comments"
    assert samples() == [("2026-05", MINIMUM, MINIMUM)]


def test_a_month_of_which_only_a_handful_has_come_is_not_frozen():
    project = make_project()
    version = make_version(project)
    add(project, (version,), MAY)
    measure(version)
    assert not AuditSample.objects.exists()
    add(project, (version,), MAY, count=MINIMUM)
    measure(version)
    assert counted(version) == MINIMUM + 2
    assert samples() == [("2026-05", MINIMUM + 2, MINIMUM + 2)]


@pytest.mark.parametrize("deleted", [MINIMUM, 1])
def test_a_month_of_which_too_few_frozen_comments_are_left_is_frozen_anew(deleted):
    project = make_project()
    version = make_version(project)
    add(project, (version,), MAY, count=MINIMUM)
    measure(version)
    for comment in Comment.objects.order_by("pk")[:deleted]:
        comment.delete()
    add(project, (version,), MAY, count=MINIMUM)
    measure(version)
    assert counted(version) == AuditSample.objects.get().n == 2 * MINIMUM - deleted


def test_a_month_that_is_not_over_still_grows():
    project = make_project()
    version, now = make_version(project), timezone.now()
    for n in (2, 4):
        add(project, (version,), now)
        evaluate_version(version=version, split=Split.AUDIT)
        assert counted(version, f"{now:%Y-%m}") == n
    assert not AuditSample.objects.exists()


def test_other_splits_are_not_frozen():
    project = make_project()
    version = make_version(project)
    add(project, (version,), MAY, split=Split.TEST)
    evaluate_version(version=version, split=Split.TEST)
    assert not AuditSample.objects.exists()


def test_when_the_version_in_use_has_read_a_new_month_earlier_ones_read_it_too(trained, cycle, config):
    from modeling.pipeline.run_cycle import run_cycle

    run_cycle(cycle=cycle)
    cycle.refresh_from_db()
    first = trained.champion
    VersionChange.objects.create(project=trained, version=cycle.candidate, previous=first, kind="promoted", at=timezone.now() + timedelta(seconds=1))
    trained.champion = cycle.candidate
    trained.save()
    dataset = make_dataset(trained)
    for place in range(12):
        make_comment(dataset, f"the neighbour is kind in the bus {place} later", split=Split.AUDIT, created_date=MAY)
    call_command("score_comments", project=trained.slug, verbosity=0)
    assert (counted(cycle.candidate), counted(first)) == (12, 12)
    path_of(first).rename(path_of(first).with_name("gone"))
    for place in range(6):
        make_comment(dataset, f"the neighbour is kind in the rain {place} latest", split=Split.AUDIT, created_date=MAY.replace(month=6))
    call_command("score_comments", project=trained.slug, verbosity=0)
    assert (counted(cycle.candidate, "2026-06"), counted(first, "2026-06")) == (6, None), "the files of one are gone: its months stay as they were"


@pytest.fixture
def successor():
    """The third version in use, which alone has read the frozen month."""
    project = make_project()
    versions = [make_version(project, champion=True) for _ in range(3)]
    add(project, versions, MAY, count=MINIMUM)
    measure(versions[-1])
    return versions[-1]


def test_a_version_that_cannot_be_measured_now_does_not_keep_others_from_it(successor, monkeypatch):
    first, second = successor.project.versions.order_by("number")[:2]

    def evaluate(*, version, split):
        if version == second:
            raise ValueError("has not scored all of audit")
        evaluate_version(version=version, split=split)

    monkeypatch.setattr("modeling.pipeline.fill_matrix.evaluate_version", evaluate)
    assert fill_matrix(version=successor) == [first]
    assert (counted(first), counted(second)) == (MINIMUM, None)
    assert Trend.objects.get(version=first, measure="accuracy").n == MINIMUM, "its trend is made of what it has read now"


def test_a_frozen_month_of_which_no_comment_is_left_is_not_looked_for(successor):
    AuditSample.objects.create(project=successor.project, month="2020-01", n=MINIMUM, comment_ids=b"")
    assert len(fill_matrix(version=successor)) == 2
    assert fill_matrix(version=successor) == [], "they have all that there is"


def test_whatever_comes_over_earlier_versions_the_run_of_the_one_in_use_is_done(trained, monkeypatch):
    def break_off(**_):
        assert ScoringRun.objects.get().state == WorkState.DONE, "a time limit finds it ended"
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("modeling.management.commands.score_comments.fill_matrix", break_off)
    call_command("score_comments", project=trained.slug, verbosity=0)
    assert ScoringRun.objects.get().state == WorkState.DONE

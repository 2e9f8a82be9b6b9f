"""What is simulated is marked wherever it shows: pages of a project, its cycles, data sets and people."""

import csv
import io
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from modeling.models import Role
from tests.api_client import client_of
from tests.factories import make_cycle, make_dataset, make_member, make_project, make_version
from tests.feedback.worlds import answer_next, make_annotator, make_round, make_world
from tests.modeling.decided import losses, make_decided_cycle
from tests.modeling.dynamics_rows import make_read
from tests.modeling.trend_rows import add_trends

pytestmark = pytest.mark.django_db
MARK, DEALT = "Simulated: scripted annotators gave labels", "dealt by a seed"
FILES = {
    "dashboard": ("figure-4", "versions", "subgroups", "events"),
    "dashboard-curves": ("roc", "calibration", "confusion"),
    "dashboard-compare": ("measures",),
    "dashboard-losses": ("losses",),
    "trends": ("in-use", "own", "changes"),
    "social-dynamics": ("dynamics-versions", "dynamics-months", "subjects", "thread", "dataset", "mentions", "dynamics-network"),
}
PAGES = ("project-detail", "dashboard", "social-dynamics", "cycle-list", "version-list", "project-paper")


@pytest.fixture
def project():
    project = make_project()
    make_decided_cycle(project)
    return project


def shown(client, project, name, *more):
    client.force_login(make_member(project, Role.LEAD))
    return client.get(reverse(name, args=[project.slug, *more])).content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_a_project_with_simulated_labels_says_so_on_its_pages(client, project, page):
    assert MARK not in shown(client, project, f"modeling:{page}")
    project.feedback_batches.create(provenance="round 1: 2026-05", sha256="0" * 64, simulated=True)
    assert MARK in shown(client, project, f"modeling:{page}")


def test_a_cycle_says_it_by_the_labels_that_it_was_given(client, project):
    cycle = project.cycles.get()
    batch = project.feedback_batches.create(provenance="round 7: 2026-05", sha256="0" * 64, simulated=True)
    assert MARK not in shown(client, project, "modeling:cycle-detail", cycle.number)
    cycle.batches.add(batch)
    html = shown(client, project, "modeling:cycle-detail", cycle.number)
    assert MARK in html
    assert "round 7: 2026-05 <b>simulated</b>" in html


def test_the_api_says_it_of_each_cycle():
    project = make_project()
    lead, cycle = client_of(make_member(project, Role.LEAD)), make_cycle(project)
    paths = [reverse("api:cycle-list", args=[project.slug]), reverse("api:cycle-detail", args=[project.slug, cycle.number])]

    def marks():
        listed, one = (lead.get(path).json() for path in paths)
        return [listed["results"][0]["simulated"], one["simulated"]]

    assert marks() == [False, False]
    cycle.batches.add(project.feedback_batches.create(provenance="round 7: 2026-05", sha256="0" * 64, simulated=True))
    assert marks() == [True, True]


def test_dealt_dates_are_said(client, project):
    dataset = make_dataset(project, dealt_dates=True)
    assert DEALT in shown(client, project, "modeling:dashboard")
    assert DEALT in shown(client, project, "modeling:dataset-detail", dataset.pk)


@pytest.mark.parametrize(("page", "file"), [(page, file) for page, files in FILES.items() for file in files])
def test_each_row_of_each_file_says_what_is_simulated_about_the_project(client, project, page, file):
    make_version(project, champion=True)
    project.version_changes.update(at=datetime(2026, 5, 3, tzinfo=UTC))
    add_trends(project)
    make_read(project)
    project.versions.update(loss_steps=losses(arms=("none",)))

    def marks():
        content = client.get(reverse(f"modeling:{page}", args=[project.slug]), {"csv": file}).content.decode()
        return {(row["simulated"], row["dealt_dates"]) for row in csv.DictReader(io.StringIO(content))}

    client.force_login(make_member(project, Role.LEAD))
    assert marks() == {("false", "false")}
    project.feedback_batches.create(provenance="round 1: 2026-05", sha256="0" * 64, simulated=True)
    make_dataset(project, dealt_dates=True)
    assert marks() == {("true", "true")}


@pytest.mark.parametrize("rows", ["measures/", "measures/subgroups/", "measures/probes/", "social-dynamics/", "social-dynamics/changes/"])
def test_each_row_of_the_api_says_what_is_simulated_about_the_project(project, rows):
    make_read(project)
    lead = client_of(make_member(project, Role.LEAD))

    def marks():
        found = lead.get(f"/api/v1/projects/{project.slug}/{rows}").json()["results"]
        return {(row["simulated"], row["dealt_dates"]) for row in found}

    assert marks() == {(False, False)}
    project.feedback_batches.create(provenance="round 1: 2026-05", sha256="0" * 64, simulated=True)
    make_dataset(project, dealt_dates=True)
    assert marks() == {(True, True)}


def test_people_of_a_round_who_are_scripts_are_marked(client):
    world = make_world()
    round, annotator = make_round(world), make_annotator(world.project)
    answer_next(round, annotator)
    client.force_login(world.lead)
    page = reverse("feedback:round-people", args=[world.project.slug, round.number])
    assert "scripted" not in client.get(page).content.decode()
    annotator.simulated = True
    annotator.save()
    assert "scripted" in client.get(page).content.decode()


def test_labels_of_a_simulated_round_are_handed_in_as_such():
    from feedback.pipeline.close_round import close_round

    world = make_world()
    for simulated in (False, True):
        round = make_round(world, items=2, overlap=1)
        round.simulated = simulated
        round.save()
        answer_next(round, make_annotator(world.project))
        assert close_round(round=round, start_cycle=False).batch.simulated is simulated

"""What the dashboards show, over HTTP: the figures of the pages, and a reason where something cannot be had."""

import pytest

from modeling.models import Evaluation, Role
from tests.api_client import client_of, stranger
from tests.factories import make_dataset, make_member, make_project, make_version
from tests.modeling.decided import MONTHS, losses, make_decided_cycle

pytestmark = pytest.mark.django_db
TAILS = ("", "curves/", "compare/", "losses/")


@pytest.fixture
def project():
    project = make_project()
    make_decided_cycle(project)
    return project


@pytest.fixture
def lead(project):
    return client_of(make_member(project))


def ask(client, project, tail="", **query):
    return client.get(f"/api/v1/projects/{project.slug}/dashboard/{tail}", query)


def test_months_and_versions_with_intervals_limits_and_subgroups(lead, project):
    Evaluation.objects.filter(version__number=5, month=MONTHS[0], split="test", measure="accuracy").delete()
    found = ask(lead, project).json()
    assert (found["version"], found["measure"], found["split"], found["months"]) == (1, "accuracy", "test", list(MONTHS))
    newest, champion = found["versions"]
    assert (newest["version"], newest["is_champion"], newest["cells"][0]) == (5, False, None)
    assert champion["overall"] == {"value": 0.8, "low": 0.78, "high": pytest.approx(0.82), "n": 1204}
    assert [row["is_bias"] for row in found["series"]] == [False] * 4 + [True] * 3
    assert found["measured_by"] == [1] * 4
    assert [row["month"] for row in found["limits"]] == list(MONTHS)
    muslim = next(row for axis in found["subgroups"] for row in axis["rows"] if row["subgroup"] == "muslim")
    assert (muslim["n_toxic"], muslim["cells"][0]["measure"], muslim["cells"][0]["word"]) == (61, "fpr", "far")


def test_what_the_page_can_be_filtered_by_can_be_asked_for(lead, project):
    found = ask(lead, project, version=5, measure="macro_f1", split="gate", first="2026-04", last="2026-05").json()
    assert (found["version"], found["measure"], found["split"], found["months"]) == (5, "macro_f1", "gate", ["2026-04", "2026-05"])
    assert [row["version"] for row in found["versions"]] == [5]


def test_curves_of_two_versions(lead, project):
    found = ask(lead, project, "curves/", against=5, of="muslim").json()
    assert [one["version"] for one in found["versions"]] == [1, 5]
    one = found["versions"][0]
    assert (found["of"], found["split"], one["n"], one["is_stored"]) == ("muslim", "test", 201, True)
    assert set(one["roc"][0]) == {"false_alarms", "found", "from_score"}
    assert [row["level"] for row in one["confusion"]] == ["low", "mild", "high"]
    assert sum(cell["n"] for row in one["confusion"] for cell in row["cells"]) == sum(row["n"] for row in one["confusion"])
    assert one["bins"][0]["right"]["low"] <= one["bins"][0]["right"]["value"]
    few = ask(lead, project, "curves/", of="hindu").json()["versions"][0]
    assert (few["roc"], few["bins"], few["n"]) == ([], [], 15)


def test_two_versions_measure_by_measure(lead, project):
    found = ask(lead, project, "compare/", a=5, b=1).json()
    row = next(row for row in found["rows"] if row["measure"] == "accuracy")
    assert (found["a"], found["b"], found["cycle"], row["said"], row["is_paired"]) == (5, 1, project.cycles.get().number, "worse", True)
    assert row["difference"] == {"value": -0.04, "low": pytest.approx(-0.06), "high": pytest.approx(-0.02), "n": 1204}
    assert ask(lead, project, "compare/", a=1, b=2).status_code == 400, "a control arm stands on its cycle's page only"


def test_parts_of_the_loss(lead, project):
    make_version(project, champion=True, loss_steps=losses(arms=("none",)))
    found = ask(lead, project, "losses/").json()
    assert (found["steps"], len(found["parts"]), found["terms"][0]) == (8, 8, {"name": "CE", "weight": None})
    assert found["parts"][0]["values"][0] == pytest.approx(0.9)
    assert ask(lead, project, "losses/", version=1).json()["parts"] == []


@pytest.mark.parametrize("tail", TAILS)
def test_each_says_what_is_simulated(lead, project, tail):
    make_dataset(project, dealt_dates=True)
    assert (ask(lead, project, tail).json()["simulated"], ask(lead, project, tail).json()["dealt_dates"]) == (False, True)
    project.feedback_batches.create(provenance="round 1: 2026-05", sha256="0" * 64, simulated=True)
    assert ask(lead, project, tail).json()["simulated"] is True


@pytest.mark.parametrize(
    ("tail", "query", "field"),
    [
        ("", {"version": 99}, "version"),
        ("", {"measure": "nonsense"}, "measure"),
        ("", {"split": "train"}, "split"),
        ("", {"first": "2031-01"}, "first"),
        ("", {"first": "2026-05", "last": "2026-04"}, "last"),
        ("curves/", {"of": "nobody"}, "of"),
        ("curves/", {"version": 5, "against": 5}, "against"),
        ("compare/", {"a": "first"}, "a"),
        ("compare/", {"b": 1}, "b"),
        ("losses/", {"version": 2**70}, "version"),
    ],
)
def test_what_was_not_measured_is_refused_with_a_reason(lead, project, tail, query, field):
    answer = ask(lead, project, tail, **query)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


@pytest.mark.parametrize("tail", TAILS)
def test_before_anything_was_measured_it_says_what_to_do(tail):
    project = make_project()
    answer = ask(client_of(make_member(project)), project, tail)
    assert answer.status_code == 404
    assert "version" in answer.json()["detail"]


def test_with_one_version_there_is_nothing_to_compare(lead, project):
    Evaluation.objects.exclude(version__number=1).delete()
    answer = ask(lead, project, "compare/")
    assert (answer.status_code, "There is one measured version" in answer.json()["detail"]) == (404, True)


@pytest.mark.parametrize("tail", TAILS)
def test_it_is_for_leads_and_asks_the_database_little(lead, project, tail, django_assert_max_num_queries):
    with django_assert_max_num_queries(20) as asked:
        ask(lead, project, tail)
    if tail != "losses/":
        assert not [query["sql"] for query in asked.captured_queries if "loss_steps" in query["sql"]]
    for role in (Role.ANNOTATOR, Role.ADJUDICATOR):
        assert ask(client_of(make_member(project, role)), project, tail).status_code == 403
    assert ask(stranger(), project, tail).status_code == 404

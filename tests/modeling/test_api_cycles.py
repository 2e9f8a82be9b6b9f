"""Cycles over HTTP: start, watch, verdict, promote, cancel, roll back."""

import pytest
from django.utils import timezone

from modeling.intake import hand_in
from modeling.measures.decision import Check, Decision, PrimaryTest, SubgroupTest
from modeling.models import Difference, GateLook, GateTruth, RetrainingCycle, Role
from tests.api_client import client_of, stranger
from tests.factories import make_comment, make_cycle, make_dataset, make_intake_row, make_member, make_project, make_version

pytestmark = pytest.mark.django_db

State = RetrainingCycle.State
NAN = float("nan")
DECISION = Decision(
    eligible=False,
    primary=PrimaryTest("jigsaw_score", 0.8, 0.81, 0.01, -0.01, 0.03, 0.0, 0.02, 0.005, alpha=0.004, p_value=0.2, passed=False),
    checks=(Check("ece", NAN, NAN, NAN, NAN, NAN, margin=0.02, error=NAN, passed=None),),
    subgroups=(
        SubgroupTest(
            "muslim", "fpr", 0.2, 0.1, -0.1, -0.2, 0.0, n_toxic=9, n_non_toxic=60, margin=0.05, error=0.05, p_value=1.0, status="cannot_tell"
        ),
    ),
    reasons=("It is not clearly better.",),
    notes=("Too few comments.",),
    n=400,
    subgroups_counted=("muslim",),
)


@pytest.fixture
def project():
    project = make_project()
    make_version(project, champion=True)
    return project


@pytest.fixture
def lead(project):
    return client_of(make_member(project, Role.LEAD))


def hand_in_one_label(project):
    comment = make_comment(make_dataset(project))
    hand_in(project=project, provenance="round 1", rows=[make_intake_row(comment, project.champion)], annotation_count=2)


def url(project, tail=""):
    return f"/api/v1/projects/{project.slug}/cycles/{tail}"


def test_a_lead_starts_a_cycle_and_is_told_where_to_ask(project, lead):
    hand_in_one_label(project)
    response = lead.post(url(project), {"lane": "fast", "seed": 3})
    assert response.status_code == 202, response.json()
    assert response["Location"] == response.json()["status_url"]
    cycle = RetrainingCycle.objects.get()
    assert (cycle.lane, cycle.training_config["seed"], cycle.requested_by) == ("fast", 3, project.memberships.get().user)
    status = lead.get(response["Location"]).json()
    assert (status["state"], status["decision"], status["losses"], status["differences"]) == ("requested", None, [], [])


def test_a_second_cycle_is_a_conflict(project, lead):
    hand_in_one_label(project)
    make_cycle(project, State.TRAINING, heartbeat_at=timezone.now())
    response = lead.post(url(project), {})
    assert response.status_code == 409
    assert "Cycle 1 is training" in response.json()["detail"]


def test_a_cycle_without_feedback_is_a_conflict(project, lead):
    assert "Close a round" in lead.post(url(project), {}).json()["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [({"lane": "slow"}, "lane"), ({"seed": -1}, "seed"), ({"seed": 2**63}, "seed"), ({"seed": "x"}, "seed"), ({"sede": 1}, "sede"), ([], "body")],
)
def test_what_is_wrong_with_a_request_is_said_by_field(project, lead, body, field):
    hand_in_one_label(project)
    response = lead.post(url(project), body)
    assert response.status_code == 400
    assert response.json()["errors"][field]
    assert not RetrainingCycle.objects.exists()


def test_the_newest_loss_of_each_arm_is_shown(project, lead):
    steps = [{"arm": "none", "step": step, "steps": 9, "total": 1 / step, "ce": 0.5} for step in (1, 2)]
    make_cycle(project, State.TRAINING, heartbeat_at=timezone.now(), live_losses=steps)
    losses = lead.get(url(project, "1/")).json()["losses"]
    assert [(loss["arm"], loss["step"], loss["total"]) for loss in losses] == [("none", 2, 0.5)]
    assert {part["name"]: part["value"] for part in losses[0]["components"]}["ce"] == 0.5


def test_the_verdict_is_told_with_its_reasons_and_differences(project, lead):
    cycle = make_cycle(project, State.HELD, decision=DECISION.as_dict())
    candidate = make_version(project, cycle=cycle, arm="real", lane="middle")
    RetrainingCycle.objects.update(candidate=candidate)
    for subgroup, measure in (("", "accuracy"), ("muslim", "fpr")):
        Difference.objects.create(
            cycle=cycle, version=candidate, against=cycle.champion, split="gate", subgroup=subgroup, measure=measure, value=0.01, n=400
        )
    told = lead.get(url(project, "1/")).json()
    assert told["decision"]["reasons"] == ["It is not clearly better."]
    assert (told["decision"]["primary"]["passed"], told["decision"]["checks"][0]["passed"]) == (False, None)
    assert told["decision"] == DECISION.as_dict()
    assert (told["candidate"], told["champion"]) == (candidate.number, cycle.champion.number)
    assert [row["measure"] for row in told["differences"]] == ["accuracy"]
    of_subgroup = lead.get(told["differences_url"], {"subgroup": "muslim"}).json()["results"]
    assert [(row["measure"], row["arm"], row["against_arm"]) for row in of_subgroup] == [("fpr", "real", "initial")]


def test_a_run_that_died_is_told_as_failed(project, lead):
    make_cycle(project, State.TRAINING, started_at=timezone.now(), heartbeat_at=timezone.now() - timezone.timedelta(minutes=5))
    told = lead.get(url(project, "1/")).json()
    assert told["state"] == "failed"
    assert "died" in told["error"]


def test_a_held_candidate_is_promoted_only_with_a_reason(project, lead):
    cycle = make_cycle(project, State.HELD)
    RetrainingCycle.objects.update(candidate=make_version(project, cycle=cycle, arm="real"))
    assert lead.post(url(project, "1/promote/"), {}).status_code == 409
    response = lead.post(url(project, "1/promote/"), {"reason": "Fairer in what matters here."})
    assert response.status_code == 200, response.json()
    assert (response.json()["kind"], response.json()["version"], response.json()["previous"]) == ("overridden", 2, 1)
    project.refresh_from_db()
    assert project.champion.number == 2


def test_a_promotion_can_be_rolled_back_once(project, lead):
    cycle = make_cycle(project, State.ELIGIBLE)
    RetrainingCycle.objects.update(candidate=make_version(project, cycle=cycle, arm="real"))
    assert lead.post(url(project, "1/promote/"), {}).json()["kind"] == "promoted"
    back = f"/api/v1/projects/{project.slug}/roll-back/"
    assert lead.post(back, {"reason": "Complaints."}).status_code == 400, "it says which version should go"
    assert lead.post(back, {"in_use": 2, "reason": "Complaints."}).json()["version"] == 1
    for in_use in (2, 1):
        assert lead.post(back, {"in_use": in_use}).status_code == 409
    restored = lead.post(f"{back}undo/", {"in_use": 1}).json()
    assert (restored["kind"], restored["version"]) == ("restored", 2)
    assert lead.post(f"{back}undo/", {"in_use": 2}).status_code == 409


def test_a_waiting_cycle_is_cancelled_and_an_ended_one_is_a_conflict(project, lead):
    make_cycle(project)
    response = lead.post(url(project, "1/cancel/"))
    assert (response.status_code, response.json()["state"]) == (202, "cancelled")
    assert lead.post(url(project, "1/cancel/")).status_code == 409


def test_a_failed_cycle_is_started_again_and_no_other(project, lead):
    cycle = make_cycle(project, State.FAILED, error="out of memory")
    response = lead.post(url(project, "1/retry/"))
    assert (response.status_code, response.json()["state"], response.json()["error"]) == (202, "requested", "")
    assert lead.post(url(project, "1/retry/")).status_code == 409
    cycle.refresh_from_db()
    assert cycle.state == State.REQUESTED


def test_a_held_cycle_tells_its_looks_and_is_judged_again_once_gate_has_grown(project, lead):
    cycle = make_cycle(project, State.HELD, decision=DECISION.as_dict())
    RetrainingCycle.objects.update(candidate=make_version(project, cycle=cycle, arm="real"))
    GateLook.objects.create(project=project, cycle=cycle, year=2026, number=3, alpha=0.0042, provenance="its verdict", decided_at=timezone.now())
    assert [(look["year"], look["number"]) for look in lead.get(url(project, "1/")).json()["looks"]] == [(2026, 3)]
    assert "Nothing has been added to gate" in lead.post(url(project, "1/judge-again/")).json()["detail"]
    said = {"q_low": 1.0, "q_mild": 0.0, "q_high": 0.0, "annotation_count": 2, "agreement": 1.0, "labelled_at": timezone.now()}
    GateTruth.objects.create(comment=make_comment(make_dataset(project), split="gate"), provenance="gate round 1", was_shown=True, **said)
    assert lead.post(url(project, "1/judge-again/")).json()["state"] == "requested"


def test_only_leads_start_watch_and_promote(project):
    make_cycle(project)
    client, outsider = client_of(make_member(project, Role.ADJUDICATOR)), stranger()
    calls = [
        ("get", url(project)),
        ("post", url(project)),
        ("get", url(project, "1/")),
        ("get", url(project, "1/differences/")),
        ("post", url(project, "1/promote/")),
        ("post", url(project, "1/cancel/")),
        ("post", url(project, "1/retry/")),
        ("post", url(project, "1/judge-again/")),
        ("post", f"/api/v1/projects/{project.slug}/roll-back/"),
        ("post", f"/api/v1/projects/{project.slug}/roll-back/undo/"),
    ]
    for method, address in calls:
        assert getattr(client, method)(address).status_code == 403, address
        assert getattr(outsider, method)(address).status_code == 404, address
    assert RetrainingCycle.objects.get().state == State.REQUESTED


@pytest.mark.parametrize("number", [7, 2**31, 10**30])
def test_a_cycle_that_is_not_there_is_not_found(lead, project, number):
    assert lead.get(url(project, f"{number}/")).status_code == 404
    assert lead.post(url(project, f"{number}/promote/"), {}).status_code == 404


def test_cycles_are_listed_newest_first_in_a_fixed_number_of_queries(project, lead, django_assert_max_num_queries):
    for _ in range(8):
        make_cycle(project, State.FAILED)
    with django_assert_max_num_queries(6):
        told = lead.get(url(project), {"limit": 3}).json()
    assert (told["count"], [cycle["number"] for cycle in told["results"]]) == (8, [8, 7, 6])

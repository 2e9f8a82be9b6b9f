"""The home page by role."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from feedback.models import Annotator, Assignment
from feedback.pipeline.annotate import skip
from feedback.pipeline.assign import claim_next
from feedback.pipeline.rights import request_erasure, take_back_erasure
from modeling.models import Membership, Project, RetrainingCycle, Role
from tests.factories import make_cycle, make_dataset, make_member, make_project
from tests.feedback.worlds import answer_next, make_annotator, make_panel, make_round, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def home(client, user):
    client.force_login(user)
    return re.sub(r"\s+", " ", client.get(reverse("home")).content.decode())


def test_a_stranger_is_asked_to_sign_in(client):
    assert client.get(reverse("home")).url.startswith(reverse("login"))


def test_an_annotator_finds_one_big_button(client, world):
    round = make_round(world)
    page = home(client, make_annotator(world.project).user)
    assert "Start annotating" in page
    assert reverse("feedback:annotate", args=[world.project.slug, round.number]) in page
    assert "Waits for you" not in page


def test_own_progress_counts_own_answers_only(client, world):
    round = make_round(world)
    ann, ben = make_annotator(world.project), make_annotator(world.project)
    for annotator in (ann, ben):
        answer_next(round, annotator)
    place = claim_next(round=round, annotator=ann)
    skip(assignment_id=place.pk, annotator=ann, reason="language")
    page = home(client, ann.user)
    assert "1 of 3" in page
    assert "Go on annotating" in page


def test_a_round_with_nothing_left_is_no_invitation(client, world):
    round = make_round(world, items=1, overlap=1)
    ann = make_annotator(world.project)
    answer_next(round, ann)
    page = home(client, ann.user)
    assert "nothing is left for you here" in page
    assert "annotating</a>" not in page


def test_a_new_member_sees_the_rounds_that_their_panel_to_be_may_answer(client, world):
    make_round(world, panels=[make_panel(world.project, "expert")])
    newcomer = make_member(world.project, Role.ANNOTATOR)
    assert "Nothing to do right now" in home(client, newcomer)
    make_round(world)
    assert "Start annotating" in home(client, newcomer)


def test_rounds_of_other_panels_and_projects_are_not_shown(client, world):
    make_round(world, panels=[make_panel(world.project, "expert")])
    make_round(make_world())
    assert "Nothing to do right now" in home(client, make_annotator(world.project, make_panel(world.project)).user)


def test_a_lead_sees_what_waits_and_not_an_invitation_to_annotate(client, world):
    round = make_round(world)
    page = home(client, world.lead)
    assert "Round “November” has 0 of 8 answers." in page
    assert reverse("feedback:round-detail", args=[world.project.slug, round.number]) in page
    assert "Start annotating" not in page


def test_a_lead_who_annotates_may_go_on(client, world):
    make_round(world)
    Annotator.objects.create(project=world.project, user=world.lead, panel=make_panel(world.project))
    assert "Start annotating" in home(client, world.lead)


def test_a_round_that_is_fully_answered_waits_to_be_closed(client, world):
    round = make_round(world, items=1, overlap=1)
    answer_next(round, make_annotator(world.project))
    assert "is fully answered and can be closed" in home(client, world.lead)


def test_flags_and_a_missed_deadline_wait(client, world):
    round = make_round(world, deadline=timezone.localdate().replace(year=2020, day=1))
    ann = make_annotator(world.project)
    place = claim_next(round=round, annotator=ann)
    skip(assignment_id=place.pk, annotator=ann, reason="look", flagged=True)
    page = home(client, world.lead)
    assert "past its deadline" in page
    assert "1 flagged in round" in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("eligible", "passed the gate"),
        ("held", "was held back"),
        ("failed", "failed"),
        ("training", "is training"),
        ("requested", "waits for its turn"),
    ],
)
def test_a_cycle_waits_in_words(client, world, state, words):
    make_cycle(world.project, state)
    assert f"Cycle 1 {words}" in home(client, world.lead)


def test_only_the_newest_cycle_waits(client, world):
    make_cycle(world.project, RetrainingCycle.State.HELD)
    make_cycle(world.project, RetrainingCycle.State.PROMOTED)
    assert "Cycle 1" not in home(client, world.lead)


def test_an_adjudicator_finds_the_rounds_in_which_they_may_decide(client, world):
    round = make_round(world)
    address = reverse("feedback:adjudicate", args=[world.project.slug, round.number])
    assert address in home(client, make_member(world.project, Role.ADJUDICATOR))
    assert address not in home(client, make_member(make_world(pool=2).project, Role.ADJUDICATOR))
    assert address not in home(client, make_annotator(world.project).user)


def test_requests_for_erasure_wait_until_they_are_taken_back(client, world):
    first, second = make_annotator(world.project), make_annotator(world.project)
    for annotator in (first, second, make_annotator(make_world(pool=2).project)):
        request_erasure(annotator=annotator)
    page = home(client, world.lead)
    assert "2 requests for erasure wait." in page
    assert reverse("feedback:erasure-requests", args=[world.project.slug]) in page
    assert "for erasure" not in home(client, make_member(world.project, Role.ADJUDICATOR))
    take_back_erasure(annotator=first)
    assert "1 request for erasure waits." in home(client, world.lead)
    take_back_erasure(annotator=second)
    assert "for erasure" not in home(client, world.lead)


def test_a_failed_import_waits(client, world):
    make_dataset(world.project, name="August", state="failed")
    assert "The import of August failed." in home(client, world.lead)


def test_a_project_without_a_model_says_what_to_do_first(client):
    project = make_project()
    page = home(client, make_member(project, Role.LEAD))
    assert "There is no model in use yet" in page


def test_somebody_in_no_project_is_told_whom_to_ask(client, django_user_model):
    assert "You are in no project yet" in home(client, django_user_model.objects.create_user("lonely"))


def test_navigation_offers_what_the_role_may_do(client, world):
    wanted = {
        Role.ANNOTATOR: ["Annotate", "My work", "What if"],
        Role.LEAD: ["Annotate", "My work", "What if", "Rounds", "Data", "Cycles", "Versions", "Dashboard"],
        Role.ADMIN: ["Annotate", "My work", "What if", "Rounds", "Data", "Cycles", "Versions", "Dashboard", "Export"],
    }
    for role, links in wanted.items():
        page = home(client, make_member(world.project, role))
        nav = re.search(r'<nav class="sections".*?</nav>', page).group()
        assert re.findall(r">([A-Z][\w ]+)</a>", nav)[1:] == links


def test_navigation_marks_where_one_is(client, world):
    round = make_round(world)
    client.force_login(make_member(world.project, Role.LEAD))
    for name, marked in (("annotate", "Annotate"), ("round-detail", "Rounds")):
        page = client.get(reverse(f"feedback:{name}", args=[world.project.slug, round.number])).content.decode()
        assert re.findall(r'aria-current="page">(\w+)</a>', page) == [marked]


@pytest.mark.parametrize("name", ["dashboard", "dashboard-curves", "trends", "report-list", "social-dynamics", "project-paper"])
def test_pages_of_figures_belong_to_the_dashboard(client, world, name):
    client.force_login(make_member(world.project, Role.LEAD))
    page = client.get(reverse(f"modeling:{name}", args=[world.project.slug])).content.decode()
    nav = re.search(r'<nav class="sections".*?</nav>', page, re.DOTALL).group()
    assert re.findall(r'aria-current="page">(\w+)</a>', nav) == ["Dashboard"]


def test_many_projects_cost_as_many_queries_as_one(client, world, django_assert_max_num_queries):
    for number in range(4):
        other = make_world(pool=2)
        Project.objects.filter(pk=other.project.pk).update(name=f"Project {number}")
        Membership.objects.create(project=other.project, user=world.lead, role=Role.LEAD)
        make_round(other, items=1)
        make_cycle(other.project, RetrainingCycle.State.HELD)
    client.force_login(world.lead)
    with django_assert_max_num_queries(10):
        page = client.get(reverse("home")).content.decode()
    assert '<details class="menu">' in page
    assert Assignment.objects.count() > 0

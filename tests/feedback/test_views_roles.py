"""Who may see which page: every URL of feedback, for every kind of visitor."""

from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from feedback.models import Annotator, Assignment, Joining, Participation, Pause
from feedback.pipeline.assign import claim_next
from feedback.pipeline.invitations import make_invitation
from feedback.urls import urlpatterns
from modeling.models import Role
from tests.factories import make_cycle, make_member, make_project
from tests.feedback.worlds import make_panel, make_round

pytestmark = pytest.mark.django_db

MEMBER_PAGES = ("annotate-next", "annotate", "guidelines", "break", "qualify", "comprehension", "my-work", "my-round", "my-data")
OWN_DATA_ACTIONS = ("my-data-take-out", "withdraw", "withdraw-undo", "erase", "erase-undo")
MEMBER_ACTIONS = ("consent", "submit", "skip", "own-level", "undo", "milder", "stop", *OWN_DATA_ACTIONS)
PAUSED_ACTIONS = ("appeal",)
LEAD_ACTIONS = ("round-method", "pause-decide", "invitation-revoke", "qualification-decide")
OF_PROJECT = (
    *OWN_DATA_ACTIONS,
    "my-data",
    "erasure-requests",
    "round-list",
    "round-create",
    "round-forecast",
    "over-time",
    "over-time-table",
    "annotate-next",
    "export",
    "my-work",
    "invitations",
    "invitation-revoke",
)
OF_ROUND = (
    "round-detail",
    "round-progress",
    "round-drawing",
    "round-close",
    "round-weights",
    "round-disputes",
    "round-doubts",
    "round-pauses",
    "round-known-answers",
)
LEAD_PAGES = (
    "round-list",
    "round-create",
    "round-forecast",
    "over-time",
    "over-time-table",
    *OF_ROUND,
    "erasure-requests",
    "invitations",
    "guidelines-edit",
    "qualification",
    "gate-round-create",
)
ADJUDICATOR_PAGES = ("adjudicate",)
ADJUDICATOR_ACTIONS = ("adjudicate-undo",)
ADMIN_PAGES = ("export",)
OWN_PAGES = ("preferences",)
PUBLIC_PAGES = ("join",)
OF_A_PROJECT = [pattern for pattern in urlpatterns if pattern.name not in (*OWN_PAGES, *PUBLIC_PAGES)]
LEAD_PAGES = (*LEAD_PAGES, "round-cancel", "round-reopen", "round-people")
LEAD_ACTIONS = (*LEAD_ACTIONS, "person-give-back", "person-move")
SEEN = (200, 286, 302)


@dataclass(frozen=True)
class Place:
    slug: str
    number: int
    assignment: int
    pause: int
    invitation: int


@pytest.fixture
def place(world, ann):
    round = make_round(world)
    Joining.objects.create(round=round, method=round.joining_method)
    assert make_cycle(world.project, state="held").number == round.number  # one number serves the URLs of both
    held = claim_next(round=round, annotator=ann)
    part = Participation.objects.create(round=round, annotator=ann, paused_at=timezone.now())
    pause = Pause.objects.create(participation=part, kind=Pause.Kind.SPEED, bad=3, count=3)
    invitation, _ = make_invitation(panel=ann.panel, days=1, uses=1, by=world.lead)
    return Place(world.project.slug, round.number, held.pk, pause.pk, invitation.pk)


def url_of(name, place):
    if name in OWN_PAGES:
        return reverse(f"feedback:{name}")
    args = {"slug": place.slug}
    if name == "over-time-table":
        args["table"] = "bias"
    if name not in OF_PROJECT:
        args["number"] = place.number
    if name in ("submit", "skip", "own-level"):
        args["assignment_id"] = place.assignment
    if name == "invitation-revoke":
        args["invitation_id"] = place.invitation
    if name == "pause-decide":
        args["pause_id"] = place.pause
    return reverse(f"feedback:{name}", kwargs=args)


def visit(client, name, place):
    method = client.post if name in (*MEMBER_ACTIONS, *PAUSED_ACTIONS, *LEAD_ACTIONS, *ADJUDICATOR_ACTIONS) else client.get
    return method(url_of(name, place))


def sign_in(client, project, role):
    user = make_member(project, role)
    Annotator.objects.create(project=project, user=user, panel=make_panel(project), consented_at=timezone.now())
    client.force_login(user)
    return user


def test_every_url_is_held_against_a_rule_here():
    adjudicators = {*ADJUDICATOR_PAGES, *ADJUDICATOR_ACTIONS}
    known = {*MEMBER_PAGES, *MEMBER_ACTIONS, *PAUSED_ACTIONS, *LEAD_PAGES, *LEAD_ACTIONS, *ADMIN_PAGES, *OWN_PAGES, *PUBLIC_PAGES, *adjudicators}
    assert {pattern.name for pattern in urlpatterns} == known


@pytest.mark.parametrize("pattern", [one for one in urlpatterns if one.name not in PUBLIC_PAGES], ids=lambda pattern: pattern.name)
def test_strangers_are_asked_to_sign_in(client, place, pattern):
    assert visit(client, pattern.name, place).url.startswith(reverse("login"))


@pytest.mark.parametrize("pattern", OF_A_PROJECT, ids=lambda pattern: pattern.name)
def test_outsiders_do_not_learn_that_the_project_exists(client, place, pattern):
    sign_in(client, make_project(), Role.ADMIN)
    assert visit(client, pattern.name, place).status_code == 404


@pytest.mark.parametrize("name", MEMBER_PAGES)
@pytest.mark.parametrize("role", Role)
def test_every_member_may_annotate(client, world, place, name, role):
    sign_in(client, world.project, role)
    assert visit(client, name, place).status_code in SEEN


@pytest.mark.parametrize("name", MEMBER_ACTIONS)
@pytest.mark.parametrize("role", Role)
def test_every_member_may_answer_and_decide_on_their_own_data(client, world, place, name, role):
    sign_in(client, world.project, role)
    assert visit(client, name, place).status_code in (200, 302, 422)


@pytest.mark.parametrize("name", [*LEAD_PAGES, *LEAD_ACTIONS])
@pytest.mark.parametrize(("role", "may"), [(Role.ANNOTATOR, False), (Role.ADJUDICATOR, False), (Role.LEAD, True), (Role.ADMIN, True)])
def test_rounds_are_run_by_leads_and_admins(client, world, place, name, role, may):
    sign_in(client, world.project, role)
    assert visit(client, name, place).status_code in (SEEN if may else (403,))


@pytest.mark.parametrize("name", [*ADJUDICATOR_PAGES, *ADJUDICATOR_ACTIONS])
@pytest.mark.parametrize(("role", "may"), [(Role.ANNOTATOR, False), (Role.ADJUDICATOR, True), (Role.LEAD, True), (Role.ADMIN, True)])
def test_adjudicators_decide_and_need_not_be_leads(client, world, place, name, role, may):
    sign_in(client, world.project, role)
    assert visit(client, name, place).status_code in (SEEN if may else (403,))


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("role", "may"), [(Role.ANNOTATOR, False), (Role.ADJUDICATOR, False), (Role.LEAD, False), (Role.ADMIN, True)])
def test_annotations_are_taken_out_by_admins_only(client, world, place, method, role, may):
    sign_in(client, world.project, role)
    assert getattr(client, method)(url_of("export", place)).status_code in ((200, 422) if may else (403,))


def test_only_who_is_paused_says_something_to_it(client, world, place, ann):
    sign_in(client, world.project, Role.ANNOTATOR)
    assert visit(client, "appeal", place).status_code == 404
    client.force_login(ann.user)
    assert visit(client, "appeal", place).status_code == 302


@pytest.mark.parametrize("name", [*MEMBER_ACTIONS, *PAUSED_ACTIONS])
def test_answers_are_posts(client, world, place, name):
    sign_in(client, world.project, Role.ANNOTATOR)
    assert client.get(url_of(name, place)).status_code == 405


@pytest.mark.parametrize(
    "name", ["round-create", "round-close", "gate-round-create", "export", "adjudicate", "adjudicate-undo", *MEMBER_ACTIONS, *LEAD_ACTIONS]
)
def test_a_change_without_a_csrf_token_is_refused(world, place, name):
    client = Client(enforce_csrf_checks=True)
    sign_in(client, world.project, Role.ADMIN)
    response = client.post(url_of(name, place))
    assert response.status_code == 403
    assert "The page was open too long" in response.content.decode()


def test_a_place_of_another_round_is_not_reached_through_ones_own(client, world, place):
    other = make_round(world)
    sign_in(client, world.project, Role.ANNOTATOR)
    url = reverse("feedback:submit", args=[world.project.slug, other.number, place.assignment])
    assert client.post(url).status_code == 404


@pytest.mark.parametrize("name", ["submit", "skip"])
@pytest.mark.parametrize("is_free", [True, False], ids=["free", "held by another"])
@pytest.mark.parametrize("headers", [{}, {"HTTP_HX_REQUEST": "true"}], ids=["plain", "htmx"])
def test_a_comment_is_shown_to_nobody_who_merely_knows_the_address_of_its_place(client, world, place, name, is_free, headers):
    asked = Assignment.objects.get(pk=place.assignment)
    if is_free:
        asked = Assignment.objects.filter(round=asked.round, annotator=None).exclude(item=asked.item).order_by("-rank")[0]
    sign_in(client, world.project, Role.ANNOTATOR)
    address = reverse(f"feedback:{name}", kwargs={"slug": place.slug, "number": place.number, "assignment_id": asked.pk})
    response = client.post(address, {}, **headers)
    assert response.status_code != 422
    page = response.content.decode()
    assert address not in page
    assert not is_free or asked.item.comment.text not in page, "of one held by another, the next place may be of the same comment"


def test_a_round_for_another_panel_says_so(client, world):
    round = make_round(world, panels=[make_panel(world.project, "expert")])
    sign_in(client, world.project, Role.ANNOTATOR)
    response = client.get(reverse("feedback:annotate", args=[world.project.slug, round.number]))
    assert response.status_code == 403
    assert "This round is for the panel expert" in response.content.decode()

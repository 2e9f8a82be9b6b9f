import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404

from feedback.access import DEFAULT_PANEL, annotator_for, round_for, rounds_open_to
from feedback.errors import NotOnPanelError
from feedback.models import AnnotationRound, Annotator
from modeling.models import Role
from tests.factories import make_member
from tests.feedback.worlds import World, make_annotator, make_panel, make_round, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def round(world: World) -> AnnotationRound:
    return make_round(world)


def test_a_member_finds_the_round(world: World, round: AnnotationRound, ann: Annotator) -> None:
    assert round_for(ann.user, world.project.slug, 1) == round


def test_an_outsider_does_not_learn_that_it_exists(world: World, round: AnnotationRound) -> None:
    outsider = make_world(pool=0).lead
    for user in (outsider, AnonymousUser()):
        with pytest.raises(Http404):
            round_for(user, world.project.slug, 1)
        with pytest.raises(Http404):
            annotator_for(user, round)


def test_a_round_of_another_number_or_project_is_not_found(world: World, round: AnnotationRound) -> None:
    other = make_world(pool=0)
    with pytest.raises(Http404):
        round_for(world.lead, world.project.slug, 2)
    with pytest.raises(Http404):
        round_for(other.lead, other.project.slug, 1)


def test_an_annotator_may_not_do_what_takes_a_lead(world: World, round: AnnotationRound, ann: Annotator) -> None:
    with pytest.raises(PermissionDenied):
        round_for(ann.user, world.project.slug, 1, Role.LEAD)


def test_a_member_on_no_panel_joins_the_crowd_once(world: World, round: AnnotationRound) -> None:
    user = make_member(world.project, Role.ANNOTATOR)
    first, second = annotator_for(user, round), annotator_for(user, round)
    assert first == second
    assert first.panel.name == DEFAULT_PANEL
    assert first.consented_at is None


def test_a_round_of_another_panel_is_refused_by_name(world: World, ann: Annotator) -> None:
    round = make_round(world, panels=[make_panel(world.project, "expert")])
    with pytest.raises(NotOnPanelError, match="Ask the project's lead"):
        annotator_for(ann.user, round)


def test_open_rounds_of_their_panel_are_listed_newest_first(world: World) -> None:
    crowd, experts = make_panel(world.project), make_panel(world.project, "expert")
    for_all, for_experts = make_round(world, items=2), make_round(world, items=2, panels=[experts, make_panel(world.project)])
    closed = make_round(world, items=2)
    AnnotationRound.objects.filter(pk=closed.pk).update(state=AnnotationRound.State.CLOSED)
    assert rounds_open_to(make_annotator(world.project, experts).user, world.project) == [for_experts, for_all]
    assert rounds_open_to(make_annotator(world.project, crowd).user, world.project) == [for_all]

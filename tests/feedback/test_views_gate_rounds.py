"""Gate rounds on the site: from a held cycle's page to a settled verdict."""

import pytest
from django.urls import reverse

from feedback.models import AnnotationRound, Panel
from feedback.pipeline import drawing
from feedback.tasks import draw_round
from modeling.labels import Split
from modeling.models import Comment, RetrainingCycle
from tests.factories import make_cycle, make_version
from tests.feedback.worlds import LOW, World, answer_next, make_annotator, make_panel
from tests.modeling.decided import decision, make_decided_cycle

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(client, world: World):
    client.force_login(world.lead)
    return world.lead


@pytest.fixture
def held(world: World) -> RetrainingCycle:
    cycle = make_cycle(world.project, state="held", decision={"eligible": False})
    cycle.candidate = make_version(world.project, cycle=cycle, arm="real")
    cycle.save()
    return cycle


@pytest.fixture
def experts(world: World) -> Panel:
    return make_panel(world.project, Panel.Kind.EXPERT)


def url(name: str, world: World, number: int) -> str:
    return reverse(f"feedback:{name}", args=[world.project.slug, number])


def html_of(response) -> str:
    assert response.status_code in (200, 422)
    return response.content.decode()


def ask(client, world: World, held: RetrainingCycle, **fields):
    panels = [panel.pk for panel in world.project.panels.filter(kind="expert")]
    return client.post(url("gate-round-create", world, held.number), {"item_count": "3", "overlap": "2", "panels": panels, **fields})


def test_a_held_cycles_page_leads_to_it(client, world, lead, experts) -> None:
    cycle = make_decided_cycle(world.project, eligible=False)
    page = html_of(client.get(reverse("modeling:cycle-detail", args=[world.project.slug, cycle.number])))
    assert url("gate-round-create", world, cycle.number) in page
    form = html_of(client.get(url("gate-round-create", world, cycle.number)))
    for said in ("drawn at random from the 12", "They leave the pool for good", "another look at gate"):
        assert said in form


@pytest.mark.parametrize(("error", "is_within_reach"), [(0.005, True), (0.05, False)])
def test_where_no_gate_round_can_settle_it_the_choice_to_promote_comes_first(client, world, lead, experts, error, is_within_reach) -> None:
    cycle = make_decided_cycle(world.project, eligible=False)
    found = decision(eligible=False, subgroups=[])
    chance = {"passed": False, "p_value": 0.02, "difference": 0.01, "error": error}
    RetrainingCycle.objects.filter(pk=cycle.pk).update(decision={**found, "primary": {**found["primary"], **chance}})
    page = html_of(client.get(reverse("modeling:cycle-detail", args=[world.project.slug, cycle.number])))
    offered, override = page.index(url("gate-round-create", world, cycle.number)), page.index("anyway, with a reason")
    assert (offered < override) == is_within_reach
    assert ("Gate rounds are not likely to settle this verdict" in page) != is_within_reach


def test_an_eligible_one_does_not(client, world, lead, experts) -> None:
    cycle = make_decided_cycle(world.project)
    assert "gate-round" not in html_of(client.get(reverse("modeling:cycle-detail", args=[world.project.slug, cycle.number])))
    assert "This cycle is not held" in html_of(client.get(url("gate-round-create", world, cycle.number)))


def test_without_a_panel_of_experts_it_says_how_to_make_one(client, world, lead, held) -> None:
    assert "There is no panel of experts" in html_of(client.get(url("gate-round-create", world, held.number)))


def test_without_fresh_comments_it_leads_to_the_import(client, world, lead, held, experts) -> None:
    Comment.objects.update(split=Split.TEST)
    html = html_of(client.get(url("gate-round-create", world, held.number)))
    assert "No fresh comment is left" in html
    assert reverse("modeling:dataset-import", args=[world.project.slug]) in html


def test_while_one_is_open_the_cycles_page_leads_to_it_and_to_no_second_one(client, world, lead, experts) -> None:
    cycle = make_decided_cycle(world.project, eligible=False)
    ask(client, world, cycle)
    page = html_of(client.get(reverse("modeling:cycle-detail", args=[world.project.slug, cycle.number])))
    assert f'<a href="{url("round-detail", world, 1)}">Gate round 1</a>' in page
    assert url("gate-round-create", world, cycle.number) not in page


def test_one_on_a_large_pool_shows_how_far_it_is_and_then_why_it_failed(client, world, lead, held, experts, monkeypatch) -> None:
    monkeypatch.setattr(drawing, "AT_ONCE", 0)
    page = url("round-detail", world, 1)
    assert ask(client, world, held, item_count="7", guidelines="Be fair.").url == page
    assert "Waiting for its turn" in html_of(client.get(page))
    Comment.objects.filter(pk__in=list(Comment.objects.values_list("pk", flat=True)[:6])).update(split=Split.TEST)
    draw_round(AnnotationRound.objects.get().pk)
    html = html_of(client.get(page))
    again = f"{url('gate-round-create', world, held.number)}?again=1"
    assert "6 fresh comments left" in html
    assert f'href="{again}"' in html
    form = html_of(client.get(again))
    assert 'value="7"' in form
    assert "Be fair." in form


def test_it_is_opened_and_says_what_it_is_for(client, world, lead, held, experts) -> None:
    response = ask(client, world, held)
    round = AnnotationRound.objects.get(kind="gate")
    assert response.url == url("round-detail", world, round.number)
    html = html_of(client.get(response.url))
    assert "A gate round: experts" in html
    assert "Cancel the round" in html
    assert "gate</span>" in html_of(client.get(reverse("feedback:round-list", args=[world.project.slug])))


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"item_count": "13"}, "12 fresh comments left"), ({"item_count": "0"}, "greater than or equal to 1"), ({"panels": []}, "at least one panel")],
)
def test_what_cannot_be_is_explained_beside_what_was_typed(client, world, lead, held, experts, fields, said) -> None:
    response = ask(client, world, held, **fields)
    assert response.status_code == 422
    assert said in html_of(response)
    assert not AnnotationRound.objects.exists()
    assert not Comment.objects.filter(split=Split.GATE).exists()


def test_it_is_cancelled_with_one_click_while_nobody_has_answered(client, world, lead, held, experts) -> None:
    ask(client, world, held)
    html = html_of(client.post(url("round-cancel", world, 1), follow=True))
    assert "The round is cancelled" in html
    assert "hx-trigger" not in html, "nothing of it is under way any more"
    assert AnnotationRound.objects.get().state == "cancelled"


def test_after_an_answer_it_can_only_be_closed(client, world, lead, held, experts) -> None:
    ask(client, world, held)
    answer_next(AnnotationRound.objects.get(), make_annotator(world.project, experts), LOW)
    assert "Cancel the round" not in html_of(client.get(url("round-detail", world, 1)))
    assert "Close the round instead" in html_of(client.post(url("round-cancel", world, 1), follow=True))
    assert f"Judge cycle {held.number} again" in html_of(client.get(url("round-close", world, 1)))


def test_annotators_cannot_open_one(client, world, held, experts) -> None:
    client.force_login(make_annotator(world.project, experts).user)
    assert ask(client, world, held).status_code == 403

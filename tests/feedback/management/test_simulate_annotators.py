"""Scripted annotators answer through the site's own API, served for real."""

import io
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from django.core.management import CommandError, call_command

from feedback.models import Annotation, AnnotationRound, Annotator, Panel
from tests.factories import make_comment, make_prediction
from tests.feedback.worlds import World, add_comment, make_panel, make_round, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> World:
    """Harmless mentions that the model over-rates, and attacks that it rates right."""
    world = make_world(pool=0)
    for _ in range(6):
        add_comment(world, p=(0.2, 0.5, 0.3), target=0.0, mentions=["muslim"])
    for _ in range(3):
        add_comment(world, p=(0.1, 0.1, 0.8), target=0.9)
    return world


def simulate(world: World, live_server, **options) -> str:
    out = io.StringIO()
    options = {"annotators": 3, "accuracy": 1.0, "bias_recall": 1.0, "false_reports": 0.0, "seed": 0, "url": live_server.url, **options}
    call_command("simulate_annotators", project=world.project.slug, round=1, stdout=out, **options)
    return out.getvalue()


def test_they_answer_from_the_true_labels_until_nothing_is_left(world: World, live_server) -> None:
    round = make_round(world, items=9, overlap=2)
    said = simulate(world, live_server)
    assert "3 scripted annotators gave 18 answers" in said
    harmless = Annotation.objects.filter(item__comment__target=0)
    assert set(harmless.values_list("verdict", "corrected_label", "biased", "subgroup")) == {("incorrect", "low", True, "muslim")}
    attacks = Annotation.objects.filter(item__comment__target=0.9)
    assert set(attacks.values_list("verdict", "biased")) == {("correct", False)}
    assert AnnotationRound.objects.get(pk=round.pk).simulated


def test_a_limit_holds_over_all_of_them(world: World, live_server) -> None:
    make_round(world, items=9, overlap=2)
    simulate(world, live_server, limit=4)
    assert Annotation.objects.count() == 4
    assert set(Annotator.objects.filter(annotations__isnull=False).values_list("user__username", flat=True)) == {
        "scripted-1",
        "scripted-2",
        "scripted-3",
    }


def test_they_go_on_where_they_were_stopped(world: World, live_server) -> None:
    make_round(world, items=9, overlap=2)
    simulate(world, live_server, limit=5)
    simulate(world, live_server)
    assert Annotation.objects.count() == 18


def test_the_same_seed_gives_the_same_answers(world: World, live_server) -> None:
    def answers() -> list:
        simulate(world, live_server, accuracy=0.6, limit=10)
        rows = Annotation.objects.values_list("item__rank", "annotator__user__username", "verdict", "corrected_label", "bias_types")
        return [list(row) for row in rows.order_by("pk")]

    make_round(world, items=9, overlap=2)
    first = answers()
    AnnotationRound.objects.all().delete()
    make_round(world, items=9, overlap=2)
    assert answers() == first


def test_they_join_the_panel_that_the_round_is_for(world: World, live_server) -> None:
    make_panel(world.project)
    experts = make_panel(world.project, Panel.Kind.EXPERT)
    make_round(world, items=2, panels=[experts])
    simulate(world, live_server, annotators=2)
    assert set(Annotator.objects.values_list("panel", flat=True)) == {experts.pk}


def test_some_can_mean_ill_on_a_panel_of_their_own(world: World, live_server) -> None:
    make_round(world, items=9, overlap=2)
    make_panel(world.project)
    panel = make_panel(world.project, Panel.Kind.COMMUNITY)
    simulate(world, live_server, annotators=1, limit=9)
    simulate(world, live_server, annotators=1, kind="brigade", aim="muslim", panel=panel.name)
    aimed = Annotation.objects.filter(annotator__panel=panel, item__comment__target=0)
    assert set(aimed.values_list("annotator__user__username", "corrected_label", "subgroup")) == {("scripted-brigade-1", "high", "muslim")}


@pytest.mark.parametrize(("options", "why"), [({"kind": "brigade"}, "needs a subgroup"), ({"panel": "elders"}, "no panel 'elders'")])
def test_it_says_what_is_missing(world: World, live_server, options: dict, why: str) -> None:
    make_round(world, items=2)
    with pytest.raises(CommandError, match=why):
        simulate(world, live_server, **options)


def test_they_cannot_know_the_level_of_a_comment_without_one(world: World, live_server) -> None:
    make_prediction(world.version, make_comment(world.dataset, target=None), (0.2, 0.5, 0.3))
    make_round(world, items=10)
    with pytest.raises(CommandError, match="has no true label"):
        simulate(world, live_server)


def test_a_closed_round_is_left_alone(world: World, live_server) -> None:
    round = make_round(world, items=2)
    AnnotationRound.objects.filter(pk=round.pk).update(state=AnnotationRound.State.CLOSED)
    with pytest.raises(CommandError, match="is closed"):
        simulate(world, live_server)
    assert not AnnotationRound.objects.get(pk=round.pk).simulated


def test_it_says_when_nobody_answers_at_the_address(world: World) -> None:
    make_round(world, items=2)
    with pytest.raises(CommandError, match=r"Nobody answers at http://127\.0\.0\.1:9 "):
        call_command("simulate_annotators", project=world.project.slug, round=1, url="http://127.0.0.1:9")


class Elsewhere(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(301)
        self.send_header("Location", "https://elsewhere.example/")
        self.end_headers()


def test_it_says_where_the_site_sends_it(world: World) -> None:
    make_round(world, items=2)
    server = HTTPServer(("127.0.0.1", 0), Elsewhere)
    Thread(target=server.handle_request, daemon=True).start()
    with pytest.raises(CommandError, match=r"to https://elsewhere\.example/"):
        call_command("simulate_annotators", project=world.project.slug, round=1, url=f"http://127.0.0.1:{server.server_port}")
    server.server_close()


@pytest.mark.parametrize("options", [{"accuracy": 1.5}, {"bias_recall": -1.0}])
def test_a_chance_lies_between_nothing_and_one(world: World, live_server, options: dict) -> None:
    make_round(world, items=2)
    with pytest.raises(CommandError, match="between 0 and 1"):
        simulate(world, live_server, **options)

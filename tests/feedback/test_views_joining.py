"""What a lead sees of how a closed round's answers were joined, and who else sees nothing of it."""

import re

import pytest
from django.urls import reverse

from feedback.models import AnnotationRound, AnnotatorWeight, DisputedItem, DoubtfulLabel, Joining, PanelWeight
from feedback.pipeline.adjudicate import adjudicate
from feedback.pipeline.answer import Answer
from feedback.pipeline.close_round import close_round
from modeling.models import Role
from tests.api_client import client_of
from tests.factories import make_member
from tests.feedback.worlds import CORRECT, LOW, World, answer_next, make_annotator, make_panel, make_round

pytestmark = pytest.mark.django_db

NOTE = "This is plainly an attack on our neighbours."
COPIED = Answer("incorrect", "low", ("religious",), "muslim", "", 2, NOTE)


@pytest.fixture
def closed(world: World) -> AnnotationRound:
    """Four items; two accounts of the crowd paste the same note, an expert finds the model right."""
    crowd, experts = make_panel(world.project), make_panel(world.project, "expert", weight=2)
    round = make_round(world, items=4, overlap=3)
    for panel, answer in ((crowd, COPIED), (crowd, COPIED), (experts, CORRECT)):
        person = make_annotator(world.project, panel)
        for _ in range(4):
            answer_next(round, person, answer)
    return close_round(round=round, by=world.lead, start_cycle=False)


def url(name: str, round: AnnotationRound) -> str:
    return reverse(f"feedback:{name}", args=[round.project.slug, round.number])


def text(client, name: str, round: AnnotationRound) -> str:
    return re.sub(r"\s+", " ", client.get(url(name, round)).content.decode())


@pytest.fixture
def lead(client, world: World):
    client.force_login(world.lead)
    return client


def test_the_round_tells_panels_weights_methods_and_reductions(lead, closed: AnnotationRound) -> None:
    page = text(lead, "round-detail", closed)
    assert "How the answers were joined" in page
    assert "Within each panel by <b>Dawid-Skene</b>" in page
    assert "Fewer than 3 independent people answered." in page
    assert "Two accounts wrote the same sentences in their notes" in page
    assert "3 people, 2 with less weight" in page
    assert "Numbers alone, without panels" in page


def test_the_agreement_is_the_one_that_was_kept_when_it_closed(lead, closed: AnnotationRound) -> None:
    figures = {"alpha": 0.4321, "low": 0.3, "high": 0.5, "ac1": 0.6, "ac1_low": 0.55, "ac1_high": 0.66, "items": 321}
    Joining.objects.update(agreement=[{"panel": None, "question": "level", **figures}])
    page = text(lead, "round-detail", closed)
    assert ".43" in page
    assert "n = 321" in page
    assert re.search(r"\.55\d* to 0?\.66", page)
    assert "As it was when the round closed" in page


def test_what_an_older_version_did_not_record_is_said_to_be_so(lead, world: World, closed: AnnotationRound) -> None:
    Joining.objects.update(
        differences=[{"first": "dawid_skene", "second": "mace", "share": 0.125}],
        agreement=[{"panel": None, "question": "level", "alpha": None, "low": None, "high": None, "ac1": 0.61, "items": 40}],
        disputed_count=2,
    )
    DisputedItem.objects.all().delete()
    page = text(lead, "round-detail", closed)
    assert page.count("interval not recorded then") == 2
    assert ".61" in page
    assert "Which ones was not recorded when this round was closed" in page
    assert "2 were disputed; which ones was not recorded" in text(lead, "round-disputes", closed)
    told = client_of(world.lead).get(f"/api/v1/rounds/{closed.pk}/joining/").json()
    assert told["differences"] == [{"first": "dawid_skene", "second": "mace", "share": 0.125, "low": None, "high": None, "items": None}]
    assert told["agreement"][0]["ac1_low"] is None


def test_too_little_data_is_said_and_not_guessed(lead, closed: AnnotationRound) -> None:
    assert "not enough data" in text(lead, "round-detail", closed)


def test_an_open_round_says_nothing_of_it(lead, world: World, ann) -> None:
    round = make_round(world)
    answer_next(round, ann, LOW)
    assert "How the answers were joined" not in text(lead, "round-detail", round)
    assert lead.get(url("round-weights", round)).status_code == 404
    assert lead.get(url("round-disputes", round)).status_code == 404
    assert lead.get(url("round-doubts", round)).status_code == 404


def test_the_course_of_a_panels_weight_is_told(lead, closed: AnnotationRound, world: World) -> None:
    before = AnnotationRound.objects.create(project=world.project, number=99, name="before", version=world.version, item_count=1)
    AnnotationRound.objects.filter(pk=closed.pk).update(number=100)
    closed.refresh_from_db()
    panel = closed.joining.panel_weights.first().panel
    earlier = Joining.objects.create(round=before, method="dawid_skene")
    PanelWeight.objects.create(joining=earlier, panel=panel, method="mace", annotator_count=1, answer_count=1, stated=1, trust=0.25, weight=0.25)
    assert re.search(rf"Weight of {panel.name} by round: 99: 0?\.25\d*, 100: [\d.]+\.", text(lead, "round-detail", closed))


def test_each_persons_weight_is_shown_with_why(lead, closed: AnnotationRound) -> None:
    page = text(lead, "round-weights", closed)
    people = [row.annotator.user.username for row in AnnotatorWeight.objects.select_related("annotator__user")]
    assert all(name in page for name in people)
    assert "together they count as one." in page
    assert "Counts as one with " in page


def test_people_are_paged(lead, closed: AnnotationRound, django_assert_max_num_queries) -> None:
    panel = closed.joining.panel_weights.first().panel
    fields = {"panel": panel, "answer_count": 1, "shared_count": 1, "reliability": 0.5, "low": 0.2, "high": 0.8}
    people = [make_annotator(closed.project, panel) for _ in range(26)]
    AnnotatorWeight.objects.bulk_create(AnnotatorWeight(joining=closed.joining, annotator=person, **fields) for person in people)
    with django_assert_max_num_queries(12):
        assert "Page 1 of 2" in text(lead, "round-weights", closed)


def test_doubtful_labels_show_comment_label_and_prediction(lead, closed: AnnotationRound) -> None:
    doubt = DoubtfulLabel.objects.select_related("item__comment").get()
    for name in ("round-detail", "round-doubts"):
        page = text(lead, name, closed)
        assert doubt.item.comment.text in page
        assert "likely right" in page
    assert "it doubts the people" in text(lead, "round-doubts", closed)


def test_disputed_items_show_comment_and_what_each_panel_prefers(lead, closed: AnnotationRound) -> None:
    disputed = DisputedItem.objects.select_related("item__comment").first()
    for name in ("round-detail", "round-disputes"):
        page = text(lead, name, closed)
        assert disputed.item.comment.text in page
        assert all(f"{said['panel']}: " in page for said in disputed.panel_levels)
    assert "On 4 items the panels prefer different levels" in text(lead, "round-detail", closed)


def test_of_a_joined_round_one_place_says_how_much_is_disputed_and_decided(lead, world: World) -> None:
    round = make_round(world, items=3)
    for answer in (CORRECT, LOW):
        person = make_annotator(world.project)
        for _ in range(3):
            answer_next(round, person, answer)
    page = text(lead, "round-detail", round)
    assert "3 disputed or flagged items" in page
    adjudicate(round=round, item_id=round.items.first().pk, level="low", by=world.lead)
    round = close_round(round=round, by=world.lead, start_cycle=False)
    page = text(lead, "round-detail", round)
    assert "On 2 items the panels prefer different levels, or none is clear, and nobody decided them" in page
    assert "1 item was decided by one person." in page
    assert "Nothing is disputed" not in page
    assert "disputed or flagged" not in page


@pytest.mark.parametrize("name", ["round-detail", "round-weights", "round-disputes", "round-doubts"])
@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR])
def test_nobody_below_a_lead_sees_it(client, world: World, closed: AnnotationRound, name: str, role: str) -> None:
    client.force_login(make_member(world.project, role))
    assert client.get(url(name, closed)).status_code == 403


@pytest.mark.parametrize("what", ["", "weights/", "disputes/", "doubts/"])
@pytest.mark.parametrize(("role", "status"), [(Role.ANNOTATOR, 403), (Role.ADJUDICATOR, 403), (Role.LEAD, 200)])
def test_the_api_keeps_to_the_same_rule(world: World, closed: AnnotationRound, what: str, role: str, status: int) -> None:
    api = client_of(make_member(world.project, role))
    assert api.get(f"/api/v1/rounds/{closed.pk}/joining/{what}").status_code == status


def test_the_api_gives_what_the_page_shows(world: World, closed: AnnotationRound) -> None:
    api = client_of(world.lead)
    joining = api.get(f"/api/v1/rounds/{closed.pk}/joining/").json()
    assert joining["method"] == "dawid_skene"
    assert {panel["stated"] for panel in joining["panels"]} == {1, 2}
    assert [signal["kind"] for signal in joining["signals"]] == ["notes"]
    weights = api.get(f"/api/v1/rounds/{closed.pk}/joining/weights/").json()
    assert len(weights["results"]) == 3
    assert sum(bool(row["voice"]) for row in weights["results"]) == 1
    disputes = api.get(f"/api/v1/rounds/{closed.pk}/joining/disputes/").json()["results"]
    assert [row["rank"] for row in disputes] == [1, 2, 3, 4]
    assert {len(row["panel_levels"]) for row in disputes} == {2}
    (doubt,) = api.get(f"/api/v1/rounds/{closed.pk}/joining/doubts/").json()["results"]
    assert doubt["rank"] == 1


def test_the_api_says_404_until_the_answers_are_joined(world: World, ann) -> None:
    round = make_round(world)
    assert client_of(world.lead).get(f"/api/v1/rounds/{round.pk}/joining/").status_code == 404

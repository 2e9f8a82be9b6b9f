"""The form that opens a round: what it asks, what it foretells, and what becomes of it."""

import re

import pytest
from django.urls import reverse
from django_q.models import OrmQ

from feedback import tasks
from feedback.models import Annotation, AnnotationRound, SamplingPlan
from feedback.pipeline import drawing
from feedback.pipeline.plan_rounds import make_sampling_plan
from modeling.models import Project
from tests.factories import make_comment
from tests.feedback.worlds import BIASED, CORRECT, add_comment, add_signals, answer_next, make_annotator, make_panel, make_round, make_world

pytestmark = pytest.mark.django_db

VALID = {"name": "November", "item_count": 4, "overlap": 2, "strategy": "random", "random_share": 25}


@pytest.fixture
def lead(client, world):
    client.force_login(world.lead)
    return client


@pytest.fixture
def drawn_by_the_worker(monkeypatch):
    monkeypatch.setattr(drawing, "AT_ONCE", 0)


def url(name, world, *args):
    return reverse(f"feedback:{name}", args=[world.project.slug, *args])


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def test_a_round_is_opened_with_what_was_asked(lead, world):
    panel = make_panel(world.project, "expert")
    response = lead.post(url("round-create", world), {**VALID, "panels": [panel.pk], "guidelines": "Be fair.", "deadline": "2099-01-31"})
    made = AnnotationRound.objects.get()
    assert response.url == url("round-detail", world, made.number)
    assert (made.item_count, made.overlap, made.strategy, made.random_share) == (4, 2, "random", 0.25)
    assert (list(made.panels.all()), made.guidelines, made.opened_by) == ([panel], "Be fair.", world.lead)


def test_the_form_explains_every_strategy_and_forecasts_the_work(lead, world):
    page = text(lead.get(url("round-create", world)))
    assert page.count('name="strategy"') == 7
    assert "Finds most biases per label" in page
    assert ">200</output> answers" in page
    assert "100 items × 2" in page
    assert "a guess until this project has answers" in page


def test_the_forecast_counts_of_variants_only_as_many_as_a_round_shows(lead, world):
    for _ in range(5):
        add_comment(world, family="one original")
    assert "pool of about 14 that" in text(lead.get(url("round-create", world)))


def test_the_forecast_leaves_out_what_people_are_judging(lead, world):
    make_round(world, items=4)
    assert "pool of about 8 that" in text(lead.get(url("round-create", world)))


def test_the_forecast_measures_once_there_are_answers(lead, world, ann):
    round = make_round(world, items=12, overlap=3)
    for annotator in (ann, make_annotator(world.project), make_annotator(world.project)):
        for _ in range(10):
            answer_next(round, annotator)
    Annotation.objects.update(seconds=7)
    assert "at 7 s an answer, as measured in this project" in text(lead.get(url("round-create", world)))


def test_more_comments_than_the_pool_has_is_refused_with_what_there_is(lead, world):
    response = lead.post(url("round-create", world), {**VALID, "item_count": 400})
    assert response.status_code == 422
    assert "The pool has 12 comments left" in text(response)
    assert 'value="400"' in text(response)
    assert not AnnotationRound.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"item_count": 0}, {"overlap": 0}, {"strategy": "guess"}, {"random_share": 120}, {"random_share": 5}]
)
def test_settings_that_cannot_be_are_refused_beside_the_field(lead, world, wrong):
    response = lead.post(url("round-create", world), {**VALID, **wrong})
    assert response.status_code == 422
    assert 'class="error"' in text(response)
    assert not AnnotationRound.objects.exists()


def test_all_that_is_wrong_is_listed_at_the_top_and_each_line_leads_to_its_field(lead, world):
    page = text(lead.post(url("round-create", world), {**VALID, "name": "", "strategy": "guess", "break_minutes": 999}))
    summary = re.search(r'role="alert".*?</ul>', page).group()
    assert summary.startswith('role="alert" tabindex="-1" autofocus')
    fields = re.findall(r'href="#(\w+)">([^<]+)</a>:', summary)
    assert fields == [("id_name", "Name"), ("id_strategy_0", "Which comments"), ("id_break_minutes", "Minutes until a break is proposed")]
    assert all(page.count(f' id="{field}"') == 1 for field, _ in fields)
    assert 'role="alert"' not in text(lead.get(url("round-create", world))).replace('id="lost" role="alert"', "")


def test_panels_of_another_project_cannot_be_chosen(lead, world):
    foreign = make_panel(make_world(pool=0).project)
    assert lead.post(url("round-create", world), {**VALID, "panels": [foreign.pk]}).status_code == 422


def test_without_a_model_there_is_nothing_to_judge(lead, world):
    Project.objects.update(champion=None)
    assert "There is no model to judge yet" in text(lead.get(url("round-create", world)))


def test_what_is_typed_is_foretold_without_leaving_the_form(lead, world):
    page = text(lead.get(url("round-forecast", world), {"item_count": "300", "overlap": "3", "strategy": "random", "random_share": "10"}))
    assert ">900</output> answers" in page
    assert ">5 h 0 min</output>" in page


@pytest.mark.parametrize("typed", [{"item_count": ""}, {"item_count": "-3"}, {"item_count": "9" * 40}, {"strategy": "guess", "random_share": "x"}])
def test_what_makes_no_sense_yet_is_foretold_as_the_form_began(lead, world, typed):
    assert ">200</output> answers" in text(lead.get(url("round-forecast", world), typed))


def test_without_javascript_a_button_works_the_forecast_out_and_opens_nothing(lead, world):
    response = lead.post(url("round-create", world), {**VALID, "item_count": 7, "name": "", "preview": "1"})
    assert response.status_code == 200
    assert ">14</output> answers" in text(response)
    assert 'class="error"' not in text(response)
    assert not AnnotationRound.objects.exists()


def test_the_pool_is_counted_in_the_background_and_once(lead, world, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert "The pool is being counted" in text(lead.get(url("round-create", world)))
        lead.get(url("round-forecast", world))
    (queued,) = OrmQ.objects.all()
    assert (queued.func(), queued.args()) == ("feedback.tasks.plan_rounds", (world.project.pk,))
    tasks.plan_rounds(world.project.pk)
    page = text(lead.get(url("round-create", world)))
    assert "being counted" not in page
    assert "pool of 12 that" in page


def test_a_pool_that_is_not_scored_is_not_said_to_be_counted_for_ever(lead, world):
    make_comment(world.dataset)
    page = text(lead.get(url("round-create", world)))
    assert "has not scored the whole pool" in page
    assert "being counted" not in page
    assert not OrmQ.objects.exists()


def test_before_the_first_round_there_is_not_enough_data_for_a_number(lead, world):
    make_sampling_plan(project=world.project)
    page = text(lead.get(url("round-create", world)))
    assert "Not enough data" in page
    assert "Nobody has judged anything of this model yet" in page


def judged_world(items: int):
    """People report every comment that mentions Muslims, and no other."""
    world = make_world(pool=60)
    for _ in range(60):
        add_comment(world, mentions=["muslim"])
    round, annotator = make_round(world, items=items, overlap=1, strategy="random"), make_annotator(world.project)
    for item in round.items.order_by("rank"):
        answer_next(round, annotator, BIASED if item.comment.mentions.exists() else CORRECT)
    make_sampling_plan(project=world.project)
    return world


def test_a_few_judged_items_say_how_many_more_are_needed(client):
    world = judged_world(12)
    client.force_login(world.lead)
    assert "12 items are judged; 18 more are needed" in text(client.get(url("round-create", world)))


def test_what_a_round_would_find_is_foretold_from_what_people_confirmed(client):
    world = judged_world(40)
    client.force_login(world.lead)

    def told(**typed):
        page = text(client.get(url("round-forecast", world), {"item_count": 40, "overlap": 1, "random_share": 25, **typed}))
        found = re.search(r'data-found>([\d.,]+)</output> confirmed biases <span class="aside">\((\d+) to (\d+)', page)
        return float(found[1]), int(found[2]), int(found[3])

    seeking, random, large = told(strategy="bias_seeking"), told(strategy="random"), told(strategy="random", item_count=80)
    left = 60 - Annotation.objects.filter(biased=True).count()
    assert random[1] <= 40 * left / 80 <= random[2]
    assert large[0] > 1.8 * random[0]
    assert seeking[0] > 1.1 * random[0]


def test_the_forecast_says_where_scripted_annotators_are_behind_it(client):
    world = judged_world(40)
    client.force_login(world.lead)
    assert "From what people confirmed" in text(client.get(url("round-forecast", world)))
    AnnotationRound.objects.update(simulated=True)
    assert "From what people and scripted annotators confirmed" in text(client.get(url("round-forecast", world)))


def test_the_smallest_share_that_would_show_is_told_by_subgroup(client):
    world = judged_world(40)
    client.force_login(world.lead)
    page = text(client.get(url("round-forecast", world), {"item_count": 20, "strategy": "random"}))
    assert re.search(r'Muslim</th><td class="num">\d+</td><td class="num">\d+ %', page)


def test_the_form_says_which_signals_are_not_there_yet(lead, world):
    make_sampling_plan(project=world.project)
    page = text(lead.get(url("round-create", world)))
    assert "Not there yet:" in page
    assert "identity swaps and similar comments come with the next scoring" in page
    add_signals(world.version)
    make_sampling_plan(project=world.project)
    assert "Not there yet:" not in text(lead.get(url("round-create", world)))


def test_disagreement_without_an_ensemble_is_refused_beside_the_field(lead, world):
    response = lead.post(url("round-create", world), {**VALID, "strategy": "disagreement"})
    assert response.status_code == 422
    assert "No ensemble has spoken about this pool yet" in text(response)


def test_a_plan_of_another_model_or_from_before_the_last_round_is_not_believed(lead, world):
    make_sampling_plan(project=world.project)
    make_round(world, items=4)
    assert "being counted" in text(lead.get(url("round-create", world)))
    assert SamplingPlan.objects.count() == 1


def test_a_round_that_is_being_drawn_says_how_far_it_is(lead, world, drawn_by_the_worker):
    response = lead.post(url("round-create", world), VALID)
    made = AnnotationRound.objects.get()
    assert made.state == AnnotationRound.State.DRAWING
    assert response.url == url("round-detail", world, made.number)
    assert "Waiting for its turn" in text(lead.get(response.url))
    AnnotationRound.objects.update(draw_stage="reading 5,000 of 9,000 comments", draw_progress=0.4, heartbeat_at=made.opened_at)
    assert "reading 5,000 of 9,000 comments" in text(lead.get(url("round-drawing", world, made.number)))


def test_the_page_of_a_drawn_round_is_loaded_anew(lead, world, drawn_by_the_worker):
    lead.post(url("round-create", world), VALID)
    made = AnnotationRound.objects.get()
    assert "HX-Refresh" not in lead.get(url("round-drawing", world, made.number)).headers
    tasks.draw_round(made.pk)
    assert lead.get(url("round-drawing", world, made.number)).headers["HX-Refresh"] == "true"
    assert "0 of 8" in text(lead.get(url("round-detail", world, made.number)))


def test_a_round_that_could_not_be_drawn_says_why_and_keeps_what_was_typed(lead, world, drawn_by_the_worker):
    panel = make_panel(world.project, "expert")
    lead.post(url("round-create", world), {**VALID, "item_count": 400, "guidelines": "Be fair.", "random_share": 40, "panels": [panel.pk]})
    made = AnnotationRound.objects.get()
    tasks.draw_round(made.pk)
    page = text(lead.get(url("round-detail", world, made.number)))
    assert "The round was not opened. The pool has 12 comments left" in page
    again = url("round-create", world) + f"?again={made.number}"
    assert again in page
    form = text(lead.get(again))
    assert 'value="400"' in form
    assert 'value="40"' in form
    assert "Be fair." in form
    assert re.search(rf'value="{panel.pk}"[^>]*checked', form)


@pytest.mark.parametrize("number", ["x", "99", "9" * 30, ""])
def test_to_try_again_what_never_failed_gives_the_empty_form(lead, world, number):
    assert 'value="100"' in text(lead.get(url("round-create", world), {"again": number}))


def test_the_forecast_tells_the_days_once(client):
    """At the pace of all while too few people answered to tell it by person, and by person from then on: never both, nor that nobody can say."""
    world = make_world(pool=15)
    client.force_login(world.lead)
    round, people = make_round(world, items=15, overlap=3), [make_annotator(world.project) for _ in range(3)]
    for annotator in people[:2]:
        for _ in range(15):
            answer_next(round, annotator)
    page = text(client.get(url("round-create", world)))
    assert "About <output data-days>7</output> days" in page
    assert "30 answers a day" in page
    assert "nobody can say" not in page
    answer_next(round, people[2])
    page = text(client.get(url("round-create", world)))
    assert "days with 3 people" in page
    assert page.count("data-days") == 1
    assert "last two weeks" not in page


def test_simulated_answers_are_no_pace_of_people(lead, world, ann):
    round = make_round(world, items=12, overlap=3, simulated=True)
    for annotator in (ann, make_annotator(world.project), make_annotator(world.project)):
        for _ in range(10):
            answer_next(round, annotator)
    assert "answers a day" not in text(lead.get(url("round-create", world)))


@pytest.mark.parametrize("name", ["round-forecast", "round-drawing"])
def test_annotators_see_neither(client, world, ann, name):
    client.force_login(ann.user)
    make_round(world)
    assert client.get(url(name, world, *([1] if name == "round-drawing" else []))).status_code == 403

"""The lead's pages: list, open, watch and close rounds."""

import re

import pytest
from django.urls import reverse

from feedback.disputes import forget_count
from feedback.estimates import pool_estimates
from feedback.models import AnnotationRound
from feedback.pipeline.adjudicate import adjudicate
from feedback.pipeline.annotate import skip, undo_last
from feedback.pipeline.assign import claim_next
from feedback.pipeline.close_round import close_round
from feedback.pipeline.reopen_round import cancel_round
from modeling.intake import request_cycle
from modeling.models import Project, RetrainingCycle
from tests.factories import make_cycle
from tests.feedback.worlds import BIASED, CORRECT, LOW, add_comment, answer_next, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db

VALID = {"name": "November", "item_count": 4, "overlap": 2, "strategy": "random", "random_share": 25}


@pytest.fixture
def lead(client, world):
    client.force_login(world.lead)
    return client


def url(name, world, *args):
    return reverse(f"feedback:{name}", args=[world.project.slug, *args])


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def test_an_empty_list_says_how_to_fill_it(lead, world):
    page = text(lead.get(url("round-list", world)))
    assert "No rounds yet" in page
    assert url("round-create", world) in page


def test_the_list_shows_progress_and_filters_by_state(lead, world, ann):
    round = make_round(world)
    answer_next(round, ann)
    page = text(lead.get(url("round-list", world)))
    assert "1 · November" in page
    assert '1 <span class="aside">of 8</span>' in page
    assert "1 · November" in text(lead.get(url("round-list", world) + "?state=open"))
    assert "No round is closed" in text(lead.get(url("round-list", world) + "?state=closed"))


def test_nowhere_are_there_more_answers_than_were_asked_for(lead, world, ann, ben):
    round = make_round(world, items=1, overlap=1)
    skip(assignment_id=claim_next(round=round, annotator=ann).pk, annotator=ann, reason="not my language")
    answer_next(round, ben)
    undo_last(round=round, annotator=ann)
    answer_next(round, ann)
    assert '1 <span class="aside">of 1</span>' in text(lead.get(url("round-list", world)))
    assert "1 of 1, and 1 more" in text(lead.get(url("round-detail", world, round.number)))


def test_the_list_is_paged(lead, world):
    version = world.version
    AnnotationRound.objects.bulk_create(
        AnnotationRound(project=world.project, number=n, name=f"round {n}", version=version, item_count=1) for n in range(1, 31)
    )
    assert "Page 1 of 2" in text(lead.get(url("round-list", world)))
    assert "1 · round 1<" in text(lead.get(url("round-list", world) + "?page=2"))


def test_the_round_shows_progress_agreement_and_reports(lead, world, ann, ben):
    round = make_round(world)
    for annotator in (ann, ben):
        for answer in (BIASED, LOW):
            answer_next(round, annotator, answer)
    page = text(lead.get(url("round-detail", world, round.number)))
    assert "4 of 8" in page
    assert "Krippendorff" in page
    assert "n = 2" in page
    assert "Religious</dt><dd>2" in page
    assert "<dt>Incorrect</dt><dd>4 of 4 (100 %)</dd>" in page
    assert "<dt>Not sure</dt><dd>0 of 4 (0 %)</dd>" in page
    assert "<dt>Reported as biased</dt><dd>2 of 4 (50 %)</dd>" in page


@pytest.mark.parametrize(("strategy", "said"), [("random", "<dd>Random</dd>"), ("least_confidence", "<dd>Least confidence, 25 % at random</dd>")])
def test_the_round_says_how_its_comments_were_chosen(lead, world, strategy, said):
    round = make_round(world, strategy=strategy)
    assert said in text(lead.get(url("round-detail", world, round.number)))


def test_that_scripts_answered_is_said_before_any_figure(lead, world):
    round = make_round(world, simulated=True)
    page = text(lead.get(url("round-detail", world, round.number)))
    assert page.index("Scripted annotators answered") < page.index("Items with all answers")


def test_an_open_round_is_polled_and_a_finished_one_is_not(lead, world, ann):
    round = make_round(world)
    answer_next(round, ann, LOW)
    live = lead.get(url("round-progress", world, round.number))
    assert live.status_code == 200
    assert "hx-trigger" in text(live)
    lead.post(url("round-close", world, round.number))
    finish_closing(round)
    ended = lead.get(url("round-progress", world, round.number))
    assert ended.status_code == 286
    assert "hx-trigger" not in text(ended)


def finish_closing(round):
    from feedback.pipeline.aggregate import hand_in_feedback

    round.refresh_from_db()
    hand_in_feedback(round=round, start_cycle=False, by=None)


def test_closing_is_explained_before_it_is_done(lead, world, ann):
    round = make_round(world)
    answer_next(round, ann, LOW)
    page = text(lead.get(url("round-close", world, round.number)))
    assert "a closed round cannot be opened again" in page
    assert "7 of the 8 answers that were asked for are missing" in page
    assert "replaces nothing by itself" in page
    round.refresh_from_db()
    assert round.state == "open"


def test_closing_tells_what_becomes_of_disputed_items_that_nobody_has_decided(lead, world, ann, ben):
    round = make_round(world, items=2)
    assert "not decided yet" not in text(lead.get(url("round-close", world, round.number)))
    for annotator, answers in ((ann, (CORRECT, CORRECT)), (ben, (LOW, LOW))):
        for answer in answers:
            answer_next(round, annotator, answer)
    forget_count(round)
    page = text(lead.get(url("round-close", world, round.number)))
    assert "2 disputed or flagged items are not decided yet." in page
    assert "what its answers make together" in page
    assert url("adjudicate", world, round.number) in page
    adjudicate(round=round, item_id=round.items.first().pk, level="low", by=world.lead)
    forget_count(round)
    assert "1 disputed or flagged item is not decided yet." in text(lead.get(url("round-close", world, round.number)))


def test_a_project_that_promotes_at_once_is_told_so(lead, world):
    Project.objects.update(promote_at_once=True)
    round = make_round(world)
    assert "takes its place at once if it passes" in text(lead.get(url("round-close", world, round.number)))


def test_closing_takes_no_more_answers_and_queues_the_joining(lead, world, ann, django_capture_on_commit_callbacks):
    from django_q.models import OrmQ

    round = make_round(world)
    answer_next(round, ann, LOW)
    with django_capture_on_commit_callbacks(execute=True):
        response = lead.post(url("round-close", world, round.number), {"start_cycle": "on"}, follow=True)
    round.refresh_from_db()
    assert (round.state, round.batch) == ("closed", None)
    assert OrmQ.objects.count() == 1
    assert "Its labels are being joined" in text(response)


def test_closed_without_a_cycle_says_that_its_labels_wait_and_how_to_start_one(lead, world, ann):
    round, start = make_round(world), reverse("modeling:cycle-start", args=[world.project.slug])
    answer_next(round, ann, LOW)
    close_round(round=round, by=world.lead, start_cycle=False)
    page = text(lead.get(url("round-detail", world, round.number)))
    assert "the round was closed without starting a cycle. They wait" in page
    assert page.count(start) == 2
    request_cycle(project=world.project)
    page = text(lead.get(url("round-detail", world, round.number)))
    assert "cycle 1</a> uses them" in page
    assert "See cycle 1" in page
    assert start not in page
    RetrainingCycle.objects.update(state="cancelled")
    assert "was to use them and was cancelled" in text(lead.get(url("round-detail", world, round.number)))
    request_cycle(project=world.project)
    assert "cycle 2</a> uses them" in text(lead.get(url("round-detail", world, round.number)))


def test_a_cycle_that_was_asked_for_in_vain_is_not_passed_over_in_silence(lead, world, ann):
    round = make_round(world)
    answer_next(round, ann, LOW)
    make_cycle(world.project, "training")
    close_round(round=round, by=world.lead, start_cycle=True)
    assert "has not started, most often because another one was under way" in text(lead.get(url("round-detail", world, round.number)))


def test_a_cancelled_round_has_no_labels_to_speak_of(lead, world):
    round = make_round(world)
    cancel_round(round=round, by=world.lead)
    page = text(lead.get(url("round-detail", world, round.number)))
    assert "Its comments can be shown in another round." in page
    assert "frozen" not in page


def test_a_round_without_answers_stays_open_and_says_why(lead, world):
    round = make_round(world)
    page = text(lead.post(url("round-close", world, round.number), follow=True))
    assert "Nobody has answered in round 1 yet" in page
    round.refresh_from_db()
    assert round.state == "open"


def test_watching_a_round_costs_the_same_for_many_items(lead, world, ann, django_assert_max_num_queries):
    round = make_round(world, items=10)
    for _ in range(10):
        answer_next(round, ann, BIASED)
    with django_assert_max_num_queries(23):
        lead.get(url("round-detail", world, round.number))


def test_a_round_says_what_it_means_for_the_whole_pool(client):
    world = make_world(pool=40)
    for _ in range(20):
        add_comment(world, mentions=["muslim"])
    client.force_login(world.lead)
    round, annotator = make_round(world, items=30, overlap=1), make_annotator(world.project)
    page = text(client.get(url("round-detail", world, round.number)))
    assert "fewer than ten items are judged" in page
    assert "people’s reports <span" in page
    for item in round.items.order_by("rank"):
        answer_next(round, annotator, BIASED if item.comment.mentions.exists() else LOW)
    page = text(client.get(url("round-detail", world, round.number)))
    found = pool_estimates(round)
    assert "What it says about the whole pool" in page
    assert f"about {found.comments} of 60 comments" in page
    assert "Reports a bias, where Muslim is mentioned" in page
    assert found.biased.low <= 1 / 3 <= found.biased.high
    assert found.subgroups[0][1].value == 1
    assert found.incorrect.value == 1


def test_the_share_of_reports_is_the_same_wherever_the_page_tells_it(lead, world, ann, ben):
    """The mean of the items' own shares was another number wherever items had more and fewer answers."""
    round = make_round(world, items=12, overlap=2)
    for number in range(12):
        answer_next(round, ann, BIASED if number < 3 else CORRECT)
    for _ in range(4):
        answer_next(round, ben, CORRECT)
    page = text(lead.get(url("round-detail", world, round.number)))
    assert "<dt>Reported as biased</dt><dd>3 of 16 (19 %)</dd>" in page
    assert "each answer for one, 19 % report a bias" in page


def test_a_gate_round_estimates_nothing_of_the_pool(world):
    round, annotator = make_round(world, items=12, overlap=1), make_annotator(world.project)
    for _ in range(12):
        answer_next(round, annotator)
    assert pool_estimates(round) is not None
    round.kind = AnnotationRound.Kind.GATE
    assert pool_estimates(round) is None


def test_estimates_of_a_round_of_one_data_set_say_of_which(lead, world):
    whole, part = make_round(world, items=2), make_round(world, items=10, overlap=1, dataset=world.dataset)
    annotator = make_annotator(world.project)
    assert drawn_from(lead, world, part) == 0, "nothing is estimated yet"
    for _ in range(10):
        answer_next(part, annotator)
    assert drawn_from(lead, world, part) == 1
    assert drawn_from(lead, world, whole) == 0


def drawn_from(lead, world, round):
    return text(lead.get(url("round-detail", world, round.number))).count(f"drawn from the data set “{world.dataset.name}” alone")

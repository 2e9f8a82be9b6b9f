"""Items are explained before people come to them."""

import pytest
from django_q.models import OrmQ

from feedback.models import AnnotationRound
from feedback.pipeline.close_round import close_round
from feedback.pipeline.explain_ahead import explain_items
from feedback.tasks import explain_items as task
from feedback.views.said import said_at
from modeling.models import Explanation
from tests.feedback.worlds import answer_next, make_annotator, make_round, make_world
from tests.model_server import running_model_server

pytestmark = pytest.mark.django_db
FIGURES = {"comprehensiveness": {}, "sufficiency": {}, "loo_tau": None, "words": 5, "orders": 20, "beats_chance": False}
SPANS = {"spans": [[0, 3, 0.2]], "probabilities": [[0.2, 0.5, 0.3]]}
MEASURED = {**SPANS, "faithfulness": FIGURES}


@pytest.fixture
def server(settings):
    with running_model_server() as server:
        server.answer = SPANS
        settings.MODEL_SERVER_SOCKET = server.server_address
        yield server


@pytest.fixture
def round():
    return make_round(make_world(), items=4, strategy="random")


def texts(round):
    return [item.comment.text for item in round.items.order_by("rank")]


def test_all_items_are_explained_in_the_order_in_which_they_are_given_out(server, round):
    assert task() == 4
    assert [asked["text"] for asked in server.asked if not asked["measured"]] == texts(round)
    place = round.assignments.order_by("rank").first()
    assert said_at(place.pk).shaded.pieces[0].text == texts(round)[0][:3]


def test_when_all_are_explained_each_map_is_measured_once_and_a_map_by_chance_is_greyed(server, round):
    server.answer = None
    server.answers["explain"] = MEASURED
    round.items.first().prediction.explanations.create(spans=[[0, 3, 0.2]])
    assert explain_items(round_id=round.pk) == 3
    assert [asked["measured"] for asked in server.asked] == [False] * 3 + [True]
    assert all(said_at(place.pk).shaded.is_greyed for place in round.assignments.all())
    assert explain_items(round_id=round.pk) == 0
    assert len(server.asked) == 4


def test_what_is_explained_is_not_asked_again(server, round):
    first = round.items.order_by("rank").first()
    first.prediction.explanations.create(spans=[])
    assert explain_items(round_id=round.pk) == 3
    assert explain_items(round_id=round.pk) == 0
    assert first.comment.text not in [asked["text"] for asked in server.asked if not asked["measured"]]


def test_it_stops_when_its_time_is_up_and_goes_on_with_the_next_call(server, round):
    assert explain_items(round_id=round.pk, seconds=0) == 0
    assert explain_items(round_id=round.pk) == 4


def test_a_closed_round_is_left_alone(server, round):
    answer_next(round, make_annotator(round.project))
    close_round(round=round, start_cycle=False)
    assert explain_items(round_id=round.pk) == 0
    assert not server.asked


def test_without_the_model_server_nothing_happens_and_nothing_is_lost(round, settings, tmp_path):
    settings.MODEL_SERVER_SOCKET = tmp_path / "no.sock"
    assert explain_items(round_id=round.pk) == 0
    assert not Explanation.objects.exists()


def test_what_the_server_refuses_holds_nothing_up(server, round):
    server.answers["ping"], server.answers["explain"] = {"ok": True}, {"error": "a text must be a string of at most 20000 characters"}
    assert explain_items(round_id=round.pk) == 0
    # The ping is answered, so each item is asked for once.
    assert len([asked for asked in server.asked if asked["op"] == "explain" and not asked["measured"]]) == 4


def test_opening_a_round_queues_it(django_capture_on_commit_callbacks):
    world = make_world()
    with django_capture_on_commit_callbacks(execute=True):
        round = make_round(world, items=2, strategy="random")
    assert [job.task["args"] for job in OrmQ.objects.all() if job.task["func"] == "feedback.tasks.explain_items"] == [(round.pk,)]
    OrmQ.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        simulated = make_round(world, items=2, strategy="random", simulated=True)
    assert simulated.state == AnnotationRound.State.OPEN
    assert not [job for job in OrmQ.objects.all() if job.task["func"] == "feedback.tasks.explain_items"]

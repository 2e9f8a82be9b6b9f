"""The measure that the next model must gain on: chosen when a round opens, frozen with it, handed in with its labels."""

import io
import re
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse

from feedback.errors import InvalidRoundError, NoPredictionsError
from feedback.models import AnnotationRound, Panel
from feedback.pipeline.close_round import close_round
from feedback.pipeline.open_gate_round import open_gate_round
from modeling.labels import Split
from modeling.models import Evaluation, FeedbackBatch, LedgerEntry
from modeling.primary_measures import PRIMARY_MEASURES
from tests.factories import make_cycle, make_version
from tests.feedback.worlds import World, add_comment, answer_next, make_annotator, make_panel, make_round

pytestmark = pytest.mark.django_db

VALID = {"name": "November", "item_count": 4, "overlap": 2, "strategy": "random", "random_share": 25}


@pytest.fixture
def lead(client, world: World):
    client.force_login(world.lead)
    return client


@pytest.fixture
def without_mentions(world: World) -> World:
    """Gate has no subgroup that could be measured."""
    on_gate = {"version": world.version, "split": Split.GATE, "n": 100}
    Evaluation.objects.create(measure="jigsaw_score", **on_gate)
    Evaluation.objects.create(measure="accuracy", value=0.8, low=0.7, high=0.9, **on_gate)
    return world


@pytest.fixture
def being_measured(world: World) -> World:
    """Its pool is scored; gate, of which nobody knows yet what it can tell, has labelled comments."""
    add_comment(world, split=Split.GATE, target=0.9)
    return world


def form_of(lead, world: World, **again) -> str:
    return re.sub(r"\s+", " ", lead.get(reverse("feedback:round-create", args=[world.project.slug]), again).content.decode())


def sent(lead, world: World, **fields):
    return lead.post(reverse("feedback:round-create", args=[world.project.slug]), {**VALID, **fields})


def chosen(page: str) -> str:
    (radio,) = re.findall(r'<input type="radio" name="primary_measure"[^>]* checked[^>]*>', page)
    return re.search(r'value="(\w+)"', radio)[1]


def closed(world: World, **fields) -> AnnotationRound:
    return close_round(round=answered(world, **fields))


def answered(world: World, **fields) -> AnnotationRound:
    round = make_round(world, items=1, overlap=1, **fields)
    answer_next(round, make_annotator(world.project))
    return round


def test_the_form_offers_each_measure_with_a_sentence_and_the_jigsaw_score_is_chosen(lead, world: World) -> None:
    page = form_of(lead, world)
    assert page.count('name="primary_measure"') == len(PRIMARY_MEASURES)
    assert all(one.sentence in page for one in PRIMARY_MEASURES.values())
    assert chosen(page) == "jigsaw_score"
    assert "So this round asks for" not in page
    assert "Cannot be measured now" not in page


def test_what_gate_cannot_tell_is_said_and_the_first_that_it_can_tell_is_chosen(lead, without_mentions: World) -> None:
    page = form_of(lead, without_mentions)
    assert page.count("Cannot be measured now") == 1
    assert chosen(page) == "accuracy"
    assert "So this round asks for Accuracy" in page, "outside the fold, which is closed"


def test_the_form_opens_a_round_with_what_was_chosen(lead, world: World) -> None:
    response = sent(lead, world, primary_measure="macro_f1")
    assert AnnotationRound.objects.get().primary_measure == "macro_f1"
    page = lead.get(response.url).content.decode()
    assert ">F1 (macro)</abbr>" in page
    assert "chosen when it opened" in page


def test_a_measure_that_cannot_be_chosen_is_refused_beside_the_field(lead, world: World) -> None:
    response = sent(lead, world, primary_measure="luck")
    assert response.status_code == 422
    assert "luck is not one of the available choices" in response.content.decode()
    assert not AnnotationRound.objects.exists()


def test_a_round_that_could_not_be_drawn_is_tried_again_with_its_measure(lead, world: World) -> None:
    failed = make_round(world, primary_measure="macro_f1")
    AnnotationRound.objects.update(state=AnnotationRound.State.FAILED)
    assert chosen(form_of(lead, world, again=failed.number)) == "macro_f1"


def test_what_gate_cannot_tell_by_now_is_not_asked_for_again(lead, without_mentions: World) -> None:
    failed = make_round(without_mentions, primary_measure="jigsaw_score")
    AnnotationRound.objects.update(state=AnnotationRound.State.FAILED)
    assert chosen(form_of(lead, without_mentions, again=failed.number)) == "accuracy"


def test_the_note_names_the_measure_that_is_ticked(lead, without_mentions: World) -> None:
    failed = make_round(without_mentions, primary_measure="macro_f1")
    AnnotationRound.objects.update(state=AnnotationRound.State.FAILED)
    assert "So this round asks for F1 (macro)," in form_of(lead, without_mentions, again=failed.number)
    previewed = sent(lead, without_mentions, primary_measure="roc_auc", preview="1").content.decode()
    assert "So this round asks for ROC AUC," in previewed
    insisted = sent(lead, without_mentions, primary_measure="jigsaw_score", preview="1").content.decode()
    assert "So this round asks for" not in insisted


def test_while_the_model_is_being_measured_nobody_gets_a_measure_that_they_did_not_name(being_measured: World) -> None:
    with pytest.raises(NoPredictionsError, match=r"still being measured.* Try again in a minute, or name the measure"):
        make_round(being_measured)
    assert make_round(being_measured, primary_measure="accuracy").primary_measure == "accuracy"
    Evaluation.objects.create(version=being_measured.version, split=Split.GATE, measure="accuracy", value=0.8, low=0.7, high=0.9, n=100)
    assert make_round(being_measured).primary_measure == "jigsaw_score"


def test_while_the_model_is_being_measured_the_form_ticks_none_and_says_why(lead, being_measured: World) -> None:
    page = form_of(lead, being_measured)
    assert not re.search(r'name="primary_measure"[^>]* checked', page)
    assert "is still being measured" in page
    response = sent(lead, being_measured)
    assert response.status_code == 422
    assert "or name the measure" in response.content.decode()
    assert sent(lead, being_measured, primary_measure="macro_f1").status_code == 302


@pytest.mark.parametrize("measure", ["luck", "ece"])
def test_a_round_is_not_opened_with_a_measure_that_is_not_offered(world: World, measure: str) -> None:
    with pytest.raises(InvalidRoundError):
        make_round(world, primary_measure=measure)


def test_nobody_who_chose_nothing_gets_a_measure_that_gate_cannot_tell(without_mentions: World) -> None:
    assert make_round(without_mentions).primary_measure == "accuracy"


def test_the_api_opens_a_round_with_a_measure_and_tells_it(lead, world: World) -> None:
    url = reverse("api:round-list", args=[world.project.slug])
    body = {"name": "August", "item_count": 3}
    told = lead.post(url, {**body, "primary_measure": "roc_auc"}, content_type="application/json").json()
    assert told["primary_measure"] == AnnotationRound.objects.get().primary_measure == "roc_auc"
    assert lead.post(url, body, content_type="application/json").json()["primary_measure"] == "jigsaw_score"
    refused = lead.post(url, {**body, "primary_measure": "luck"}, content_type="application/json")
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["primary_measure"])


def test_the_command_opens_a_round_with_a_measure_and_says_it(world: World) -> None:
    out = io.StringIO()
    asked = ["open_round", "--project", world.project.slug, "--name", "May", "--items", "2", "--primary-measure"]
    call_command(*asked, "accuracy", stdout=out)
    assert AnnotationRound.objects.get().primary_measure == "accuracy"
    assert "A candidate must gain on accuracy." in out.getvalue()
    with pytest.raises(CommandError, match="invalid choice"):
        call_command(*asked, "luck")


def test_the_ledger_says_what_was_chosen_when_the_round_opened(world: World) -> None:
    make_round(world, primary_measure="accuracy")
    assert LedgerEntry.objects.get(action="round.opened").payload["primary_measure"] == "accuracy"


@pytest.mark.parametrize("method", ["put", "patch", "post"])
def test_an_open_round_takes_no_other_measure(lead, world: World, method: str) -> None:
    round = make_round(world, primary_measure="accuracy")
    url = reverse("api:round-detail", args=[round.pk])
    assert getattr(lead, method)(url, {"primary_measure": "macro_f1"}, content_type="application/json").status_code == 405
    round.refresh_from_db()
    assert round.primary_measure == "accuracy"


def test_a_round_hands_its_measure_in_and_its_cycle_is_decided_by_it(world: World) -> None:
    round = closed(world, primary_measure="macro_f1")
    assert round.batch.primary_measure == "macro_f1"
    assert round.cycle.gate_config["primary_measure"] == "macro_f1"


@pytest.mark.parametrize("closed_first", [0, 1])
def test_of_two_rounds_the_one_that_opened_last_decides_in_whatever_order_they_close(world: World, closed_first: int) -> None:
    """Else a lead with two rounds open could choose between their measures when the answers are there."""
    rounds = [answered(world, primary_measure="macro_f1"), answered(world, primary_measure="accuracy")]
    close_round(round=rounds[closed_first], start_cycle=False)
    cycle = close_round(round=rounds[1 - closed_first]).cycle
    assert cycle.gate_config["primary_measure"] == "accuracy"
    assert cycle.batches.count() == 2


def test_of_a_round_from_before_there_was_a_choice_it_is_not_said_that_somebody_chose(lead, world: World) -> None:
    round = answered(world)
    AnnotationRound.objects.update(primary_measure="")
    page = lead.get(reverse("feedback:round-detail", args=[world.project.slug, round.number])).content.decode()
    assert "the usual one, as nobody chose another" in page
    round.refresh_from_db()
    assert close_round(round=round).cycle.gate_config["primary_measure"] == "jigsaw_score"


def test_rounds_from_before_there_was_a_choice_are_told_by_the_ledger(world: World) -> None:
    usual, chosen = closed(world), closed(world, primary_measure="accuracy")
    LedgerEntry.objects.filter(action="round.opened", subject__startswith=f"round {usual.number} ").delete()
    FeedbackBatch.objects.filter(pk=usual.batch_id).update(primary_measure="", chosen_at=None)
    FeedbackBatch.objects.filter(pk=chosen.batch_id).update(chosen_at=F("created_at"))
    import_module("feedback.migrations.0013_round_measure_may_be_empty").tell_chosen_from_usual(apps, None)
    assert list(AnnotationRound.objects.order_by("number").values_list("primary_measure", flat=True)) == ["", "accuracy"]
    at = dict(FeedbackBatch.objects.values_list("pk", "chosen_at"))
    assert at == {usual.batch_id: None, chosen.batch_id: chosen.opened_at}


def test_the_database_refuses_a_round_with_a_measure_that_is_not_offered(world: World) -> None:
    """Else it could never be handed in."""
    make_round(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        AnnotationRound.objects.update(primary_measure="luck")


def test_a_gate_round_opens_for_a_cycle_that_was_given_a_measure_which_no_round_may_choose(lead, world: World) -> None:
    round = gate_round(world, "brier")
    assert round.primary_measure == ""
    page = lead.get(reverse("feedback:round-detail", args=[world.project.slug, round.number])).content.decode()
    assert ">Brier score</abbr>" in page


def gate_round(world: World, measure: str) -> AnnotationRound:
    held = make_cycle(world.project, state="held", decision={"eligible": False}, gate_config={"seed": 5, "primary_measure": measure})
    held.candidate = make_version(world.project, arm="real", cycle=held)
    held.save()
    for _ in range(3):
        add_comment(world)
    return open_gate_round(cycle=held, item_count=2, panels=[make_panel(world.project, Panel.Kind.EXPERT)])


def test_a_gate_round_has_the_measure_of_the_cycle_that_it_settles(lead, world: World) -> None:
    round = gate_round(world, "macro_f1")
    assert round.primary_measure == "macro_f1"
    page = lead.get(reverse("feedback:round-detail", args=[world.project.slug, round.number])).content.decode()
    assert "as the cycle that it settles" in page

import re

import pytest
from django.urls import reverse

from feedback.errors import AnswersReadError
from feedback.models import Adjudication, AnnotationRound, Annotator, Assignment
from feedback.pipeline.adjudicate import adjudicate
from feedback.pipeline.annotate import skip, undo_last
from feedback.pipeline.assign import FREED, claim_next
from feedback.pipeline.close_round import close_round
from modeling.models import Role
from tests.factories import make_member
from tests.feedback.worlds import BIASED, CORRECT, LOW, UNSURE, answer_next, make_annotator, make_panel, make_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def round(world) -> AnnotationRound:
    """Items 1 and 2: called mild by one person and low by another. Item 3: mild by both."""
    round = make_round(world, items=3, overlap=2)
    for answers in ((CORRECT, CORRECT, CORRECT), (BIASED, LOW, CORRECT)):
        person = make_annotator(world.project)
        for answer in answers:
            answer_next(round, person, answer)
    return round


@pytest.fixture
def adjudicator(client, world):
    user = make_member(world.project, Role.ADJUDICATOR)
    client.force_login(user)
    return user


def url(round, name="adjudicate"):
    return reverse(f"feedback:{name}", args=[round.project.slug, round.number])


def flag_next(round, person):
    skip(assignment_id=claim_next(round=round, annotator=person).pk, annotator=person, reason="names a neighbour", flagged=True)


def flagged_round(world) -> AnnotationRound:
    """Its only item has one answer and a flag, and waits for two more answers."""
    round = make_round(world, items=1, overlap=3)
    answer_next(round, make_annotator(world.project), BIASED)
    flag_next(round, make_annotator(world.project))
    return round


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_first_disputed_item_stands_there_with_all_that_people_and_the_model_say(client, round, adjudicator):
    shown = text_of(client.get(url(round)))
    first = round.items.order_by("rank")[0]
    assert first.comment.text in shown
    assert "2 items left" in shown
    assert "people name different levels" in shown
    assert "Religious, clear" in shown
    assert "a harmless remark" in shown
    assert "50 %" in shown.replace("\N{NO-BREAK SPACE}", " ")


def test_people_are_letters_and_only_a_lead_can_ask_for_names(client, world, round, adjudicator):
    names = list(world.project.annotators.values_list("user__username", flat=True))
    shown = text_of(client.get(url(round), {"names": "1"}))
    assert not [name for name in names if name in shown]
    client.force_login(world.lead)
    assert not [name for name in names if name in text_of(client.get(url(round)))]
    assert [name for name in names if name in text_of(client.get(url(round), {"names": "1"}))] == names


def test_deciding_brings_the_next_item(client, round, adjudicator):
    first, second, _ = round.items.order_by("rank")
    body = {"item": first.pk, "level": "low", "bias_types": ["religious"], "severity": "2", "reason": "A harmless mention."}
    response = client.post(url(round), body, follow=True)
    made = Adjudication.objects.get()
    assert (made.item, made.level, made.bias_types, made.severity, made.reason) == (first, "low", ["religious"], 2, "A harmless mention.")
    assert made.by == adjudicator
    assert second.comment.text in text_of(response)
    assert "1 item left · 1 decided" in text_of(response)


def test_what_is_missing_is_said_and_nothing_is_lost(client, round, adjudicator):
    item = round.items.order_by("rank")[0]
    response = client.post(url(round), {"item": item.pk, "bias_types": ["gender"], "reason": "half a thought"})
    assert response.status_code == 422
    shown = response.content.decode()
    assert "Choose the level that it is." in shown
    assert "Say how bad the bias is." in shown
    assert "half a thought" in shown
    assert re.search(r'value="gender"[^>]* checked', shown)
    assert not Adjudication.objects.exists()


def test_undo_brings_the_item_back(client, round, adjudicator):
    item = round.items.order_by("rank")[0]
    client.post(url(round), {"item": item.pk, "level": "low"})
    response = client.post(url(round, "adjudicate-undo"), follow=True)
    assert not Adjudication.objects.exists()
    assert item.comment.text in text_of(response)
    assert 'id="decide"' in response.content.decode()


def test_what_was_decided_and_taken_back_stands_in_the_form_again(client, round, adjudicator):
    first, second, _ = round.items.order_by("rank")
    client.post(url(round), {"item": first.pk, "level": "low", "bias_types": ["religious"], "severity": "2", "reason": "A harmless mention."})
    shown = client.post(url(round, "adjudicate-undo"), follow=True).content.decode()
    assert re.findall(r'name="(\w+)" value="(\w+)"[^>]* checked', shown) == [("level", "low"), ("bias_types", "religious"), ("severity", "2")]
    assert "A harmless mention.</textarea>" in shown
    assert " checked" not in client.get(url(round), {"item": second.pk}).content.decode()


def test_an_item_can_be_left_for_later(client, round, adjudicator):
    first, second, _ = round.items.order_by("rank")
    assert f"?item={second.pk}" in client.get(url(round)).content.decode()
    shown = client.get(url(round), {"item": second.pk}).content.decode()
    assert second.comment.text in shown
    assert f"?item={first.pk}" in shown


def test_a_decided_item_can_be_looked_at_and_taken_back_there(client, round, adjudicator):
    item = round.items.order_by("rank")[0]
    client.post(url(round), {"item": item.pk, "level": "high", "reason": "a threat"})
    shown = client.get(url(round), {"item": item.pk}).content.decode()
    assert "a threat" in shown
    assert "Take it back" in shown
    assert 'id="decide"' not in shown
    client.post(url(round, "adjudicate-undo"), {"item": item.pk})
    assert not Adjudication.objects.exists()


def test_after_the_freeze_it_says_why_nothing_can_be_decided(client, round, adjudicator):
    item = round.items.order_by("rank")[0]
    close_round(round=round, start_cycle=False)
    shown = client.get(url(round)).content.decode()
    assert "frozen and handed in" in shown
    assert 'id="decide"' not in shown
    assert "frozen and handed in" in text_of(client.post(url(round), {"item": item.pk, "level": "low"}, follow=True))
    assert not Adjudication.objects.exists()


def test_an_item_that_still_waits_for_answers_is_not_disputed_yet_unless_it_is_flagged(client, world, adjudicator):
    round = make_round(world, items=2, overlap=3)
    for answer in (CORRECT, LOW):
        answer_next(round, make_annotator(world.project), answer)
    assert "Nothing to decide" in text_of(client.get(url(round)))
    flag_next(round, make_annotator(world.project))
    client.force_login(world.lead)
    shown = text_of(client.get(url(round)))
    assert "somebody flagged it" in shown
    assert "names a neighbour" in shown


def test_a_flagged_item_waits_for_its_answers_before_an_adjudicator_meets_it(client, world, adjudicator):
    """They may be given one of its places, and would know by then what others and the model say."""
    round = flagged_round(world)
    item = round.items.get()
    for sent in ({}, {"item": item.pk}):
        shown = text_of(client.get(url(round), sent, follow=True))
        assert "Nothing to decide" in shown
        assert "0 items left" in shown
        assert not [told for told in (item.comment.text, "a harmless remark", "names a neighbour", "The model says") if told in shown]
    for _ in range(2):
        answer_next(round, make_annotator(world.project), CORRECT)
    shown = text_of(client.get(url(round)))
    assert "1 item left" in shown
    assert "names a neighbour" in shown


def test_who_flagged_an_item_themselves_cannot_be_asked_again_and_may_decide_it(client, world, adjudicator):
    round = make_round(world, items=1, overlap=3)
    answer_next(round, make_annotator(world.project), BIASED)
    own = make_annotator(world.project)
    own.user = adjudicator
    own.save()
    flag_next(round, own)
    assert "a harmless remark" in text_of(client.get(url(round)))
    client.post(url(round), {"item": round.items.get().pk, "level": "low"})
    assert Adjudication.objects.get().by == adjudicator


def test_a_decided_item_is_not_shown_to_an_adjudicator_whom_it_still_waits_for(client, world, adjudicator):
    round = flagged_round(world)
    item = round.items.get()
    adjudicate(round=round, item_id=item.pk, level="high", reason="a threat", by=world.lead)
    for sent in ({}, {"item": item.pk}):
        shown = text_of(client.get(url(round), sent, follow=True))
        assert not [told for told in (item.comment.text, "a harmless remark", "a threat", "Decided last") if told in shown]
    client.force_login(world.lead)
    shown = text_of(client.get(url(round), {"item": item.pk}))
    assert "a threat" in shown
    assert "Decided last" in shown


def test_deciding_an_item_that_one_may_still_be_asked_about_is_refused_with_a_reason(client, world, adjudicator):
    round = flagged_round(world)
    item = round.items.get()
    response = client.post(url(round), {"item": item.pk, "level": "low"}, follow=True)
    assert "You may still be asked about this item yourself" in text_of(response)
    assert not Adjudication.objects.exists()
    incomplete = client.post(url(round), {"item": item.pk}, follow=True)
    assert "a harmless remark" not in text_of(incomplete)
    adjudicate(round=round, item_id=item.pk, level="high", by=world.lead)
    again = text_of(client.post(url(round), {"item": item.pk, "level": "low"}, follow=True))
    assert "You may still be asked" in again
    assert "already: high" not in again


def test_a_closed_round_asks_nobody_so_that_adjudicators_meet_what_was_flagged(client, world, adjudicator):
    round = flagged_round(world)
    AnnotationRound.objects.filter(pk=round.pk).update(state="closed")
    assert "a harmless remark" in text_of(client.get(url(round)))


def test_what_others_say_of_an_item_that_still_waits_is_shown_to_leads_only(client, world, adjudicator):
    """An adjudicator may be asked about it too, with the prediction hidden at first."""
    round = make_round(world, items=1, overlap=3)
    answer_next(round, make_annotator(world.project), BIASED)
    item = round.items.get()
    shown = text_of(client.get(url(round), {"item": item.pk}, follow=True))
    assert "what others say is not shown" in shown
    assert item.comment.text not in shown
    client.force_login(world.lead)
    assert "a harmless remark" in text_of(client.get(url(round), {"item": item.pk}))


def test_who_has_read_what_others_say_does_not_take_their_own_answer_back(client, world, adjudicator):
    """Or they could give another one, in the light of it."""
    person = Annotator.objects.create(project=world.project, user=adjudicator, panel=make_panel(world.project))
    round = make_round(world, items=1, overlap=2)
    answer_next(round, make_annotator(world.project), CORRECT)
    answer_next(round, person, UNSURE)
    undo_last(round=round, annotator=person)
    answer_next(round, person, LOW)
    for _ in range(2):
        assert "What people say" in text_of(client.get(url(round)))
    with pytest.raises(AnswersReadError, match="looked at what others say"):
        undo_last(round=round, annotator=person)
    assert person.annotations.get().corrected_label == "low"


def test_nobody_looks_up_a_flagged_item_that_they_hold_themselves(client, world):
    round = make_round(world, items=1, overlap=3)
    answer_next(round, make_annotator(world.project), BIASED)
    other, own = make_annotator(world.project), make_annotator(world.project)
    skip(assignment_id=claim_next(round=round, annotator=other).pk, annotator=other, reason="names a neighbour", flagged=True)
    client.force_login(world.lead)
    own.user = world.lead
    own.save()
    place = claim_next(round=round, annotator=own)
    assert "a harmless remark" not in text_of(client.get(url(round)))
    assert "a harmless remark" not in text_of(client.get(url(round), {"item": round.items.get().pk}, follow=True))
    Assignment.objects.filter(pk=place.pk).update(**FREED)
    assert "a harmless remark" in text_of(client.get(url(round)))


def test_nobody_is_asked_about_an_item_of_which_they_have_read_what_others_say(client, world):
    round = make_round(world, items=1, overlap=3)
    answer_next(round, make_annotator(world.project), BIASED)
    own = Annotator.objects.create(project=world.project, user=world.lead, panel=make_panel(world.project))
    client.force_login(world.lead)
    assert "a harmless remark" in text_of(client.get(url(round), {"item": round.items.get().pk}))
    assert claim_next(round=round, annotator=own) is None
    assert claim_next(round=round, annotator=make_annotator(world.project)) is not None


def test_an_item_of_which_nobody_is_sure_is_to_decide(client, world, adjudicator):
    round = make_round(world, items=1, overlap=1)
    answer_next(round, make_annotator(world.project), UNSURE)
    assert "nobody is sure of a level" in text_of(client.get(url(round)))


def test_panels_that_prefer_different_levels_are_disputed_though_most_people_agree(client, world, adjudicator):
    crowd, experts = make_panel(world.project), make_panel(world.project, "expert")
    round = make_round(world, items=1, overlap=4)
    for panel, answer in ((crowd, CORRECT), (crowd, CORRECT), (crowd, CORRECT), (experts, LOW)):
        answer_next(round, make_annotator(world.project, panel), answer)
    shown = text_of(client.get(url(round)))
    assert "panels prefer different levels" in shown
    assert "people name different levels" not in shown


def test_the_page_asks_the_database_a_bounded_number_of_times(client, world, adjudicator, django_assert_max_num_queries):
    def ask():
        client.get(url(rounds[-1]))

    rounds = []
    for people in (2, 6):
        round = make_round(world, items=1, overlap=people)
        for place in range(people):
            answer_next(round, make_annotator(world.project), LOW if place % 2 else CORRECT)
        rounds.append(round)
        with django_assert_max_num_queries(24):
            ask()


def test_adjudicators_find_the_page_on_their_home(client, round, adjudicator):
    shown = client.get(reverse("home")).content.decode()
    assert f'href="{url(round)}"' in shown


def test_the_rounds_page_counts_for_a_lead_what_the_list_holds_for_them(client, world):
    round = flagged_round(world)
    client.force_login(world.lead)
    detail = reverse("feedback:round-detail", args=[world.project.slug, round.number])
    assert "1 disputed or flagged item" in client.get(detail).content.decode()
    own = make_annotator(world.project)
    own.user = world.lead
    own.save()
    claim_next(round=round, annotator=own)
    assert "0 items left" in text_of(client.get(url(round)))
    assert "1 disputed or flagged item" not in client.get(detail).content.decode()


def test_a_lead_sees_on_the_rounds_page_how_many_are_to_decide(client, world, round):
    client.force_login(world.lead)
    shown = client.get(reverse("feedback:round-detail", args=[world.project.slug, round.number])).content.decode()
    assert "2 disputed or flagged items" in shown
    assert f'href="{url(round)}"' in shown

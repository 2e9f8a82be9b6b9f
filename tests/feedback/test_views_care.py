"""What keeps people well: hard reading is counted, a break is proposed, milder comments and hidden ones on request, stopping without loss."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from feedback.exposure import exposure_of, points_of, soonest
from feedback.models import Annotation, AnnotationRound, Assignment, Participation, Preferences
from feedback.pipeline.assign import claim_next
from feedback.pipeline.exposure import note_exposure
from feedback.pipeline.rights import withdraw_consent
from tests.feedback.worlds import add_comment, make_annotator, make_round

pytestmark = pytest.mark.django_db
AHEAD = {"HTTP_X_WANTS": "ahead"}
SCORE = 0.55
"""Of a comment of this world: half of "mild" and all of "high"."""


@pytest.fixture
def round(world):
    return make_round(world)


def url(name, round, *args):
    return reverse(f"feedback:{name}", args=[round.project.slug, round.number, *args])


def answer(client, round, ann, **fields):
    place = Assignment.objects.get(annotator=ann, state="claimed", shown_at__isnull=False)
    sent = {"key": str(uuid4()), "verdict": "correct", "shown": place.pk, **fields}
    return client.post(url("submit", round, place.pk), sent, **AHEAD)


def set_round(round, **fields):
    AnnotationRound.objects.filter(pk=round.pk).update(**fields)


def set_part(**fields):
    Participation.objects.update(**fields)


def test_each_comment_counts_by_its_score_and_the_severity_reported(signed_in, round, ann):
    signed_in.get(url("annotate", round))
    answer(signed_in, round, ann)
    answer(signed_in, round, ann, bias_types=["racial"], severity="3")
    assert Participation.objects.get().exposure == pytest.approx(2 * SCORE + 1)


def test_a_skipped_comment_was_read_all_the_same(signed_in, round, ann):
    signed_in.get(url("annotate", round))
    place = Assignment.objects.get(annotator=ann, state="claimed", shown_at__isnull=False)
    signed_in.post(url("skip", round, place.pk), {"reason": "too upsetting"})
    assert Participation.objects.get().exposure == pytest.approx(SCORE)


def test_the_same_answer_sent_twice_counts_once(signed_in, round, ann):
    signed_in.get(url("annotate", round))
    place = Assignment.objects.get(annotator=ann, state="claimed", shown_at__isnull=False)
    sent = {"key": str(uuid4()), "verdict": "correct"}
    for _ in range(2):
        signed_in.post(url("submit", round, place.pk), sent, **AHEAD)
    assert Participation.objects.get().exposure == pytest.approx(SCORE)


def test_a_rest_begins_a_new_session(signed_in, round, ann):
    signed_in.get(url("annotate", round))
    long_ago = timezone.now() - timedelta(hours=2)
    set_part(exposure=39, session_started_at=long_ago, last_answered_at=timezone.now() - timedelta(minutes=16))
    note_exposure(round_id=round.pk, annotator_id=ann.pk, score=0.5, severity=None, at=timezone.now())
    part = Participation.objects.get()
    assert part.exposure == pytest.approx(0.5)
    assert part.session_started_at > long_ago


def test_the_share_of_the_budget_comes_with_the_reply(signed_in, round, ann):
    set_round(round, exposure_budget=1)
    signed_in.get(url("annotate", round))
    assert answer(signed_in, round, ann)["X-Exposure"] == "0.00"
    assert answer(signed_in, round, ann)["X-Exposure"] == "0.55"
    due = answer(signed_in, round, ann)
    assert (due["X-Exposure"], due["X-Break"]) == ("1.00", "due")


def test_without_a_budget_nothing_is_said_of_it(signed_in, round, ann):
    set_round(round, exposure_budget=0, break_minutes=0)
    page = signed_in.get(url("annotate", round)).content.decode()
    assert "data-exposure" not in page
    assert "X-Exposure" not in answer(signed_in, round, ann)


@pytest.mark.parametrize("fields", [{"exposure": 41}, {"session_started_at": timezone.now() - timedelta(minutes=46)}], ids=["budget", "minutes"])
def test_a_break_is_proposed_when_the_budget_is_used_up_or_time_has_passed(signed_in, round, fields):
    signed_in.get(url("annotate", round))
    set_part(**{"session_started_at": timezone.now(), "last_answered_at": timezone.now(), **fields})
    assert signed_in.get(url("annotate", round)).url == url("break", round)
    assert signed_in.get(url("annotate", round), HTTP_HX_REQUEST="true")["HX-Redirect"] == url("break", round)
    assert "Look away from the screen for 5 minutes" in signed_in.get(url("break", round)).content.decode()


def test_what_comes_before_the_work_is_never_shown_within_it(signed_in, round, ann):
    """htmx reads the stream anew, and meanwhile consent was withdrawn in another tab, or qualification is asked for."""
    AnnotationRound.objects.filter(pk=round.pk).update(qualification_items=2)
    Participation.objects.update(qualified_at=None)
    answer = signed_in.get(url("annotate", round), HTTP_HX_REQUEST="true")
    assert (answer["HX-Redirect"], answer.content) == (url("qualify", round), b"")
    withdraw_consent(annotator=ann)
    answer = signed_in.get(url("annotate", round), HTTP_HX_REQUEST="true")
    assert (answer["HX-Refresh"], answer.content) == ("true", b"")
    assert b"consent" in signed_in.get(url("annotate", round)).content


def test_going_on_is_allowed_and_counted_once(signed_in, round):
    signed_in.get(url("annotate", round))
    set_part(exposure=41, session_started_at=timezone.now(), last_answered_at=timezone.now())
    signed_in.get(url("break", round))
    for _ in range(2):
        assert signed_in.post(url("break", round)).url == url("annotate", round)
    assert Participation.objects.get().breaks_passed == 1
    assert signed_in.get(url("annotate", round)).status_code == 200


def test_the_lead_sees_how_often_as_a_number_and_of_nobody(client, round, world, ann):
    Participation.objects.create(round=round, annotator=ann, breaks_passed=3)
    client.force_login(world.lead)
    assert "passed over 3 times" in client.get(url("round-people", round)).content.decode()


def test_a_break_that_was_taken_is_not_counted(signed_in, round):
    signed_in.get(url("annotate", round))
    set_part(exposure=41, session_started_at=timezone.now(), last_answered_at=timezone.now())
    signed_in.get(url("break", round))
    set_part(break_started_at=timezone.now() - timedelta(minutes=5, seconds=1))
    signed_in.post(url("break", round))
    part = Participation.objects.get()
    assert (part.breaks_passed, part.exposure) == (0, 0)


def test_a_break_of_ones_own_is_nothing_to_pass_over(signed_in, round):
    signed_in.get(url("annotate", round))
    set_part(exposure=3, session_started_at=timezone.now(), last_answered_at=timezone.now())
    signed_in.get(url("break", round))
    signed_in.post(url("break", round))
    part = Participation.objects.get()
    assert (part.breaks_passed, part.exposure) == (0, 3)


def test_going_on_with_milder_comments_leads_on(signed_in, round):
    signed_in.get(url("annotate", round))
    set_part(exposure=41, session_started_at=timezone.now(), last_answered_at=timezone.now())
    signed_in.get(url("break", round))
    signed_in.post(url("milder", round))
    assert signed_in.get(url("annotate", round)).status_code == 200


def test_ones_own_minutes_count_where_they_are_fewer():
    assert soonest(45, 20) == 20
    assert soonest(45, None) == 45
    assert soonest(0, 20) == 20
    assert soonest(0, None) == 0
    started = timezone.now() - timedelta(minutes=21)
    assert exposure_of(points=0, started=started, last=timezone.now(), budget=0, minutes=20).is_due
    assert points_of(0.25, 3) == pytest.approx(1.25)


def test_milder_comments_for_a_while_and_what_was_held_goes_back(signed_in, world, ann):
    mild = [add_comment(world, p=(0.9, 0.1, 0.0)) for _ in range(2)]
    round = make_round(world, items=14, overlap=1, strategy="random")
    signed_in.get(url("annotate", round))
    signed_in.post(url("milder", round))
    signed_in.get(url("annotate", round))
    held = Assignment.objects.filter(annotator=ann, state="claimed").values_list("item__comment_id", flat=True)
    assert set(held) == {comment.pk for comment in mild}
    for _ in range(2):
        answer(signed_in, round, ann)
    assert "That was the last milder comment" in signed_in.get(url("annotate", round)).content.decode()
    other = make_annotator(world.project)
    assert claim_next(round=round, annotator=other), "others get the rest"
    signed_in.post(url("milder", round), {"all": "1"})
    assert claim_next(round=round, annotator=ann).item.comment not in mild


def test_milder_ends_by_itself(signed_in, round, ann):
    signed_in.post(url("milder", round))
    set_part(milder_until=timezone.now() - timedelta(seconds=1))
    signed_in.get(url("annotate", round))
    assert Assignment.objects.filter(annotator=ann, state="claimed").exists()


def test_stopping_gives_back_what_is_held_and_keeps_what_was_answered(signed_in, round, ann):
    signed_in.get(url("annotate", round))
    answer(signed_in, round, ann)
    page = signed_in.post(url("stop", round), follow=True).content.decode()
    assert "Thank you. Your 1 answer is kept." in page
    assert not Assignment.objects.filter(annotator=ann, state="claimed").exists()
    assert Annotation.objects.count() == 1


def test_a_comment_stays_hidden_until_asked_for_if_that_is_preferred(signed_in, round, ann):
    page = reverse("feedback:preferences")
    assert signed_in.post(page, {"is_veiled": "on", "break_minutes": "20"}).status_code == 302
    assert (ann.user.preferences.is_veiled, ann.user.preferences.break_minutes) == (True, 20)
    shown = signed_in.get(url("annotate", round)).content.decode()
    assert shown.count('<details class="veil">') == 2
    assert '<details class="veil">' in answer(signed_in, round, ann).content.decode()
    signed_in.post(page, {})
    assert "veil" not in answer(signed_in, round, ann).content.decode()


def test_what_is_hidden_is_not_judged_before_it_was_shown(signed_in, round, ann):
    Preferences.objects.create(user=ann.user, is_veiled=True)
    signed_in.get(url("annotate", round))
    place = Assignment.objects.get(annotator=ann, state="claimed", shown_at__isnull=False)
    assert "Read the comment before you judge it" in answer(signed_in, round, ann, shown="").json()["errors"]["shown"]
    sent = {"key": str(uuid4()), "verdict": "unsure", "note": "my own words"}
    page = signed_in.post(url("submit", round, place.pk), sent).content.decode()
    assert "Read the comment before you judge it: here it is." in page
    assert '<details class="veil" open>' in page
    assert "my own words" in page
    assert f'name="shown" value="{place.pk}"' in page
    assert not Annotation.objects.exists()
    other = signed_in.get(url("annotate", round), {"shown": place.pk + 1}).content.decode()
    assert "open" not in re.findall(r'<details class="veil"[^>]*>', other)[0]


def test_no_own_level_is_said_of_what_is_hidden(signed_in, round, ann):
    Preferences.objects.create(user=ann.user, is_veiled=True)
    signed_in.get(url("annotate", round))
    place = Assignment.objects.get(annotator=ann, state="claimed", shown_at__isnull=False)
    Assignment.objects.filter(pk=place.pk).update(blind=True)
    page = signed_in.post(url("own-level", round, place.pk), {"level": "low"}, follow=True).content.decode()
    assert "Read the comment before you judge it: here it is." in page
    assert '<details class="veil" open>' in page
    page = signed_in.post(url("own-level", round, place.pk), {"level": "low", "shown": place.pk}, follow=True).content.decode()
    assert '<details class="veil" open>' in page
    assert "Before you saw this, you said:" in page


def test_a_break_after_a_minute_is_no_preference(signed_in):
    assert signed_in.post(reverse("feedback:preferences"), {"break_minutes": "1"}).status_code == 422
    assert not Preferences.objects.exists()


def test_how_many_come_is_said_to_be_a_guess_where_checks_come_between(signed_in, round):
    count = round.item_count
    assert f"</span> of {count}<" in signed_in.get(url("annotate", round)).content.decode()
    AnnotationRound.objects.filter(pk=round.pk).update(repeat_rate=0.5)
    assert f"</span> of about {2 * count}<" in signed_in.get(url("annotate", round)).content.decode()

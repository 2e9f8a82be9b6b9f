"""Practice comments before a round: the answer told after each, tries that are counted, and a lead who can let people in."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from feedback.errors import NotQualifiedError
from feedback.models import Annotation, AnnotationRound, Participation, QualificationAnswer, QualificationItem
from feedback.pipeline.assign import claim_next
from feedback.pipeline.qualification import let_in, standing_of
from modeling.models import LedgerEntry
from tests.feedback.worlds import make_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def round(world):
    made = make_round(world, guidelines="Judge the words.")
    for number in range(4):
        text, why = f"A practice comment, number {number}.", f"Nobody is attacked in {number}."
        QualificationItem.objects.create(project=world.project, text=text, gold_label="low", why=why)
    AnnotationRound.objects.filter(pk=made.pk).update(qualification_items=2, pass_mark=1, qualification_attempts=2)
    made.refresh_from_db()
    return made


def url(name, round, *args):
    return reverse(f"feedback:{name}", args=[round.project.slug, round.number, *args])


def attempt(client, round, label):
    """Starts one, and says `label` to every question."""
    client.post(url("qualify", round))
    page = ""
    for asked in list(QualificationAnswer.objects.filter(label="")):
        page = client.post(url("qualify", round), {"answer": asked.pk, "label": label}, follow=True).content.decode()
    return page


def rest():
    QualificationAnswer.objects.update(answered_at=timezone.now() - timedelta(minutes=11))


def test_the_practice_stands_before_the_first_item(signed_in, round):
    page = signed_in.get(url("annotate", round), follow=True).content.decode()
    assert "A little practice first" in page
    assert "Judge the words." in page


def test_the_right_level_and_why_are_told_after_each(signed_in, round):
    signed_in.post(url("qualify", round))
    asked = QualificationAnswer.objects.first()
    assert asked.item.why not in signed_in.get(url("qualify", round)).content.decode()
    page = signed_in.post(url("qualify", round), {"answer": asked.pk, "label": "high"}, follow=True).content.decode()
    assert "Here most would say otherwise" in page
    assert asked.item.why in page
    assert "Comment 2 of 2" in page


def test_who_passes_is_let_in_and_nothing_of_it_counts(signed_in, round, ann):
    assert "You are in." in attempt(signed_in, round, "low")
    assert Participation.objects.get().qualified_at
    assert not Annotation.objects.exists()
    assert signed_in.get(url("annotate", round)).status_code == 200
    assert claim_next(round=round, annotator=ann)


def test_an_answer_stands_as_it_was_given(signed_in, round):
    signed_in.post(url("qualify", round))
    asked = QualificationAnswer.objects.first()
    for label in ("high", "low"):
        signed_in.post(url("qualify", round), {"answer": asked.pk, "label": label})
    asked.refresh_from_db()
    assert (asked.label, asked.is_right) == ("high", False)


def test_who_fails_sees_why_and_may_try_again_after_a_pause_on_other_comments(signed_in, round):
    page = attempt(signed_in, round, "high")
    assert "You judged 0 % as expected; this round asks for 100 %" in page.replace("\u202f", " ").replace("\xa0", " ")
    assert "The next try opens in" in page
    signed_in.post(url("qualify", round))
    assert QualificationAnswer.objects.filter(attempt=2).count() == 0
    rest()
    assert "You are in." in attempt(signed_in, round, "low")
    assert QualificationAnswer.objects.values("item").distinct().count() == 4


def test_tries_are_limited_and_the_lead_gives_another_or_lets_in(signed_in, round, world, client):
    for _ in range(2):
        attempt(signed_in, round, "high")
        rest()
    assert "ask the project's lead" in signed_in.get(url("qualify", round)).content.decode().replace("’", "'").replace("&#x27;", "'")
    signed_in.post(url("qualify", round))
    assert not QualificationAnswer.objects.filter(attempt=3).exists()
    part = Participation.objects.get()
    client.force_login(world.lead)
    assert "no try left" in client.get(url("qualification", round)).content.decode()
    client.post(url("qualification-decide", round), {"person": part.pk, "again": "1"})
    part.refresh_from_db()
    assert standing_of(round, part).attempts_left == 1
    client.post(url("qualification-decide", round), {"person": part.pk, "let_in": "1"})
    part.refresh_from_db()
    assert (part.qualified_at is not None, part.let_in_by) == (True, world.lead)
    assert LedgerEntry.objects.filter(action="qualification.waived").exists()


def test_no_entry_leads_past_it(signed_in, round, ann, world):
    part = Participation.objects.create(round=round, annotator=ann)
    with pytest.raises(NotQualifiedError):
        claim_next(round=round, annotator=ann)
    let_in(part=part, by=world.lead)
    place = claim_next(round=round, annotator=ann)
    Participation.objects.update(qualified_at=None)
    response = signed_in.post(url("submit", round, place.pk), {"key": uuid4(), "verdict": "correct"})
    assert response.status_code == 403
    assert signed_in.post(url("undo", round), HTTP_HX_REQUEST="true").status_code == 200
    assert signed_in.post(f"/api/v1/rounds/{round.pk}/claim/").status_code == 403
    assert not Annotation.objects.exists()


def test_without_practice_comments_the_round_lets_everybody_in(signed_in, round):
    QualificationItem.objects.update(is_active=False)
    signed_in.post(url("qualify", round))
    assert signed_in.get(url("annotate", round)).status_code == 200


def test_a_lead_sets_it_up_and_takes_a_comment_out_of_use(client, round, world):
    client.force_login(world.lead)
    client.post(url("qualification", round), {"settings": "1", "qualification_items": "3", "pass_mark": "75", "qualification_attempts": "4"})
    client.post(url("qualification", round), {"text": "New <b>one</b>.", "level_kind": "toxicity", "gold_label": "mild", "why": "Rude only."})
    round.refresh_from_db()
    assert (round.qualification_items, round.pass_mark, round.qualification_attempts) == (3, 0.75, 4)
    made = QualificationItem.objects.get(why="Rude only.")
    assert "New &lt;b&gt;one&lt;/b&gt;." in client.get(url("qualification", round)).content.decode()
    client.post(url("qualification-decide", round), {"item": made.pk})
    made.refresh_from_db()
    assert not made.is_active

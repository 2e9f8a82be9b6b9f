"""Guidelines, hidden comments, breaks and invitations in a real browser."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from feedback.models import Annotation, AnnotationRound, Participation, Preferences, QualificationItem
from feedback.pipeline.guidelines import edit_guidelines
from feedback.pipeline.invitations import make_invitation
from tests.browser.conftest import LAPTOP, PHONE, assert_accessible, read
from tests.feedback.worlds import make_annotator, make_panel, make_round, make_world

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = pytest.mark.parametrize(("size", "scheme"), [(LAPTOP, "light"), (PHONE, "dark")], ids=["laptop-light", "phone-dark"])


@pytest.fixture
def place():
    world = make_world(pool=8)
    round = make_round(world, items=6, strategy="random", guidelines="# Words\n\nJudge the words, not the writer.")
    ann = make_annotator(world.project)
    ann.consented_at = timezone.now()
    ann.save()
    return world, round, ann


def url(name, round):
    return reverse(f"feedback:{name}", args=[round.project.slug, round.number])


def test_guidelines_open_by_key_and_a_change_is_told_in_the_stream(open_page, place):
    world, round, ann = place
    page = open_page(url("annotate", round), user=ann.user)
    expect(page.get_by_text("has guidelines that you have not read")).to_be_visible()
    page.keyboard.press("i")
    expect(page.get_by_role("heading", name="Words")).to_be_visible()
    expect(page.get_by_text("has guidelines that you have not read")).to_be_hidden()
    assert_accessible(page)
    page.get_by_role("dialog").get_by_role("button", name="Back to work").click()
    edit_guidelines(round=round, text="# Words\n\nJudge only the words.", by=world.lead)
    page.keyboard.press("1")
    expect(page.get_by_role("link", name="Read them")).to_be_visible()
    page.get_by_role("link", name="Read them").click()
    expect(page.get_by_text("What changed since you read them")).to_be_visible()
    assert_accessible(page)


def test_a_hidden_comment_is_there_for_nobody_until_asked_for(open_page, place):
    _, round, ann = place
    Preferences.objects.create(user=ann.user, is_veiled=True)
    page = open_page(url("annotate", round), user=ann.user)
    # The explanation, once it is there, brings the comment again, shaded.
    shown = page.locator(".one .quote").filter(visible=True)
    expect(shown).to_have_count(0)
    assert "An ordinary comment" not in page.locator("main").aria_snapshot()
    assert_accessible(page)
    page.keyboard.press("u")
    expect(shown).to_have_count(1)
    page.keyboard.press("1")
    expect(page.locator("html")).to_have_attribute("data-unsent", "0")
    expect(shown).to_have_count(0)


def test_a_break_is_proposed_in_the_stream_and_one_may_go_on(open_page, place):
    _, round, ann = place
    AnnotationRound.objects.filter(pk=round.pk).update(exposure_budget=1)
    page = open_page(url("annotate", round), user=ann.user)
    for _ in range(2):
        shown = page.locator(".one").get_attribute("data-place")
        page.keyboard.press("1")
        expect(page.locator(f".one[data-place='{shown}']")).to_have_count(0)
        expect(page.locator("html")).to_have_attribute("data-unsent", "0")
        read(page)
    page.keyboard.press("1")
    expect(page.get_by_role("heading", name="Time for a break")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Go on", exact=True).click()
    expect(page.locator(".one .quote").filter(visible=True).first).to_be_visible()
    assert Participation.objects.get().breaks_passed == 1


def test_all_of_it_works_without_scripts(open_page, place):
    _, round, ann = place
    Preferences.objects.create(user=ann.user, is_veiled=True)
    page = open_page(url("annotate", round), user=ann.user, script=False, size=PHONE)
    comment = page.locator(".one .quote").first
    expect(comment).not_to_be_visible()
    page.get_by_role("link", name="Show the comment").click()
    expect(comment).to_be_visible()
    page.get_by_role("button", name="Correct").click()
    expect(page.get_by_role("link", name="Show the comment")).to_be_visible()
    assert Annotation.objects.count() == 1
    page.get_by_role("link", name="Guidelines").click()
    expect(page.get_by_text("Judge the words, not the writer.")).to_be_visible()
    page.get_by_role("link", name="Back to work").click()
    page.get_by_role("button", name="Stop for today").click()
    expect(page.get_by_text("Thank you. Your 1 answer is kept.")).to_be_visible()


@SIZES
def test_every_page_of_onboarding_is_accessible(open_page, place, size, scheme):
    world, round, ann = place
    QualificationItem.objects.create(project=world.project, text="You are welcome here.", gold_label="low", why="It is kind.")
    _, token = make_invitation(panel=make_panel(world.project), days=3, uses=1, by=world.lead)
    looks = {"size": size, "scheme": scheme}
    for user, path in (
        (world.lead, url("guidelines-edit", round)),
        (world.lead, url("qualification", round)),
        (world.lead, reverse("feedback:invitations", args=[world.project.slug])),
        (ann.user, url("guidelines", round)),
        (ann.user, url("break", round)),
        (ann.user, reverse("feedback:preferences")),
        (None, reverse("feedback:join", args=[token])),
        (None, reverse("feedback:join", args=["wrong"])),
    ):
        assert_accessible(open_page(path, user=user, **looks))
    AnnotationRound.objects.filter(pk=round.pk).update(qualification_items=1)
    page = open_page(url("annotate", round), user=ann.user, **looks)
    assert_accessible(page)
    page.get_by_role("button", name="Start the practice").click()
    expect(page.get_by_role("heading", name="Comment 1 of 1")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="high").click()
    expect(page.get_by_text("It is kind.").first).to_be_visible()
    assert_accessible(page)

"""One person's day in a real browser: two hundred answers, and all that goes wrong in a day. What is stored is what they gave, no more and no
less; the script keeps a list of its own."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from feedback.models import Annotation, AnnotationRound, Annotator, Assignment, Purpose
from feedback.models.people import CONSENT_VERSION
from feedback.pipeline.assign import release_expired
from feedback.pipeline.close_round import close_round
from modeling.models import Explanation
from tests.browser.conftest import read
from tests.feedback.worlds import add_comment, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db(transaction=True)

ITEMS, ANSWERS, KNOWN = 215, 200, 12
LEVELS = ("mild", "low", "high")
"""What the person thinks of comment n is the level n % 3; the model says mild of each."""

Given = tuple[str, str, list[str], int | None]
CORRECT, UNSURE = ("correct", "", [], None), ("unsure", "", [], None)
FRONT = """() => {
  const one = document.querySelector(".one");
  const waits = document.querySelector(".item.waiting") !== null;
  const said = [one.querySelector(".quote").innerText, "blind" in one.dataset, one.querySelector(".model-says > .aside") !== null];
  return [waits, Number(one.dataset.place), ...said];
}"""
AHEAD_IS_PLAIN = "document.getElementById('ahead').content.querySelector('.one:not([data-blind])') !== null"


def thinks(number: int) -> tuple[tuple[str, ...], Given]:
    """(keys, what is to be stored)"""
    level = LEVELS[number % 3]
    if number % 11 == 0:
        return ("3", "Enter"), UNSURE
    if level == "mild":
        return ("1",), CORRECT
    if number % 5 == 0:
        return (level[0], "r", "5", "Enter"), ("incorrect", level, ["racial"], 2)
    return (level[0], "Enter"), ("incorrect", level, [], None)


class Day:
    """`given`, `own` and `skipped`, by place: what must be stored in the end. `ended`: places in the order in which they were ended."""

    def __init__(self, page: Page, round: AnnotationRound, annotator: Annotator) -> None:
        self.page, self.round, self.annotator = page, round, annotator
        self.given: dict[int, Given] = {}
        self.own: dict[int, str] = {}
        self.skipped: dict[int, tuple[str, bool]] = {}
        self.ended: list[int] = []
        self.taken_back: set[int] = set()

    def front(self) -> tuple[int, int, bool, bool]:
        """(place, the comment's number, whether the prediction is hidden, whether an own level was said)"""
        waits, *said = self.page.evaluate(FRONT)
        if waits:
            self.page.wait_for_selector(".item:not(.waiting)")
            _, *said = self.page.evaluate(FRONT)
        place, text, is_blind, has_own = said
        return place, number_in(text), is_blind, has_own

    def answer(self, *, changed: bool = False) -> int:
        place, number, is_blind, has_own = self.front()
        if is_blind:
            self.press(LEVELS[number % 3][0])
            self.page.wait_for_selector(".model-says > .aside")
            has_own = True
        keys, given = (("3", "Enter"), UNSURE) if changed else thinks(number)
        # What was taken back stands in the form again, with the kinds of bias.
        self.press(*(["0"] if place in self.taken_back else []), *keys)
        self.given[place] = given
        self.own.pop(place, None)
        if has_own:
            self.own[place] = LEVELS[number % 3]
        self.ended.append(place)
        return place

    def press(self, *keys: str) -> None:
        read(self.page)
        for key in keys:
            self.page.keyboard.press(key)

    def until_stored(self) -> None:
        self.page.wait_for_selector("html[data-unsent='0']")

    def until_plain(self) -> int:
        """Go on until neither this comment nor the next hides its prediction, and this one is of the sample: its place."""
        while True:
            self.until_stored()
            place, _, is_blind, _ = self.front()
            is_sampled = Assignment.objects.filter(pk=place, purpose=Purpose.SAMPLE).exists()
            if is_sampled and not is_blind and self.page.evaluate(AHEAD_IS_PLAIN):
                return place
            self.answer()

    def take_back(self) -> None:
        self.until_stored()
        place = self.ended.pop()
        self.press("z")
        self.page.wait_for_selector(f"#work > .item > .one[data-place='{place}']")
        self.taken_back.add(place)
        self.given.pop(place, None)
        self.skipped.pop(place, None)

    def reload(self) -> None:
        self.until_stored()
        self.page.reload()


def change_the_last_answer(day: Day) -> None:
    day.take_back()
    day.answer(changed=True)


def take_three_back(day: Day) -> None:
    for _ in range(3):
        day.take_back()
    day.answer(changed=True)


def skip(day: Day) -> None:
    place = day.until_plain()
    day.press("s", "Enter")
    day.skipped[place] = ("not understood", False)
    day.ended.append(place)


def skip_by_mistake(day: Day) -> None:
    skip(day)
    day.take_back()


def flag(day: Day) -> None:
    place = day.until_plain()
    day.press("f")
    day.page.keyboard.type("a name")
    day.press("Enter")
    day.skipped[place] = ("a name", True)
    day.ended.append(place)


def lose_the_connection(day: Day) -> None:
    day.until_plain()
    day.page.context.set_offline(True)
    day.answer()
    day.answer()
    expect(day.page.get_by_text("No connection: 2 answers wait")).to_be_visible()
    assert Annotation.of_any_purpose.filter(annotator=day.annotator).count() == len(day.given) - 2
    day.page.context.set_offline(False)
    day.until_stored()


def lose_an_acknowledgement(day: Day) -> None:
    day.until_plain()
    lost = []

    def lose(route: Any) -> None:
        lost.append(route.fetch().status)
        route.abort()

    day.page.route("**/annotate/*/", lose, times=1)
    day.answer()
    expect(day.page.get_by_text("No connection: 1 answer waits")).to_be_visible()
    assert lost == [200]
    day.until_stored()


def close_the_lid_with_an_answer_unsent(day: Day) -> None:
    day.until_plain()
    day.page.route("**/annotate/*/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    place = day.answer()
    expect(day.page.get_by_text("No connection: 1 answer waits")).to_be_visible()
    day.page.unroute("**/annotate/*/")
    day.page.reload()
    day.until_stored()
    expect(day.page.locator(f".one[data-place='{place}']")).to_have_count(0)


def come_late(day: Day) -> int:
    place = day.until_plain()
    mine = Assignment.objects.filter(annotator=day.annotator, state="claimed")
    assert mine.update(lease_expires_at=timezone.now() - timedelta(minutes=1)) == 2
    return place


def answer_late(day: Day) -> None:
    come_late(day)
    day.answer()


def answer_too_late(day: Day) -> None:
    """Somebody else has the item by then."""
    place = come_late(day)
    release_expired(round=day.round)
    now = timezone.now()
    held = {"state": "claimed", "slot": 0, "claimed_at": now, "shown_at": now, "lease_expires_at": now + timedelta(minutes=15)}
    assert Assignment.objects.filter(pk=place, state="free").update(annotator=make_annotator(day.round.project), **held)
    refused(day, "You held this item for so long")


def refused(day: Day, words: str) -> None:
    day.press("1")
    expect(day.page.get_by_text(words)).to_be_visible()
    day.until_stored()


def work_in_two_tabs(day: Day) -> None:
    day.until_plain()
    first, second = day.page, day.page.context.new_page()
    second.goto(first.url)
    day.answer()
    day.until_stored()
    day.page = second
    refused(day, "You have answered this item already")
    for _ in range(5):
        day.answer()
    day.until_stored()
    day.page = first
    refused(day, "You have answered this item already")
    second.close()


EVENTS: dict[int, Callable[[Day], None]] = {
    10: change_the_last_answer,
    25: skip,
    35: skip_by_mistake,
    45: flag,
    55: take_three_back,
    70: lose_the_connection,
    85: Day.reload,
    95: lose_an_acknowledgement,
    110: close_the_lid_with_an_answer_unsent,
    125: answer_late,
    140: answer_too_late,
    160: work_in_two_tabs,
}
"""After so many answers."""


@pytest.fixture
def live_server(shared_database):
    """On a database of its own: in the one that tests share, requests at the same moment use one connection, as they do nowhere else."""
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture
def day(open_page):
    world = make_world(pool=0)
    for number in range(ITEMS):
        add_comment(world, text=f"Comment {number} is about the weather.")
    round = make_round(world, items=ITEMS, overlap=1, strategy="random")
    shares = {"gold_rate": 0.1, "repeat_rate": 0.1, "blind_share": 0.1}
    AnnotationRound.objects.filter(pk=round.pk).update(**shares, exposure_budget=0, break_minutes=0)
    items = list(round.items.select_related("comment"))
    Explanation.objects.bulk_create(Explanation(prediction_id=one.prediction_id, spans=[[0, 7, 0.3]]) for one in items)
    for one in items[-KNOWN:]:
        one.gold_label, one.is_drawn = LEVELS[number_in(one.comment.text) % 3], False
        one.save()
        one.assignments.all().delete()
    ann = make_annotator(world.project)
    ann.consented_at, ann.consent_version = timezone.now(), CONSENT_VERSION
    ann.save()
    page = open_page(reverse("feedback:annotate", args=[world.project.slug, round.number]), user=ann.user)
    page.set_default_timeout(30_000)
    return Day(page, round, ann)


def number_in(text: str) -> int:
    return int(re.search(r"\d+", text)[0])


def test_what_is_stored_after_a_day_is_what_was_given(day):
    to_come = dict(EVENTS)
    while len(day.given) < ANSWERS:
        if event := to_come.pop(len(day.given), None):
            event(day)
        day.answer()
    assert not to_come
    day.until_plain()
    close_round(round=day.round, start_cycle=False, in_background=True)
    day.press("1")
    expect(day.page.get_by_role("heading", name="This round is closed")).to_be_visible()

    stored = Annotation.of_any_purpose.filter(annotator=day.annotator).select_related("assignment").order_by("pk")
    assert {one.assignment_id: (one.verdict, one.corrected_label, one.bias_types, one.severity) for one in stored} == day.given
    assert {one.assignment_id: one.assignment.own_level for one in stored if one.assignment.blind} == day.own
    assert [one.assignment_id for one in stored] == [place for place in day.ended if place in day.given]
    left = Assignment.objects.filter(annotator=day.annotator, state="skipped")
    assert {one.pk: (one.skip_reason, one.flagged) for one in left} == day.skipped
    assert set(stored.values_list("purpose", flat=True)) == {"sample", "gold", "repeat"}, "all that a stream holds came up"
    assert day.own

"""What `annotation_load` does to the annotator's page on purpose: claims at once, answers sent twice and out of order, a server killed."""

import contextlib
import http.client
import json
import os
import signal
import threading
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from benchmarks.annotation_client import Browser, RefusedError, at_once
from benchmarks.annotation_site import COMMENTS, cookies_of, open_round, page_of, web_server
from benchmarks.result_file import ResultFile

TRIALS, QUICK_TRIALS = 10_000, 60
RACES = {2: 5_000, 4: 3_500, 16: 1_500}
"""By people at once; half with each overlap. A race of sixteen asks eight times as much of the server as one of two."""
OVERLAPS = (1, 3)
ENTRIES = ("button", "direct address", "two tabs", "API")
LEASES_EXPIRE = 0.1
KILLS, QUICK_KILLS = 20, 2


def race(result: ResultFile, project: Any, *, arm: str, data: str, quick: bool) -> None:
    """Everybody asks at the same moment. A place that two of them are shown, or an item with more people than its overlap, is handed out twice.

    Rows are written after each number of people and overlap, and what they hold is not run again while there are fewer than wanted.
    """
    wanted = dict.fromkeys(RACES, QUICK_TRIALS // len(RACES)) if quick else RACES
    before = begun(result, data, arm, sum(wanted.values()))
    races, doubled = before.get("value", 0), before.get("doubled", 0)
    failures, entries, done = Counter(before.get("failures", {})), Counter(before.get("entries", {})), list(before.get("parts", []))
    with web_server() as (address, _):
        for people, overlap in product(wanted, OVERLAPS):
            if [people, overlap] in done:
                continue
            rng = np.random.default_rng([people, overlap])
            crowd = Crowd(address, project, people, overlap)
            for _ in range(wanted[people] // len(OVERLAPS)):
                chosen = [ENTRIES[i] for i in rng.integers(0, len(ENTRIES), people)]
                if rng.random() < LEASES_EXPIRE:
                    crowd.let_leases_expire()
                shown = crowd.ask_at_once(chosen, failures)
                races, doubled = races + 1, doubled + handed_out_twice(crowd.round, shown)
                entries.update(chosen)
            print(f"{arm}: {people} people, overlap {overlap}: {races} races, {doubled} handed out twice, failures {dict(failures)}", flush=True)
            done.append([people, overlap])
            facts = {"entries": dict(entries), "failures": dict(failures), "races_by_people": wanted, "parts": done, "doubled": doubled}
            result.add(arm=arm, metric="races", value=races, data=data, n=races, **facts)
            result.add(arm=arm, metric="double_assignments", value=doubled, data=data, n=races)


def begun(result: ResultFile, data: str, arm: str, wanted: int) -> dict[str, Any]:
    """The row of races that were broken off; nothing where there is none, or where they are whole and to be run anew."""
    row = result.rows.get((data, arm, "races"), {})
    return row if row.get("value", wanted) < wanted and "parts" in row else {}


class Crowd:
    """People of one round, each with two tabs and a token. A round that is used up is followed by another."""

    def __init__(self, address: str, project: Any, people: int, overlap: int) -> None:
        from rest_framework.authtoken.models import Token

        self.address, self.project, self.overlap = address, project, overlap
        self.cookies = cookies_of(people)
        self.tokens = [Token.objects.get_or_create(user__username=f"annotator-{i}", defaults={"user": _user(i)})[0].key for i in range(people)]
        self.begin_round()

    def begin_round(self) -> None:
        self.round = open_round(self.project, items=COMMENTS, overlap=self.overlap)
        self.tabs = [[Browser(self.address, page_of(self.round), dict(cookie)) for _ in range(2)] for cookie in self.cookies]
        for mine in self.tabs:
            for tab in mine:
                tab.open()

    def let_leases_expire(self) -> None:
        from django.utils import timezone

        from feedback.models import Assignment

        Assignment.objects.filter(round=self.round, state="claimed").update(lease_expires_at=timezone.now() - timedelta(minutes=1))

    def ask_at_once(self, entries: Sequence[str], failures: Counter[str]) -> list[set[int]]:
        """What each person is shown."""
        if any(tab.front is None for mine in self.tabs for tab in mine):
            self.begin_round()
        shown: list[set[int]] = [set() for _ in entries]
        at_once([lambda i=i, entry=entry: shown[i].update(self._ask(i, entry, failures)) for i, entry in enumerate(entries)])
        return shown

    def _ask(self, person: int, entry: str, failures: Counter[str]) -> set[int]:
        first, second = self.tabs[person]
        try:
            if entry == "button":
                first.answer()
            elif entry == "two tabs":
                at_once([first.open, second.open])
            elif entry == "API":
                return {self._claim(person)}
            else:
                second.open()
        except RefusedError as error:
            # Another tab has answered what this one showed, or the lease went to somebody else: that is what a page must live with.
            if error.status >= 500:
                failures[str(error.status)] += 1
            first.open()
        tabs = {"button": [first], "two tabs": [first, second], "direct address": [second]}[entry]
        return {int(held[0]) for tab in tabs for held in (tab.front, tab.behind) if held}

    def _claim(self, person: int) -> int:
        tab, path = self.tabs[person][1], f"/api/v1/rounds/{self.round.pk}/claim/"
        status, text, _ = tab.ask("POST", path, "{}", {"Authorization": f"Token {self.tokens[person]}", "Content-Type": "application/json"})
        if status != 200:
            raise RefusedError(status, text)
        return int(json.loads(text)["assignment"])


def handed_out_twice(round: Any, shown: Sequence[set[int]]) -> int:
    """Places that two people were shown in one race, and items that more people hold or have answered than the round's overlap."""
    from django.db.models import Count

    from feedback.models import Assignment

    places = Counter(place for mine in shown for place in mine)
    crowded = Assignment.objects.filter(round=round).exclude(state="free").values("item").annotate(people=Count("annotator", distinct=True))
    return sum(count > 1 for count in places.values()) + crowded.filter(people__gt=round.overlap).count()


def resend(result: ResultFile, project: Any, *, arm: str, data: str, quick: bool) -> None:
    """One answer twice at once, one again later, the second before the first: each is stored once, and nothing answers with a 5xx."""
    from feedback.models import Annotation

    wanted, failures, kinds = QUICK_TRIALS if quick else TRIALS, Counter[str](), Counter[str]()
    rng = np.random.default_rng(0)
    keys: list[str] = []
    with web_server() as (address, _):
        crowd = Crowd(address, project, 1, 1)
        while sum(kinds.values()) < wanted:
            first, second = crowd.tabs[0]
            first.open()
            if first.front is None or first.behind is None:
                crowd.begin_round()
                continue
            kind = ("doubled", "replayed", "reordered")[rng.integers(3)]
            sent = [(first.front[0], str(uuid.uuid4())), (first.behind[0], str(uuid.uuid4()))]
            kinds[kind] += 1
            keys += _send_oddly(kind, sent, first, second, failures)
    stored = Counter(str(key) for key in Annotation.objects.filter(key__in=keys).values_list("key", flat=True))
    doubled = (
        sum(count > 1 for count in stored.values()) + Annotation.objects.filter(item__round__project=project).count() - _distinct_places(project)
    )
    lost = len(set(keys) - set(stored))
    print(f"{arm}: {sum(kinds.values())} odd answers, {doubled} stored twice, {lost} lost, failures {dict(failures)}", flush=True)
    result.add(arm=arm, metric="resubmits", value=sum(kinds.values()), data=data, n=sum(kinds.values()), kinds=dict(kinds), failures=dict(failures))
    result.add(arm=arm, metric="double_stores", value=doubled, data=data, n=len(keys))
    result.add(arm=arm, metric="lost_answers", value=lost, data=data, n=len(keys))


def _send_oddly(kind: str, sent: list[tuple[str, str]], first: Browser, second: Browser, failures: Counter[str]) -> list[str]:
    """Keys of the answers, each of which must be stored once."""
    (front, key), (behind, later_key) = sent

    def send(tab: Browser, place: str, with_key: str) -> None:
        try:
            tab.send(place, {"agree": "1", "key": with_key})
        except RefusedError as error:
            failures[f"{kind} {error.status}"] += 1

    if kind == "doubled":
        at_once([lambda: send(first, front, key), lambda: send(second, front, key)])
        return [key]
    if kind == "replayed":
        for _ in range(3):
            send(first, front, key)
        return [key]
    send(first, behind, later_key)
    send(first, front, key)
    return [key, later_key]


def kill_while_answering(result: ResultFile, project: Any, *, arm: str, data: str, quick: bool) -> None:
    """What was acknowledged before a kill -9 of the whole web server must be there after it, once."""
    from feedback.models import Annotation

    made = open_round(project, items=COMMENTS, overlap=3)
    cookies, rng = cookies_of(8), np.random.default_rng(0)
    acknowledged: list[set[str]] = [set() for _ in cookies]
    for _ in range(QUICK_KILLS if quick else KILLS):
        with contextlib.suppress(ProcessLookupError), web_server() as (address, pid):
            browsers = [Browser(address, page_of(made), dict(cookie)) for cookie in cookies]
            stop = threading.Timer(float(rng.uniform(0.5, 2.0)), os.killpg, (pid, signal.SIGKILL))
            stop.start()
            at_once([partial(_answer_until_dead, browser, keys) for browser, keys in zip(browsers, acknowledged, strict=True)])
            stop.join()
    keys = set().union(*acknowledged)
    stored = set(map(str, Annotation.objects.filter(item__round=made).values_list("key", flat=True)))
    print(f"{arm}: {len(keys)} acknowledged, {len(keys - stored)} of them lost, {len(stored - keys)} stored without an acknowledgement", flush=True)
    result.add(arm=arm, metric="acknowledged_and_lost", value=len(keys - stored), data=data, n=len(keys), kills=QUICK_KILLS if quick else KILLS)


def _answer_until_dead(browser: Browser, acknowledged: set[str]) -> None:
    with contextlib.suppress(OSError, http.client.HTTPException):
        browser.open()
        while browser.front:
            key = str(uuid.uuid4())
            browser.answer(key=key)
            acknowledged.add(key)


def _user(number: int) -> Any:
    from django.contrib.auth.models import User

    return User.objects.get(username=f"annotator-{number}")


def _distinct_places(project: Any) -> int:
    from feedback.models import Annotation

    return Annotation.objects.filter(item__round__project=project).values("item", "annotator").distinct().count()

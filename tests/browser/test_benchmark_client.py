"""The load benchmark's client is no browser: what it sends must be what the page sends, or its figures are of something else."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.core.signals import request_started
from django.urls import reverse
from playwright.sync_api import expect

from benchmarks.annotation_client import WHOLE, Browser
from feedback.models import Annotation, AnnotationRound
from tests.browser.conftest import read, session_cookie
from tests.feedback.worlds import make_ready

pytestmark = pytest.mark.django_db(transaction=True)
CHANGES = {"key", "seconds"}
OF_CHROMIUM_ALONE = ("sec-",)
"""Headers that nothing of ours reads."""


@pytest.fixture
def place():
    round, ann = make_ready(8)
    return ann, reverse("feedback:annotate", args=[round.project.slug, round.number])


@pytest.fixture
def client(place, live_server, requests_end):
    ann, path = place
    cookie = session_cookie(ann.user, live_server.url)
    return Browser(live_server.url, path, {cookie["name"]: cookie["value"]})


@pytest.fixture
def received(requests_end):
    """Headers of every POST, as they reach the server."""
    found = []

    def note(environ, **_):
        if environ["REQUEST_METHOD"] == "POST":
            named = {name.removeprefix("HTTP_"): value for name, value in environ.items() if name.startswith(("HTTP_", "CONTENT_"))}
            found.append({name.lower().replace("_", "-"): value for name, value in named.items()})

    request_started.connect(note)
    yield found
    request_started.disconnect(note)


def sent_by_page(page, *keys):
    with page.expect_request(lambda request: request.method == "POST") as caught:
        for key in keys:
            page.keyboard.press(key)
    expect(page.locator("html")).to_have_attribute("data-unsent", "0")
    return caught.value


def place_in(address):
    return next(part for part in reversed(urlsplit(address).path.split("/")) if part.isdecimal())


def pairs(body):
    return [(name, "" if name in CHANGES else value) for name, value in parse_qsl(body, keep_blank_values=True)]


@pytest.mark.parametrize(
    ("keys", "given"),
    [
        (["1"], {"agree": "1"}),
        (["q", "r", "e", "5", "Enter"], {**{name: WHOLE[name] for name in ("verdict", "bias_types", "severity")}, "corrected_label": "low"}),
    ],
    ids=["correct", "with a bias"],
)
def test_an_answer_has_the_page_s_fields_in_their_order(open_page, place, client, keys, given):
    ann, path = place
    shown = sent_by_page(open_page(path, user=ann.user), *keys)
    assert pairs(urlencode(client.sheet(place_in(shown.url), {**given, "key": ""}), doseq=True)) == pairs(shown.post_data)


def test_its_headers_are_those_of_the_page_s_script(open_page, place, client, received):
    ann, path = place
    shown = sent_by_page(open_page(path, user=ann.user, intercepted=False), "1")
    client.open()
    client.answer()
    theirs, ours = received
    assert {name for name in theirs if not name.startswith(OF_CHROMIUM_ALONE)} == set(ours)
    for name in ("x-wants", "content-type", "origin", "referer", "accept", "connection"):
        assert ours[name] == theirs[name], name
    assert {one.partition("=")[0] for one in theirs["cookie"].split("; ")} == set(client.cookies)
    assert urlsplit(shown.url).path.startswith(path)


def test_it_goes_through_a_round_as_the_page_does(open_page, place, client):
    """Both keep what waits behind, and send one request for an answer."""
    ann, path = place
    page = open_page(path, user=ann.user)
    asked = []
    page.on("request", lambda request: asked.append(request.method) if "icon" not in request.url else None)
    sent_by_page(page, "1")
    assert asked == ["POST"]
    client.open()
    for is_whole in (False, True, True):
        client.answer(is_whole=is_whole)
    assert client.requests == 4
    assert Annotation.objects.filter(biased=True, subgroup="muslim").count() == 2
    assert Annotation.objects.count() == 4


def test_it_says_its_own_level_where_the_page_asks_for_it(open_page, place, client):
    ann, path = place
    AnnotationRound.objects.update(blind_share=1)
    page = open_page(path, user=ann.user)
    shown = sent_by_page(page, "l")
    expect(page.locator(".model-says")).to_be_visible()
    asked = []
    client.open()
    ask = client.ask
    client.ask = lambda *request: asked.append(request) or ask(*request)
    read(page)
    sent_by_page(page, "1")
    client.open()
    client.answer()
    own_level = next(request for request in asked if request[1].endswith("/own-level/"))
    own, theirs = dict(parse_qsl(own_level[2])), dict(parse_qsl(shown.post_data))
    assert (own.pop("shown"), theirs.pop("shown")) == (place_in(own_level[1]), place_in(shown.url))
    assert own == theirs
    assert Annotation.objects.count() == 2

"""A real Chromium that must ask nobody but our own server."""

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page

LAPTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
READING_MS = 350  # the page takes no answer in the first 300 ms after a comment came forward: nobody has read it by then
# Against the browser's own traffic; the sandbox is left off by Playwright itself.
QUIET = (
    "--disable-background-networking --disable-component-update --disable-sync --no-first-run --disable-quic --disable-gpu --disable-dev-shm-usage"
)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": "/usr/bin/chromium", "args": QUIET.split()}


class Traffic:
    """The requests of a browser's test. They are counted while it runs; from its end until the database has been emptied, none begins."""

    def __init__(self) -> None:
        self.under_way, self.is_counted, self.is_open, self.changed = 0, False, True, threading.Condition()

    def started(self, sender: type, **_: Any) -> None:
        if not (self.is_counted and _is_served(sender)):
            return
        with self.changed:
            if not self.is_open:
                raise RuntimeError("the test that this request belongs to has ended")
            self.under_way += 1

    def finished(self, sender: type | None, **_: Any) -> None:
        if not (self.is_counted and _is_served(sender)):
            return
        with self.changed:
            self.under_way -= 1
            self.changed.notify_all()

    def begin(self) -> None:
        self.under_way, self.is_counted, self.is_open = 0, True, True

    def close(self) -> bool:
        """Whether all that had begun came to an end."""
        with self.changed:
            self.is_open = False
            return self.changed.wait_for(lambda: self.under_way == 0, timeout=30)

    def end(self) -> None:
        self.is_counted = False


def _is_served(sender: type | None) -> bool:
    """Django's test client sends the same signals."""
    return sender is not None and issubclass(sender, WSGIHandler)


@pytest.fixture(scope="session")
def traffic() -> Iterator[Traffic]:
    traffic = Traffic()
    request_started.connect(traffic.started)
    request_finished.connect(traffic.finished)
    yield traffic
    request_started.disconnect(traffic.started)
    request_finished.disconnect(traffic.finished)


@pytest.fixture
def requests_end(live_server: Any, traffic: Traffic) -> Iterator[None]:
    """A closed page does not wait for its requests, and the database is emptied right after a test: what is under way comes to its end, and what
    was sent but has not begun is refused. PostgreSQL would find the two in a deadlock, SQLite a locked table."""
    traffic.begin()
    yield
    assert traffic.close(), f"{traffic.under_way} requests were still under way 30 s after the page was closed"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Function) -> Iterator[None]:
    """The database is emptied by now. Other tests serve requests in ways of their own."""
    traffic = item.funcargs.get("traffic")
    try:
        return (yield)
    finally:
        if traffic is not None:
            traffic.end()


@pytest.fixture
def open_page(browser: Browser, live_server: Any, requests_end: None) -> Iterator[Open]:
    """`open_page(path, user=None, size=LAPTOP, scheme="light", script=True, intercepted=True)`: a page in a context of its own, signed in. At the
    end no request may have gone elsewhere, and nothing may have been refused by the content security policy. Where requests are intercepted, the
    browser asks its cache for nothing, and says so."""
    contexts: list[BrowserContext] = []
    asked: list[str] = []
    complaints: list[str] = []

    def open_one(
        path: str, *, user: User | None = None, size: dict = LAPTOP, scheme: str = "light", script: bool = True, intercepted: bool = True
    ) -> Page:
        is_phone = size["width"] < 600
        context = browser.new_context(viewport=size, color_scheme=scheme, has_touch=is_phone, is_mobile=is_phone, java_script_enabled=script)
        contexts.append(context)
        if intercepted:
            # Nothing gets elsewhere; and requests are intercepted from the first one on: a page that is busy takes a key before it takes word that
            # they are intercepted now, and what the key sends would get past the route of a test.
            context.route(re.compile(f"^(?!{re.escape(live_server.url)})"), lambda route: route.abort())
        if user is not None:
            context.add_cookies([session_cookie(user, live_server.url)])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(live_server.url + path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not [url for url in asked if not url.startswith((live_server.url, "data:"))]
    assert not complaints


def session_cookie(user: User, url: str) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}


def read(page: Page) -> None:
    """What a person does with the comment that has just come, before they answer."""
    page.wait_for_timeout(READING_MS)


def assert_accessible(page: Page) -> None:
    """axe finds nothing, and nothing is wider than the screen."""
    found = Axe().run(page, options=RULES).response["violations"]
    assert not [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found]
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]

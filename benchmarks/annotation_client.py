"""One annotator's browser: a session, one connection that is kept, and the requests that the page's script sends."""

import gzip
import http.client
import re
import threading
import time
import urllib.parse
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

PLACE = re.compile(r'data-place="(\d+)"')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
PREDICTED = re.compile(r'data-predicted="(\w*)"')
FIELDS = ("key", "rationale", "seconds", "agree", "verdict", "corrected_label", "bias_types", "severity", "subgroup", "pattern", "note", "shown")
ALWAYS_SENT = ("key", "rationale", "seconds", "subgroup", "pattern", "note")
"""In the form's order. Boxes and the button go along where they are pressed only; `tests/browser` compares this with the page."""

WHOLE = {"verdict": "incorrect", "bias_types": ["racial", "religious"], "severity": "2", "subgroup": "muslim", "pattern": "identity_term"}
OF_A_BROWSER = {
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-US",
    "Connection": "keep-alive",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
}


class RefusedError(Exception):
    """The site answered with something else than it should. `status`."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text[:200]}")
        self.status = status


@dataclass
class Browser:
    """`front` and `behind`: (place, predicted level, empty while it is hidden), or None. `requests`: how many it has sent."""

    address: str
    page: str
    cookies: dict[str, str]
    requests: int = 0
    front: tuple[str, str] | None = None
    behind: tuple[str, str] | None = None
    token: str = ""
    front_since: float = 0.0

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.address).netloc, timeout=60)

    def open(self) -> None:
        """The page, whole."""
        status, text, _ = self.ask("GET", self.page)
        if status != 200:
            raise RefusedError(status, text)
        self.token = TOKEN.search(text)[1]  # type: ignore[index]  # every page with a form has one
        shown, _, ahead = text.partition('<template id="ahead">')
        self.front, self.behind, self.front_since = _item(shown), _item(ahead), time.perf_counter()

    def answer(self, *, is_whole: bool = False, key: str = "") -> None:
        """`correct`, or an answer with everything: one request, since the next item was there before; one more where the prediction is hidden."""
        if self.front is None:
            raise ValueError("nothing is left to answer")
        if not self.front[1]:
            self.front = _item(self.post(f"{self.front[0]}/own-level/", {"level": "low", "shown": self.front[0]})[0])
        place, predicted = self.front  # type: ignore[misc]  # its own level has just brought it
        given = {**WHOLE, "corrected_label": "mild" if predicted == "low" else "low"} if is_whole else {"agree": "1"}
        front, fragment = self.send(place, {**given, "key": key or str(uuid.uuid4())})
        self.front, self.behind, self.front_since = self.behind, _item(fragment), time.perf_counter()
        if (self.front or ("",))[0] != front:
            raise RefusedError(200, f"the page shows {self.front}, the site says {front}")

    def send(self, place: str, given: Mapping[str, object]) -> tuple[str, str]:
        """(the place in front by now, the fragment of the one behind it)"""
        fragment, told = self.post(f"{place}/", self.sheet(place, given))
        return told.get("x-front", ""), fragment

    def sheet(self, place: str, given: Mapping[str, object]) -> dict[str, object]:
        """The form as the page sends it. `given`: what was ticked and typed, and the key."""
        filled = {**dict.fromkeys(ALWAYS_SENT, ""), "seconds": f"{time.perf_counter() - self.front_since:.1f}", "shown": place, **given}
        return {name: filled[name] for name in FIELDS if name in filled}

    def post(self, path: str, fields: Mapping[str, object]) -> tuple[str, dict[str, str]]:
        status, text, given = self.ask("POST", f"{self.page}{path}", urllib.parse.urlencode(fields, doseq=True), self.headers)
        if status != 200:
            raise RefusedError(status, text)
        return text, given

    @property
    def headers(self) -> dict[str, str]:
        """Of a request by the page's script."""
        own = {"X-Wants": "ahead", "X-CSRFToken": self.token, "Content-Type": "application/x-www-form-urlencoded"}
        return {**OF_A_BROWSER, **own, "Origin": self.address, "Referer": f"{self.address}{self.page}"}

    def ask(self, method: str, path: str, body: str | None = None, headers: Mapping[str, str] = OF_A_BROWSER) -> tuple[int, str, dict[str, str]]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            self.connection.request(method, path, body, {"Cookie": cookie, **headers})
            reply = self.connection.getresponse()
        except (BrokenPipeError, ConnectionResetError):
            # The server ends a connection that was idle for long. A browser opens another and asks again.
            self.connection.close()
            self.connection.request(method, path, body, {"Cookie": cookie, **headers})
            reply = self.connection.getresponse()
        content = reply.read()
        self.requests += 1
        for name, value in reply.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        given = {name.lower(): value for name, value in reply.getheaders()}
        return reply.status, (gzip.decompress(content) if given.get("content-encoding") == "gzip" else content).decode(), given


def at_once(works: Sequence[Callable[[], object]]) -> None:
    """Each in a thread of its own, from one moment on; raises the first failure."""
    barrier, failures = threading.Barrier(len(works)), list[Exception]()

    def run(work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            work()
        except Exception as error:  # a thread's failure is the run's
            failures.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _item(text: str) -> tuple[str, str] | None:
    place = PLACE.search(text)
    return (place[1], PREDICTED.search(text)[1]) if place else None  # type: ignore[index]  # they stand in one tag

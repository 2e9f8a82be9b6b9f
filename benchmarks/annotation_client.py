"""One annotator's browser: a session, one connection that is kept, and the requests that the page's script sends."""

import http.client
import re
import time
import urllib.parse
import uuid
from dataclasses import dataclass, field

PLACE = re.compile(r'data-place="(\d+)"')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
FULL = {"verdict": "incorrect", "bias_types": ["religious", "racial"], "severity": "2", "subgroup": "muslim", "pattern": "identity_term"}
PREDICTED = re.compile(r'data-predicted="(\w+)"')


class RefusedError(Exception):
    """The site answered with something else than it should. `status`."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text[:200]}")
        self.status = status


@dataclass
class Browser:
    """`front` and `behind`: (place, predicted level), or None. `spent`: wall seconds of each request, newest last."""

    address: str
    page: str
    cookies: dict[str, str]
    spent: list[float] = field(default_factory=list)
    front: tuple[str, str] | None = None
    behind: tuple[str, str] | None = None
    token: str = ""

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.address).netloc, timeout=60)

    def open(self) -> None:
        """The page, whole."""
        status, text, _ = self.ask("GET", self.page)
        if status != 200:
            raise RefusedError(status, text)
        self.token = TOKEN.search(text)[1]  # type: ignore[index]  # every page with a form has one
        shown, _, ahead = text.partition('<template id="ahead">')
        self.front, self.behind = _item(shown), _item(ahead)

    def answer(self, *, is_whole: bool = False, key: str = "") -> None:
        """One request: `correct`, or an answer with everything; the next item was there before."""
        if self.front is None:
            raise ValueError("nothing is left to answer")
        place, predicted = self.front
        fields: dict[str, object] = {"key": key or str(uuid.uuid4())}
        fields |= {**FULL, "corrected_label": "mild" if predicted == "low" else "low"} if is_whole else {"agree": "1"}
        front, fragment = self.send(place, fields)
        self.front, self.behind = self.behind, _item(fragment)
        if (self.front or ("",))[0] != front:
            raise RefusedError(200, f"the page shows {self.front}, the site says {front}")

    def send(self, place: str, fields: dict[str, object]) -> tuple[str, str]:
        """(the place in front by now, the fragment of the one behind it)"""
        body = urllib.parse.urlencode(fields, doseq=True)
        headers = {"X-Wants": "ahead", "X-CSRFToken": self.token, "Content-Type": "application/x-www-form-urlencoded"}
        status, text, given = self.ask("POST", f"{self.page}{place}/", body, headers)
        if status != 200:
            raise RefusedError(status, text)
        return given.get("x-front", ""), text

    def ask(self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> tuple[int, str, dict[str, str]]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        started = time.perf_counter()
        self.connection.request(method, path, body, {"Cookie": cookie, **(headers or {})})
        reply = self.connection.getresponse()
        text = reply.read().decode()
        self.spent.append(time.perf_counter() - started)
        for name, value in reply.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return reply.status, text, {name.lower(): value for name, value in reply.getheaders()}


def _item(text: str) -> tuple[str, str] | None:
    place = PLACE.search(text)
    return (place[1], PREDICTED.search(text)[1]) if place else None  # type: ignore[index]  # they stand in one tag

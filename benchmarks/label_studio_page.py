"""Label Studio's own page in a browser, for `page_weight`: the keys of its usual answer, and the time until the next task is there."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CORRECT = ("1", "Control+Enter")
"""The hotkey of the first choice, and the one that submits."""
TASK, CHOSEN = ".lsf-richtext__line", "input:checked"
SLOW, TAKEN_WITHIN, TRIES = 60_000, 2_000, 20
"""Milliseconds for a page, and for a key: one that comes before the editor listens is lost."""

# From the choice's key, the one that was taken, to the frame after the first that shows another task.
WHEN_NEXT = f"""(() => {{
  window.nexts = [];
  const text = () => document.querySelector("{TASK}")?.textContent;
  let since = null;
  addEventListener("keydown", (event) => {{
    if (event.key !== "1") return;
    const before = text(), isLooking = since !== null;
    since = event.timeStamp;
    const look = () => requestAnimationFrame(() => {{
      if (!text() || text() === before) look();
      else requestAnimationFrame(() => {{ window.nexts.push(performance.now() - since); since = null; }});
    }});
    if (!isLooking) look();
  }}, true);
}})()"""


@dataclass(frozen=True)
class LabelStudio:
    """`project`: the path of one whose labels begin with a single choice that has the hotkey 1."""

    address: str
    project: str
    email: str
    password: str

    @classmethod
    def at(cls, url: str) -> "LabelStudio":
        """Of http://EMAIL:PASSWORD@HOST:PORT/projects/N, the @ of the e-mail address written %40."""
        parts = urlsplit(url)
        if not (parts.username and parts.password and parts.path.startswith("/projects/")):
            raise ValueError(
                f"{parts.scheme}://{parts.hostname}{parts.path} names no account or no project: http://EMAIL:PASSWORD@HOST:PORT/projects/N"
            )
        return cls(f"{parts.scheme}://{parts.hostname}:{parts.port or 80}", parts.path, unquote(parts.username), unquote(parts.password))

    def begin(self, browser: "Browser") -> "Page":
        """Signed in, with a task in front. The caller closes its context."""
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.set_default_timeout(SLOW)
        page.goto(f"{self.address}/user/login/")
        page.fill("input[name=email]", self.email)
        page.fill("input[name=password]", self.password)
        with page.expect_navigation():
            page.click("button[type=submit]")
        page.add_init_script(WHEN_NEXT)
        page.goto(f"{self.address}{self.project}/data?labeling=1")
        page.wait_for_selector(TASK)
        page.wait_for_load_state("networkidle")
        return page


def answer(page: "Page", count: int) -> list[float]:
    """Milliseconds of each of `count` answers; the second key follows as soon as the first has shown its effect."""
    for done in range(1, count + 1):
        _choose(page)
        page.keyboard.press(CORRECT[1])
        page.wait_for_function("count => nexts.length === count", arg=done)
        page.wait_for_load_state("networkidle")
    return page.evaluate("nexts")


def _choose(page: "Page") -> None:
    from playwright.sync_api import TimeoutError as TooLateError

    for _ in range(TRIES):
        page.keyboard.press(CORRECT[0])
        try:
            page.wait_for_selector(CHOSEN, state="attached", timeout=TAKEN_WITHIN)
        except TooLateError:
            continue
        return
    raise TooLateError(f"the choice was not marked after {TRIES} keys")

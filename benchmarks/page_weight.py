"""The annotator's page in a browser: what a first visit brings over the wire, how soon the comment is there, and how soon the next one.

    python -m benchmarks.page_weight
    python -m benchmarks.page_weight --tasks FILE --label-studio URL     (the same beside Label Studio's page, on the same items)
    python -m benchmarks.page_weight --quick     (a trial of the command, written to var/trial)

Headless Chromium on this machine, without throttling, at the site as `make demo` serves it: hashed and compressed files.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import label_studio_page
from benchmarks.annotation_peers import DATA
from benchmarks.annotation_site import COMMENTS, cookies_of, open_round, page_of, prepare, web_server
from benchmarks.result_file import ROOT, ResultFile
from benchmarks.seed_processes import result_file
from benchmarks.timings import quantile, ratio

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = {"executable_path": "/usr/bin/chromium", "args": ["--disable-background-networking", "--disable-dev-shm-usage", "--disable-gpu"]}
ITEMS = 1_000
BYTES_AT_MOST, FIRST_ITEM_AT_MOST, SWAP_AT_MOST = 60_000, 300.0, 50.0
CORRECT, ONE_BIAS = ("1",), ("q", "r", "5", "Enter")
"""Keys of the two usual answers: "correct, no bias"; another level, one kind of bias, and how bad it is."""

NOTES = (
    "Headless Chromium without throttling, a context of its own for each first visit, turn about with a page that only asks who is signed in "
    "(empty_page). wire_bytes: of the page and all that it asks for until the network is idle, headers and the tab's icon included, as the "
    "browser counts them. first_item_ms: from the start of the navigation to the frame after the first that shows "
    "the comment. swap_ms: from the key that says `correct` to the frame after the first that shows the next comment, while the answer is on its "
    "way. *_ms: medians; *_ms_p95: 95th percentiles; intervals by bootstrap over loads and swaps. *_ratio: medians over the empty page's. keys_*: "
    "pressed per answer that was counted by the page; answers_undone: taken back one after another, by one key each. An explanation is stored for "
    "each comment. label_studio: its own page on the same tasks, from its choice's key to the frame after the first that shows the next task, the "
    "key that submits being pressed as soon as the choice is marked."
)

# The frame after the one that shows it: by then it has been painted.
WHEN_SHOWN = """(() => {
  const look = () => requestAnimationFrame(() => {
    if (document.querySelector("%s")?.getClientRects().length) requestAnimationFrame(() => { window.shownAfter = performance.now(); });
    else look();
  });
  look();
})()"""
WHEN_SWAPPED = """(() => {
  const place = () => document.querySelector(".one").dataset.place;
  window.swaps = [];
  addEventListener("keydown", (event) => {
    const before = place();
    const look = () => requestAnimationFrame(() => {
      if (place() === before) look();
      else requestAnimationFrame(() => { window.swaps.push(performance.now() - event.timeStamp); });
    });
    if (event.key === "1") look();
  }, true);
})()"""


@dataclass(frozen=True)
class Visitor:
    """A signed-in annotator. `page`: the address of their round's page on the site."""

    address: str
    page: str
    cookies: dict[str, str]

    def begin(self, browser: "Browser") -> "Page":
        """In a browser that has never been here. The caller closes its context."""
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        context.add_cookies([{"name": name, "value": value, "url": self.address} for name, value in self.cookies.items()])
        return context.new_page()


@dataclass(frozen=True)
class Load:
    """`kinds`: bytes over the wire by what they are for."""

    shown_ms: float
    kinds: Counter[str]
    requests: int


@dataclass(frozen=True)
class Amount:
    """First visits, answers `correct` that are timed, answers with a bias, and answers taken back."""

    loads: int
    swaps: int
    biases: int
    undone: int


@dataclass(frozen=True)
class Sheet:
    """The result file, and whose comments are shown."""

    result: ResultFile
    data: str

    def add(self, arm: str, metric: str, **facts: Any) -> None:
        value, low, high = (facts.get(name) for name in ("value", "low", "high"))
        print(f"{arm:25} {metric:20} {value:.4g}" + ("" if low is None else f" ({low:.4g} to {high:.4g})"), flush=True)
        self.result.add(arm=arm, metric=metric, data=self.data, **facts)


WHOLE, QUICK = Amount(loads=60, swaps=200, biases=20, undone=50), Amount(loads=3, swaps=8, biases=2, undone=5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=Path, help="the peers' tasks.json")
    parser.add_argument("--label-studio", type=label_studio_page.LabelStudio.at, help="http://EMAIL:PASSWORD@HOST:PORT/projects/N")
    parser.add_argument("--work", type=Path, default=ROOT / "var" / "page_weight")
    parser.add_argument("--quick", action="store_true", help="a trial of the command, not a result")
    arguments = parser.parse_args()
    project = prepare(arguments.work, arguments.tasks)
    page = page_of(open_round(project, items=ITEMS, overlap=1))
    (cookies,) = cookies_of(1)
    from playwright.sync_api import sync_playwright

    result = result_file("page_weight", NOTES, quick=arguments.quick)
    data, amount = DATA if arguments.tasks else "made up words", QUICK if arguments.quick else WHOLE
    if arguments.tasks:
        result.describe_data(DATA, [arguments.tasks], COMMENTS)
    with web_server() as (address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(**CHROMIUM)
        sheet = Sheet(result, data)
        swaps = measure(sheet, browser, Visitor(address, page, cookies), amount)
        if arguments.label_studio:
            beside(sheet, arguments.label_studio.begin(browser), amount, swaps)
        browser.close()


def measure(sheet: Sheet, browser: "Browser", visitor: Visitor, amount: Amount) -> list[float]:
    """Returns the milliseconds of each swap."""
    loads, empty = [], []
    for _ in range(amount.loads):
        loads.append(first_visit(browser, visitor, visitor.page, ".one .quote"))
        empty.append(first_visit(browser, visitor, "/empty/", "body"))
    _add_weight(sheet, loads)
    of_empty = [load.shown_ms for load in empty]
    _add_times(sheet, "empty_page", "first_frame", of_empty)
    _add_times(sheet, "annotate", "first_item", [load.shown_ms for load in loads], of_empty, at_most=FIRST_ITEM_AT_MOST)
    page = visitor.begin(browser)
    page.add_init_script(WHEN_SWAPPED)
    page.goto(visitor.address + visitor.page)
    _add_keys(sheet, "annotate", "keys_correct", CORRECT, answer(page, CORRECT, amount.swaps), amount.swaps)
    swaps: list[float] = page.evaluate("swaps")
    _add_times(sheet, "annotate", "swap", swaps, of_empty, at_most=SWAP_AT_MOST)
    _add_keys(sheet, "annotate", "keys_one_bias", ONE_BIAS, answer(page, ONE_BIAS, amount.biases), amount.biases)
    sheet.add("annotate", "answers_undone", value=take_back(page, amount.undone), n=amount.undone)
    page.context.close()
    return swaps


def beside(sheet: Sheet, page: "Page", amount: Amount, swaps: Sequence[float]) -> None:
    """The same usual answer on Label Studio's page."""
    times = label_studio_page.answer(page, amount.biases)
    _add_keys(sheet, "label_studio", "keys_correct", label_studio_page.CORRECT, len(times), amount.biases)
    _add_times(sheet, "label_studio", "swap", times)
    sheet.add("annotate_vs_label_studio", "swap_ratio", **ratio(swaps, times), n=len(times))
    page.context.close()


def first_visit(browser: "Browser", visitor: Visitor, path: str, shown: str) -> Load:
    """`shown`: a selector of what people wait for."""
    page = visitor.begin(browser)
    network, kind_of, kinds = page.context.new_cdp_session(page), {}, Counter[str]()
    network.on("Network.requestWillBeSent", lambda event: kind_of.update({event["requestId"]: event["type"]}))
    network.on("Network.loadingFinished", lambda event: kinds.update({kind_of[event["requestId"]]: int(event["encodedDataLength"])}))
    network.send("Network.enable")
    page.add_init_script(WHEN_SHOWN % shown)
    page.goto(visitor.address + path, wait_until="networkidle")
    page.wait_for_function("window.shownAfter")
    load = Load(page.evaluate("shownAfter"), kinds, len(kind_of))
    page.context.close()
    return load


READING_MS = 350
"""The page takes no answer in the first 300 ms after a comment came forward. No measure of the page's own speed has this in it."""


def answer(page: "Page", keys: Sequence[str], count: int) -> int:
    """Give `count` answers by these keys; how many the page says it has from this person more than before."""
    before = _answered(page)
    for _ in range(count):
        for key in keys:
            page.keyboard.press(key)
        # Only then is the next comment there that the next answer brings forward.
        page.wait_for_selector("html[data-unsent='0']")
        page.wait_for_timeout(READING_MS)
    return _answered(page) - before


def take_back(page: "Page", count: int) -> int:
    """How many answers are gone after so many keys."""
    before = _answered(page)
    for taken in range(1, count + 1):
        page.keyboard.press("z")
        page.wait_for_selector(f"[data-done='{before - taken}']")
    return before - _answered(page)


def _answered(page: "Page") -> int:
    return int(page.locator("[data-done]").get_attribute("data-done") or 0)


def _add_weight(sheet: Sheet, loads: Sequence[Load]) -> None:
    weights = quantile([load.kinds.total() for load in loads])
    facts = {"n": len(loads), "reasons": [_judged("A first visit", weights["value"], BYTES_AT_MOST, "bytes")], "kinds": dict(loads[0].kinds)}
    sheet.add("annotate", "wire_bytes", **weights, **facts)
    sheet.add("annotate", "requests", **quantile([load.requests for load in loads]), n=len(loads))


def _add_times(
    sheet: Sheet, arm: str, what: str, times: Sequence[float], of_empty: Sequence[float] | None = None, at_most: float | None = None
) -> None:
    found = quantile(times)
    reasons = [] if at_most is None else [_judged(f"The median of {what}_ms", found["value"], at_most, "ms")]
    sheet.add(arm, f"{what}_ms", **found, n=len(times), unit="ms", reasons=reasons)
    sheet.add(arm, f"{what}_ms_p95", **quantile(times, 0.95), n=len(times), unit="ms")
    if of_empty is not None:
        sheet.add(f"{arm}_vs_empty_page", f"{what}_ratio", **ratio(times, of_empty), n=len(times))


def _add_keys(sheet: Sheet, arm: str, metric: str, keys: Sequence[str], answered: int, count: int) -> None:
    sheet.add(arm, metric, value=len(keys) * count / answered, n=answered, keys=list(keys))


def _judged(what: str, value: float, at_most: float, unit: str) -> str:
    return f"{what}: {value:,.0f} {unit}, at most {at_most:,.0f} asked: {'kept' if value <= at_most else 'missed'}."


if __name__ == "__main__":
    main()

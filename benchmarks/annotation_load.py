"""The annotator's page under load: what an annotation costs the server, whether anything is handed out or stored twice, what a kill loses.

    python -m benchmarks.annotation_load load [--tasks FILE]      CPU per annotation at 1, 4, 16 and 64 annotators, and of an empty view
    python -m benchmarks.annotation_load load --tasks FILE --peers DIR      the same beside what the peers' scripts have just left in DIR
    python -m benchmarks.annotation_load races                    claims at once, by every entry, until 10,000
    python -m benchmarks.annotation_load resends                  doubled, replayed and reordered answers, 10,000 of them
    python -m benchmarks.annotation_load kill                     kill -9 of the web server while people answer
    python tests/on_database.py postgresql-durable python -m benchmarks.annotation_load load      the same on PostgreSQL

Each part works on the database that the settings name. Every annotator is a thread with one connection that is kept, as a browser has; the
server is the one that `make demo` starts, on its own. CPU is the server's alone, by the scheduler's count of its processes.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import annotation_faults
from benchmarks.annotation_client import Browser, at_once
from benchmarks.annotation_peers import DATA, add_peers, read_peers
from benchmarks.annotation_site import COMMENTS, cookies_of, cpu_seconds, open_round, page_of, prepare, web_server
from benchmarks.result_file import ROOT, ResultFile
from benchmarks.seed_processes import result_file
from benchmarks.timings import quantile, ratio

PEOPLE_AT_ONCE = (1, 4, 16, 64)
SINGLE_REQUESTS = 300
SECONDS = 20.0
WHOLE_EVERY = 3
"""Every third answer reports a bias with all that belongs to it; the others take one key."""

NOTES = (
    "Server CPU of the web server's processes. next_cpu_ms and submit_cpu_ms: one annotator, one request at a time, medians: next is the whole page "
    "(first visit, reload), submit stores an answer with its ledger entry and brings the item after the next, which is all that an annotation "
    "asks for. empty_view: a view that only asks who is signed in, in the same run. cpu_s_per_annotation_N: N annotators who answer as fast as "
    f"the site lets them, for {SECONDS:.0f} s. requests_per_annotation: counted over all of these. {COMMENTS:,} comments; a third of the answers "
    "reports a bias; no breaks, known answers, repeats or blind items. Sessions are made beforehand. label_studio, doccano, potato: their default "
    "servers on SQLite, by scripts that send what their pages send, on the same tasks and machine just before; their next is what brings the next "
    "task, ours a visit of the whole page, which an annotation does not ask for."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["load", "races", "resends", "kill"])
    parser.add_argument("--tasks", type=Path, help="the peers' tasks.json")
    parser.add_argument("--peers", type=Path, help="the folder of the peers' result files")
    parser.add_argument("--work", type=Path, default=ROOT / "var" / "annotation_load")
    parser.add_argument("--quick", action="store_true", help="a trial of the command, not a result")
    arguments = parser.parse_args()
    if arguments.peers and not (arguments.tasks and arguments.part == "load"):
        parser.error("--peers goes with the part load and the peers' own --tasks")
    peers = read_peers(arguments.peers) if arguments.peers else {}
    project = prepare(arguments.work, arguments.tasks)
    from django.db import connection

    parts: dict[str, Callable[..., None]] = {
        "load": measure_load,
        "races": annotation_faults.race,
        "resends": annotation_faults.resend,
        "kill": annotation_faults.kill_while_answering,
    }
    result = result_file("annotation_load", NOTES, quick=arguments.quick)
    data = DATA if arguments.tasks else "made up words"
    if arguments.tasks:
        result.describe_data(DATA, [arguments.tasks], COMMENTS)
    arm = f"biasapp_{connection.vendor}"
    parts[arguments.part](result, project, arm=arm, data=data, quick=arguments.quick)
    add_peers(result, peers, arm)


def measure_load(result: ResultFile, project: Any, *, arm: str, data: str, quick: bool) -> None:
    people, requests, seconds = ((1, 4), 20, 2.0) if quick else (PEOPLE_AT_ONCE, SINGLE_REQUESTS, SECONDS)
    cookies = cookies_of(max(people))
    with web_server() as (address, pid):

        def browsers(count: int) -> list[Browser]:
            page = page_of(open_round(project, items=COMMENTS, overlap=3))
            return [Browser(address, page, dict(cookie)) for cookie in cookies[:count]]

        one_by_one(result, browsers(1)[0], pid, arm=arm, data=data, requests=requests)
        sent = answered = 0
        for count in people:
            group = browsers(count)
            answered += many_at_once(result, group, pid, arm=arm, data=data, seconds=seconds)
            sent += sum(browser.requests - 1 for browser in group)  # but for the page that each opened first
    result.add(arm=arm, metric="requests_per_annotation", value=sent / answered, data=data, n=answered)


def one_by_one(result: ResultFile, browser: Browser, pid: int, *, arm: str, data: str, requests: int) -> None:
    """Turn about, so that a busy moment of the machine falls on all of them."""
    works: dict[str, Callable[[], object]] = {
        "next": browser.open,
        "submit": lambda: browser.answer(is_whole=turn % WHOLE_EVERY == 0),
        "empty": lambda: browser.ask("GET", "/empty/"),
    }
    spent: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(requests + 10):
        for name, work in works.items():
            before = cpu_seconds(pid)
            work()
            if turn >= 10:  # the first requests of a process read its templates
                spent[name].append(1000 * (cpu_seconds(pid) - before))
    for name, values in spent.items():
        found, slow, of_empty = quantile(values), quantile(values, 0.95)["value"], ratio(values, spent["empty"])
        print(f"{arm}: {name} {found['value']:.2f} ms CPU, p95 {slow:.2f}: {of_empty['value']:.2f} empty views", flush=True)
        of, metric = ("empty_view", "submit") if name == "empty" else (arm, name)
        result.add(arm=of, metric=f"{metric}_cpu_ms_p50", **found, data=data, n=len(values), unit="ms", p95=slow, database=arm)
        if name != "empty":
            result.add(arm=f"{arm}_vs_empty_view", metric=f"{name}_ratio", **of_empty, data=data, n=len(values))


def many_at_once(result: ResultFile, browsers: list[Browser], pid: int, *, arm: str, data: str, seconds: float) -> int:
    """Returns how many answers they gave."""
    for browser in browsers:
        browser.open()
    counts, stop = [0] * len(browsers), time.perf_counter() + seconds

    def work(number: int) -> None:
        while time.perf_counter() < stop and browsers[number].front:
            browsers[number].answer(is_whole=counts[number] % WHOLE_EVERY == 0)
            counts[number] += 1

    before, started = cpu_seconds(pid), time.perf_counter()
    at_once([partial(work, number) for number in range(len(browsers))])
    wall, cpu, done = time.perf_counter() - started, cpu_seconds(pid) - before, sum(counts)
    print(f"{arm}: {len(browsers)} annotators: {1000 * cpu / done:.2f} ms CPU per annotation, {done / wall:.1f} annotations/s", flush=True)
    result.add(arm=arm, metric=f"cpu_s_per_annotation_{len(browsers)}", value=cpu / done, data=data, n=done, unit="s")
    result.add(arm=arm, metric=f"annotations_per_s_{len(browsers)}", value=done / wall, data=data, n=done, unit="1/s")
    return done


if __name__ == "__main__":
    main()

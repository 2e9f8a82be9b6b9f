"""What each page by which leads follow a project takes on the server, and how many queries, with years of comments behind it.

    .venv/bin/python tests/on_database.py postgresql-durable .venv/bin/python -m benchmarks.dashboard_speed
    python -m benchmarks.dashboard_speed --quick     (a trial of the command, written to var/trial)

In a test database that is gone afterwards (`BIASAPP_DB` says which). Comments, versions, predictions and answers are seeded; every summary
that a page reads is made by the builder that makes it in the product, and how long that took is told too.
"""

import argparse
import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchmarks.dashboard_answers import add_answers
from benchmarks.dashboard_builders import Clock, build_all
from benchmarks.dashboard_pages import addresses
from benchmarks.dashboard_world import LABELLED_SHARE, LOGGED_STEPS, Size, World, make_world
from benchmarks.result_file import RESULTS, ROOT, ResultFile
from benchmarks.timings import quantile, ratio

if TYPE_CHECKING:
    from django.test import Client

Timed = dict[str, list[float]]
"""Seconds of a page, seconds of the empty view beside it, and queries."""

TRIAL = Size(comments=30_000, versions=3, months=4, items=20, requests=3)
NOTES = (
    "Milliseconds in one process, from the request to the whole page: middleware, queries, template. Each page turns about with an empty view "
    "that asks who is signed in; intervals by bootstrap over requests. The first request of each, which compiles templates, is left out. "
    f"Seeded: made-up comments of about 150 characters, evenly over the months, {LABELLED_SHARE:.0%} of them labelled and split as an import "
    "splits, all others unlabelled and in the pool; whom they mention; versions, each in use for an equal time, with their change, their "
    f"cycle's verdict, how many comments each has scored, and {LOGGED_STEPS:,} logged steps; predictions of gate, test and audit by every "
    "version, and of the pool as it stood while a version was in use; a round each month with three answers to each item, and the ledger's "
    "entry of each answer; shares of single maps, for what is summed up of them; and the probes' predictions. Built by the product's own code, "
    "nothing seeded: all measures, curves, differences, trends and tables of changes, frozen audit samples, counts of data sets, joined labels, "
    "agreement, summaries of rounds and months, social dynamics, co-mentions, monthly reports. Their seconds are rows of their own, each call "
    "counted once. Control arms of cycles are left out: no dashboard page shows them."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=2_000_000)
    parser.add_argument("--versions", type=int, default=12)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--busy", action="store_true", help="Others work on this machine meanwhile: say so in the notes.")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    size = TRIAL if options.quick else Size(options.comments, options.versions, options.months, items=500, requests=40)
    notes = f"{NOTES} MEASURED WHILE OTHERS WORKED ON THE MACHINE." if options.busy else NOTES
    result = ResultFile("dashboard_speed", notes, directory=ROOT / "var" / "trial" if options.quick else RESULTS)
    result.rows = {}  # of another size, they would stand beside these
    measure(size, result)
    print(result.path)


def measure(size: Size, result: ResultFile) -> None:
    """In a database that is gone afterwards."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.empty_view_settings"
    os.environ.setdefault("BIASAPP_TESTING", "1")
    import django

    django.setup()
    from django.test.runner import DiscoverRunner

    # Without the rest of a test's environment, which copies the context of every template that is rendered.
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        world, builders = build(size)
        write_builders(result, size, builders)
        for page, timed in measure_pages(world):
            write_page(result, size, page, timed)
    finally:
        runner.teardown_databases(databases)


def build(size: Size) -> tuple[World, dict[str, list[float]]]:
    """The project, and the seconds of each builder."""
    clock = Clock()
    say("seeding comments, versions and predictions")
    world = clock("seed", make_world, size=size)
    settle()
    say("seeding answers, closing rounds")
    clock.seconds["close_round"] = add_answers(world)
    settle()
    say("building summaries")
    build_all(world, clock)
    settle()
    return world, clock.seconds


def settle() -> None:
    """What PostgreSQL does by itself within minutes: look at what has come in, so that its plans fit."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" and not connection.in_atomic_block else "ANALYZE")


def measure_pages(world: World) -> Iterator[tuple[str, Timed]]:
    from django.test import Client

    from modeling.models import Role
    from tests.factories import make_member

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(make_member(world.project, Role.LEAD))
    for page, address in addresses(world).items():
        timed = {**_timed(client, address, world.size.requests), "queries": [_queries(client, address)]}
        say(f"{1_000 * sorted(timed['page'])[len(timed['page']) // 2]:8.0f} ms {timed['queries'][0]:3.0f} queries: {page}")
        yield page, timed


def _timed(client: "Client", address: str, requests: int) -> Timed:
    found: dict[str, list[float]] = {"page": [], "empty": []}
    for place in range(requests + 1):
        for name, url in (("page", address), ("empty", "/empty/")):
            began = time.perf_counter()
            response = client.get(url)
            seconds = time.perf_counter() - began
            assert response.status_code == 200, f"{url}: {response.status_code}"
            if place:  # the first of each compiles templates
                found[name].append(seconds)
    return found


def _queries(client: "Client", address: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    return len(asked)


def write_page(result: ResultFile, size: Size, page: str, timed: Timed) -> None:
    known = {"arm": page, "data": _data(size), "n": len(timed["page"])}
    milliseconds = [1_000 * one for one in timed["page"]]
    result.add(metric="server_ms_p50", **known, **quantile(milliseconds))
    result.add(metric="server_ms_p95", **known, **quantile(milliseconds, 0.95))
    result.add(metric="vs_empty_view", **known, **ratio(timed["page"], timed["empty"]))
    result.add(metric="queries", value=timed["queries"][0], **known)


def write_builders(result: ResultFile, size: Size, builders: dict[str, list[float]]) -> None:
    """Per call, most of them one a version; and all calls together."""
    for builder, seconds in builders.items():
        known = {"arm": builder, "data": _data(size), "n": len(seconds)}
        result.add(metric="build_seconds_p50", **known, **quantile(seconds))
        result.add(metric="build_seconds_all", value=sum(seconds), **known)


def _data(size: Size) -> str:
    return f"{size.comments:,} made-up comments, {size.versions} versions, {size.months} months"


def say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", flush=True)


if __name__ == "__main__":
    main()

"""What each page of the dashboard takes on the server, and how many queries, as multiples of an empty view.

    python -m benchmarks.dashboard_speed             (24 months, 20 versions, 20 subgroups)
    python -m benchmarks.dashboard_speed --quick     (a trial of the command, written to var/trial)

Summary rows are seeded into an empty test database (`BIASAPP_DB` says which), as many as the worker leaves of so many months, versions and
subgroups. Pages answer from these rows alone, so the number of comments behind them does not enter.
"""

import argparse
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.result_file import RESULTS, ROOT, ResultFile
from benchmarks.timings import quantile, ratio

if TYPE_CHECKING:
    from django.test import Client

    from modeling.models import Project

SPLITS = ("test", "audit", "gate")
PAGES = ("dashboard", "dashboard-curves", "dashboard-compare", "dashboard-losses")
NOTES = (
    "Milliseconds in one process, from the request to the whole page: middleware, queries, template. Each page turn about with an empty view that "
    "asks who is signed in; intervals by bootstrap over requests. Summary rows are seeded, so builders are not measured here."
)


@dataclass(frozen=True)
class Size:
    months: int
    versions: int
    subgroups: int
    requests: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    size = Size(3, 3, 3, 3) if options.quick else Size(24, 20, 20, 60)
    result = ResultFile("dashboard_speed", NOTES, directory=ROOT / "var" / "trial" if options.quick else RESULTS)
    for page, timed in measure(size).items():
        known = {"arm": page, "data": "seeded", "n": len(timed["page"])}
        result.add(metric="server_ms_p50", **known, **quantile([1_000 * one for one in timed["page"]]))
        result.add(metric="vs_empty_view", **known, **ratio(timed["page"], timed["empty"]))
        result.add(metric="queries", value=timed["queries"], **known)
    print(result.path)


def measure(size: Size) -> dict[str, dict[str, Any]]:
    """Seconds of each page and of the empty view, and queries, on a database that is gone afterwards."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.empty_view_settings"
    os.environ.setdefault("BIASAPP_TESTING", "1")
    import django

    django.setup()
    from django.test.runner import DiscoverRunner

    runner = DiscoverRunner(verbosity=0, interactive=False)
    runner.setup_test_environment()
    databases = runner.setup_databases()
    try:
        return measure_pages(size)
    finally:
        runner.teardown_databases(databases)
        runner.teardown_test_environment()


def measure_pages(size: Size) -> dict[str, dict[str, Any]]:
    from django.test import Client
    from django.urls import reverse

    from modeling.models import Role
    from tests.factories import make_member, make_project

    project = make_project()
    seed(project, size)
    client = Client()
    client.force_login(make_member(project, Role.LEAD))
    addresses = {page: reverse(f"modeling:{page}", args=[project.slug]) for page in PAGES}
    return {page: {**_timed(client, address, size.requests), "queries": _queries(client, address)} for page, address in addresses.items()}


def _timed(client: "Client", address: str, requests: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"page": [], "empty": []}
    for place in range(requests + 1):
        for name, url in (("page", address), ("empty", "/empty/")):
            began = time.perf_counter()
            response = client.get(url)
            seconds = time.perf_counter() - began
            assert response.status_code == 200, url
            if place:  # the first of each compiles templates
                found[name].append(seconds)
    return found


def _queries(client: "Client", address: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    return len(asked)


def seed(project: "Project", size: Size) -> None:
    """Versions that came into use one after the other, with all rows that their measuring leaves."""
    from modeling.models import VersionChange
    from tests.factories import make_version
    from tests.modeling.decided import losses, measure

    months = tuple(f"{2024 + place // 12}-{place % 12 + 1:02d}" for place in range(size.months))
    for number in range(size.versions):
        version = make_version(project, champion=True, arm="real" if number else "initial", loss_steps=losses(steps=2_000, arms=("real",)))
        for split in SPLITS:
            measure(version, split, 0.6 + 0.01 * number, months)
            _add_subgroups(version, split, size.subgroups)
        month = months[number * len(months) // size.versions]
        VersionChange.objects.filter(version=version).update(at=f"{month}-15T12:00Z", kind="promoted" if number else "installed")


def _add_subgroups(version: Any, split: str, count: int) -> None:
    """Besides those that `measure` has."""
    from modeling.labels import SUBGROUPS
    from modeling.measure_texts import SUBGROUP_TEXTS
    from modeling.models import CurveSummary, SubgroupScore

    like = CurveSummary.objects.get(version=version, split=split, subgroup="", month="")
    kept = {name: getattr(like, name) for name in ("n", "n_toxic", "levels", "flags", "roc", "bins")}
    names = [name for name in SUBGROUPS if not version.curves.filter(split=split, subgroup=name).exists()][:count]
    CurveSummary.objects.bulk_create(CurveSummary(version=version, split=split, subgroup=name, **kept) for name in names)
    figures = {"value": 0.7, "low": 0.65, "high": 0.75, "n": 90, "n_toxic": 40, "n_non_toxic": 90}
    SubgroupScore.objects.bulk_create(
        SubgroupScore(version=version, split=split, subgroup=name, measure=measure, **figures) for name in names for measure in SUBGROUP_TEXTS
    )


if __name__ == "__main__":
    main()

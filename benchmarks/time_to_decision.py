"""From the last label of a 500-label round to the verdict of its cycle, through the running site and its queues, on each lane.

One installation is prepared as `make demo` prepares it, but with a round of 250 comments by two scripted people each, answered but for one
label. Each run copies it, starts the site, submits the last label over HTTP, closes the round at once, and waits for the verdict. The clock
runs from that label's own time to the cycle's `decided_at`: joining the answers, waiting for the workers, all four arms, scoring, measuring
and the gate. All times are of the machine that the file names.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from benchmarks.result_file import RESULTS, ROOT, ResultFile
from benchmarks.small_site import Site, data_of_this_site, lead_token, prepare, set_up

ITEMS, OVERLAP, PEOPLE = 250, 2, 6
QUICK_ITEMS = 10
RUNS = {"fast": 3, "middle": 3, "full": 1}
PARTS = ("joined", "claimed", "decided")
LONGEST = 7_200.0


def main() -> None:
    options = _options()
    work = options.work.resolve()
    if options.run:
        print(json.dumps(one_run(work, options.run)), flush=True)
        return
    base = work / "base"
    subprocess.run([*_self(work, options.quick), "--prepare"], cwd=ROOT, check=True) if not (base / "ready").exists() else None
    notes = "Seconds from the last label of a round to its cycle's verdict, four arms; each run on its own copy of one installation."
    result = ResultFile("time_to_decision", notes, directory=ROOT / "var" / "trial" if options.quick else RESULTS)
    for lane in options.lanes:
        measure(
            result, work, lane, 1 if options.quick else RUNS[lane], labels=OVERLAP * (QUICK_ITEMS if options.quick else ITEMS), quick=options.quick
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lanes", nargs="+", choices=list(RUNS), default=None)
    parser.add_argument("--work", type=Path, default=None, help="installations that are made for it")
    parser.add_argument("--quick", action="store_true", help="20 labels on a few hundred comments, fast lane, as a trial")
    parser.add_argument("--prepare", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--run", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.work = options.work or ROOT / "var" / ("trial/time_to_decision" if options.quick else "time_to_decision")
    options.lanes = options.lanes or (["fast"] if options.quick else list(RUNS))
    if options.prepare:
        prepare_base(options.work.resolve() / "base", quick=options.quick)
        sys.exit()
    return options


def _self(work: Path, quick: bool) -> list[str]:
    """A process of its own for each installation: Django's settings are read once."""
    return [sys.executable, "-m", "benchmarks.time_to_decision", "--work", str(work), *(["--quick"] if quick else [])]


def prepare_base(base: Path, *, quick: bool) -> None:
    """The installation with its round answered but for one label."""
    base.mkdir(parents=True, exist_ok=True)
    if quick:
        prepare(base)
    else:
        set_up(base)
        _prepare_demonstration()
    items = QUICK_ITEMS if quick else ITEMS
    from modeling.models import Project

    project = Project.objects.get()
    if not project.rounds.filter(name="Timed").exists():
        settings = ["--items", str(items), "--overlap", str(OVERLAP), "--name", "Timed"]
        subprocess.run([sys.executable, "manage.py", "open_round", "--project", project.slug, *settings], cwd=ROOT, check=True)
    site = Site(base, lead_token())
    try:
        site.start()
        _answer(site, items * OVERLAP - 1 - _answered())
    finally:
        site.stop()
    (base / "ready").touch()


def _prepare_demonstration() -> None:
    """As `make demo` does, but for its round: that would leave too few comments for ours."""
    from django.core.management import call_command

    from biasapp.demonstration import steps

    call_command("migrate", verbosity=0)
    for step in steps():
        if step.name != "round" and not step.is_done():
            step.do(print)


def _answered() -> int:
    from feedback.models import Annotation

    return Annotation.objects.filter(item__round__name="Timed").count()


def _answer(site: Site, count: int) -> None:
    """By scripted people, over HTTP."""
    from feedback.models import AnnotationRound

    number = str(AnnotationRound.objects.get(name="Timed").number)
    command = [sys.executable, "manage.py", "simulate_annotators", "--project", "demonstration", "--round", number, "--url", site.address]
    if count > 0:
        subprocess.run([*command, "--annotators", str(PEOPLE), "--limit", str(count)], cwd=ROOT, check=True, stdout=sys.stderr)


def measure(result: ResultFile, work: Path, lane: str, wanted: int, *, labels: int, quick: bool) -> None:
    """Runs that are missing; the row is written after each."""
    row = result.rows.get(("demo", lane, "seconds"), {})
    runs: list[dict[str, Any]] = list(row.get("runs", []))
    while len(runs) < wanted:
        copy = work / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(work / "base", copy, ignore=shutil.ignore_patterns("*.sock", "serve.lock", "log"))
        found = subprocess.run([*_self(work, quick), "--run", lane], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
        run = json.loads(found.stdout.strip().splitlines()[-1])
        result.data = [run.pop("data")]
        runs.append(run)
        seconds = np.array([run["decided"] for run in runs])
        low, high = _interval(seconds)
        print(f"{lane}: {seconds.mean():.1f} s ({len(runs)} of {wanted} runs): {runs[-1]}", flush=True)
        result.add(
            arm=lane, metric="seconds", value=float(seconds.mean()), low=low, high=high, n=labels, seeds=len(runs), unit="s", data="demo", runs=runs
        )


def _interval(seconds: np.ndarray) -> tuple[float | None, float | None]:
    """95 % of the mean by Student's t, over runs; none of one run."""
    if len(seconds) < 2:
        return None, None
    reach = stats.t.ppf(0.975, len(seconds) - 1) * seconds.std(ddof=1) / np.sqrt(len(seconds))
    return float(seconds.mean() - reach), float(seconds.mean() + reach)


def one_run(work: Path, lane: str) -> dict[str, Any]:
    """Seconds after the last label at which the answers were joined, the cycle was claimed, and it was decided; and the verdict."""
    set_up(work / "copy")
    from feedback.models import Annotation, AnnotationRound
    from modeling.models import Project

    Project.objects.update(cycle_lane=lane)
    round = AnnotationRound.objects.get(name="Timed")
    site = Site(work / "copy", lead_token())
    try:
        site.start()
        _answer(site, 1)
        last = Annotation.objects.filter(item__round=round).latest("created_at").created_at
        site.call("POST", f"/rounds/{round.pk}/close/", {"start_cycle": True})
        told = _wait(site, round)
    finally:
        site.stop()
    round.refresh_from_db()
    after = {"joined": round.batch.created_at.isoformat(), "claimed": told["started_at"], "decided": told["decided_at"]}
    return {part: _rounded(_seconds(last, after[part])) for part in PARTS} | {"verdict": told["state"], "data": data_of_this_site()}


def _wait(site: Site, round: Any) -> dict[str, Any]:
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        time.sleep(0.5)
        round.refresh_from_db()
        if round.cycle_id is None:
            continue
        told = site.call("GET", f"cycles/{round.cycle.number}/")
        if told["state"] in ("eligible", "held", "promoted"):
            return told
        if told["state"] in ("failed", "cancelled"):
            raise RuntimeError(f"the cycle {told['state']}: {told['error']}")
    raise RuntimeError("no verdict came")


def _seconds(since: datetime, at: str) -> float:
    return (datetime.fromisoformat(at) - since).total_seconds()


def _rounded(seconds: float) -> float:
    return float(np.round(seconds, 2))


if __name__ == "__main__":
    os.environ.setdefault("BIASAPP_LOG_LEVEL", "WARNING")
    main()

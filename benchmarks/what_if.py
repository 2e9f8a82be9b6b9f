"""What twenty variants of a comment take over HTTP, while a cycle trains beside them and while nothing does.

    python -m benchmarks.what_if --base DIR     (DIR: an installation with a model in use; it is copied)
    python -m benchmarks.what_if --quick     (a trial of the command, on a few hundred comments, written to var/trial)

One client on this machine asks the running site, one request after the other: what if with twenty swaps of a comment, and, turn about, a plain
prediction of the same comment. First while nothing trains, then while a middle-lane cycle does; requests that began or ended outside its
training are not counted.
"""

import argparse
import os
import shutil
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks.result_file import RESULTS, ROOT, ResultFile
from benchmarks.small_site import Site, describe_data, hand_in_labels, lead_token, prepare, set_up
from benchmarks.timings import quantile, ratio

REQUESTS, QUICK_REQUESTS = 300, 10
VARIANTS = 20
NAMES_MANY = "My Mexican neighbour says the same."
"""Added to each comment, so that twenty others can stand in its place."""

LONGEST = 1_800.0
NOTES = (
    "Milliseconds at the client, one request after the other over HTTP on this machine, of the site as `make demo` starts it: web server, two "
    "queues and the model server share the cores with the training. twenty_variants: what if, a comment of the pool with a sentence added and "
    "twenty swaps of it, twenty-one texts in one batch; plain_prediction: the score of the same comment, turn about. *_idle: nothing trains; the "
    "others: while a middle-lane cycle trains. Intervals by bootstrap over requests. vs_plain and training_vs_idle: ratios of medians."
)
Timings = dict[str, list[float]]


def main() -> None:
    options = _options()
    site = _site(options)
    result = ResultFile("what_if", NOTES, directory=ROOT / "var" / "trial" if options.quick else RESULTS)
    describe_data(result)
    wanted = QUICK_REQUESTS if options.quick else REQUESTS
    try:
        site.start()
        texts = cycle(_texts())
        _warm(site, next(texts))
        idle = measure(site, texts, wanted)
        training = measure_beside_training(site, texts, wanted)
    finally:
        site.stop()
    write(result, idle, "_idle")
    write(result, training, "")
    medians = {"unit": "x", "data": "demo", "n": len(training["twenty_variants"]), "metric": "p50_ratio"}
    for arm, above, below in (
        ("twenty_variants_vs_plain_prediction", training["twenty_variants"], training["plain_prediction"]),
        ("training_vs_idle", training["twenty_variants"], idle["twenty_variants"]),
    ):
        result.add(**{**medians, "arm": arm, **ratio(above, below)})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, help="an installation with a model in use, which is copied")
    parser.add_argument("--work", type=Path, default=None, help="where the copy works")
    parser.add_argument("--quick", action="store_true", help="a few requests on a few hundred comments, as a trial")
    options = parser.parse_args()
    if not options.quick and options.base is None:
        parser.error("--base names the installation, or --quick makes a small one")
    options.work = (options.work or ROOT / "var" / ("trial/what_if" if options.quick else "what_if")).resolve()
    return options


def _site(options: argparse.Namespace) -> Site:
    """The installation, with labels to train on."""
    if options.base is None:
        options.work.mkdir(parents=True, exist_ok=True)
        return Site(options.work, prepare(options.work))
    shutil.rmtree(options.work, ignore_errors=True)
    shutil.copytree(options.base, options.work, ignore=shutil.ignore_patterns("*.sock", "*.lock", "log"))
    set_up(options.work)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from modeling.models import FeedbackBatch, Project

    if not FeedbackBatch.objects.exists():
        hand_in_labels(Project.objects.get())
    return Site(options.work, lead_token())


def _texts() -> list[str]:
    from modeling.labels import Split
    from modeling.ml.what_if import swaps
    from modeling.models import Comment

    pool = Comment.objects.filter(split=Split.POOL).order_by("text_hash").values_list("text", flat=True)[:REQUESTS]
    return [text for text in (f"{comment} {NAMES_MANY}" for comment in pool) if len(swaps(text)) == VARIANTS]


def _warm(site: Site, text: str) -> None:
    """The model server loads the version at its first request, and starts after the web server does."""
    deadline = time.monotonic() + 120
    while "refused" in site.patiently("POST", "what-if/", {"text": text, "kind": "swap"}):
        if time.monotonic() > deadline:
            raise RuntimeError("the model server does not answer")
        time.sleep(0.5)


def measure(site: Site, texts: Iterator[str], wanted: int) -> Timings:
    return _gather([_ask(site, next(texts)) for _ in range(wanted)])


def measure_beside_training(site: Site, texts: Iterator[str], wanted: int) -> Timings:
    """In as many cycles as it takes; each must be over before the next may be asked for."""
    found: list[dict[str, float]] = []
    deadline = time.monotonic() + LONGEST
    for seed in range(1, 100):
        number = site.patiently("POST", "cycles/", {"lane": "middle", "seed": seed})["number"]
        while len(found) < wanted and (state := _state(site, number)) in ("requested", "training"):
            if time.monotonic() > deadline:
                raise RuntimeError("no training took long enough")
            if state == "requested":
                time.sleep(0.2)
                continue
            timed = _ask(site, next(texts))
            if _state(site, number) == "training":
                found.append(timed)
        print(f"{len(found)} of {wanted} requests beside cycle {number}", flush=True)
        if len(found) >= wanted:
            return _gather(found)
        while _state(site, number) in ("requested", "training", "evaluating"):
            time.sleep(0.5)
    raise RuntimeError("a hundred cycles were too short")


def _state(site: Site, number: int) -> str:
    return str(site.patiently("GET", f"cycles/{number}/")["state"])


def _ask(site: Site, text: str) -> dict[str, float]:
    """Milliseconds of both requests."""
    begun = time.perf_counter()
    told = site.call("POST", "what-if/", {"text": text, "kind": "swap"})
    between = time.perf_counter()
    plain = site.call("POST", "score/", {"texts": [text]})
    ended = time.perf_counter()
    if len(told.get("variants", ())) != VARIANTS or "scores" not in plain:
        raise RuntimeError(f"not answered: {told.get('refused')} {plain.get('refused')}")
    return {"twenty_variants": 1e3 * (between - begun), "plain_prediction": 1e3 * (ended - between)}


def _gather(rows: list[dict[str, float]]) -> Timings:
    return {arm: [row[arm] for row in rows] for arm in ("twenty_variants", "plain_prediction")}


def write(result: ResultFile, timings: Timings, suffix: str) -> None:
    for arm, values in timings.items():
        for level in (50, 95):
            about: dict[str, Any] = {"arm": f"{arm}{suffix}", "metric": f"p{level}_ms", "unit": "ms", "data": "demo", "n": len(values)}
            result.add(**about, **quantile(values, level / 100))


if __name__ == "__main__":
    os.environ.setdefault("BIASAPP_LOG_LEVEL", "WARNING")
    main()

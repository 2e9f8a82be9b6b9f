"""Roll-back: the version that comes back is scored again from its weights by the engine that serves, and every prediction is as before.

On one small installation a fast-lane, a middle-lane and another fast-lane candidate come into use, one after the other, and are rolled back
one by one. Nothing is read from the stored rows but to compare with them. identical: 1 when not one probability of one comment differs in
one bit; largest: the largest difference. With `--engines openvino` every version is served by an OpenVINO engine.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.result_file import RESULTS, ROOT, ResultFile
from benchmarks.small_site import data_of_this_site, prepare

ENGINES = ("torch", "openvino")
BROUGHT = ("fast", "middle", "fast")
"""Rolled back in turn, the middle, the first fast and the full lane's first version come back."""


def main() -> None:
    options = _options()
    if options.run:
        rows = one_engine(options.work.resolve() / options.run, options.run)
        print(json.dumps({"rows": rows, "data": data_of_this_site()}), flush=True)
        return
    directory = ROOT / "var" / "trial" if options.quick else RESULTS
    result = ResultFile("roll_back", "A version rolled back to, scored again from its weights in a process of its own.", directory=directory)
    for engine in options.engines:
        if ("demo", f"middle_{engine}", "identical") in result.rows and not options.again:
            continue
        # Made anew: what was rolled back once cannot be rolled back again.
        shutil.rmtree(options.work / engine, ignore_errors=True)
        command = [sys.executable, "-m", "benchmarks.roll_back", "--run", engine, "--work", str(options.work)]
        found = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
        told = json.loads(found.stdout.strip().splitlines()[-1])
        result.data = [told["data"]]
        for row in told["rows"]:
            arm = f"{row['lane']}_{engine}"
            facts = {"arm": arm, "data": "demo", "n": row["n"], "engine": row["engine"]}
            result.add(metric="identical", value=int(row["differing"] == 0), **facts)
            result.add(metric="largest", value=row["largest"], **facts)
            print(f"{arm}: {row}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--work", type=Path, default=ROOT / "var" / "roll_back", help="installations that are made for it")
    parser.add_argument("--again", action="store_true", help="also what has a row already")
    parser.add_argument("--quick", action="store_true", help="a trial, whose figures are no results")
    parser.add_argument("--run", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def one_engine(work: Path, engine: str) -> list[dict[str, Any]]:
    """What each version that came back said again."""
    work.mkdir(parents=True, exist_ok=True)
    prepare(work, BIASAPP_ENGINE=engine)
    from modeling.models import Project

    project = Project.objects.get()
    for lane in BROUGHT:
        _bring_into_use(project, lane)
    found: list[dict[str, Any]] = []
    while len(found) < len(BROUGHT):
        project.refresh_from_db()
        in_use = ("--in-use", str(project.champion.number))
        _manage("roll_back", "--project", project.slug, *in_use, "--reason", "to see that it comes back as it was")
        project.refresh_from_db()
        found.append(_said_again(project))
    return found


def _bring_into_use(project: Any, lane: str) -> None:
    """By the product's commands, each in a process of its own; against the gate where it holds, since the gate is no question here."""
    _manage("run_cycle", "--project", project.slug, "--lane", lane)
    _manage("promote", "--project", project.slug, "--cycle", str(project.cycles.first().number), "--reason", "to go back from it")
    _manage("score_comments", "--project", project.slug)


def _said_again(project: Any) -> dict[str, Any]:
    from modeling.pipeline.rescore import rescore

    again = rescore(version=project.champion)
    return {"lane": project.champion.lane, "engine": again.engine, "n": again.n, "differing": again.differing, "largest": again.largest}


def _manage(*arguments: str) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    main()

"""Social dynamics on the demonstration's data: does the share of the maps on a planted word, and on identity words, fall when a version is retrained?

    python -m benchmarks.social_dynamics [--base DIR] [--parts planted cycle]
    python -m benchmarks.social_dynamics --quick     (a trial on an eighth of the comments, written to var/trial)

Each part is played in an installation of its own by `play_social_dynamics`. `--base`: an installation of the demonstration whose round is answered
(as `time_to_decision` leaves it), of which the cycle's part takes a copy instead of making one.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.explanation_corpus import SHORTCUT
from benchmarks.result_file import RESULTS, ROOT, ResultFile
from modeling.measures.statistics import wilson

PARTS = ("planted", "cycle")
NOTES = (
    "Shares of a map's figures, without their sign, that lie on the words in question; means over comments of test and audit, which no version "
    "learns from, with 95 % intervals whose errors are clustered by original (Student's t). `chance`: the same figures handed out anew among the "
    "words of each comment. `change`: after minus before on the same comments; `fell` is true where the whole interval lies below 0, false where "
    "it does not, and null where there are too few comments or originals. planted: a nonsense word in copies of 6 % of train, high for it; before: "
    "trained with them, after: without (plain cross-entropy, full lane). called_high: share of harmless comments holding the word that are called "
    "high; how many of them are without the word was not measured. cycle: one round of the demonstration's scripted annotators, a cycle on the "
    "middle lane (the candidate without control arms), promoted by the lead; promoted_by_override: whether the gate had held it (1) or not (0). "
    "Versions that are trained here are computed by torch."
)
Facts = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS)
    parser.add_argument("--base", type=Path, help="an installation whose round is answered")
    parser.add_argument("--work", type=Path, help="where played parts are kept")
    parser.add_argument("--quick", action="store_true", help="a trial on an eighth of the comments: not a result")
    options = parser.parse_args()
    work = (options.work or ROOT / "var" / ("trial/social_dynamics" if options.quick else "social_dynamics")).resolve()
    result = ResultFile("social_dynamics", NOTES, directory=ROOT / "var" / "trial" if options.quick else RESULTS)
    for part in options.parts:
        report(result, part, play(part, work, options.base, options.quick))


def play(part: str, work: Path, base: Path | None, quick: bool) -> Facts:
    """A part that was played is not played again; one that was stopped begins anew."""
    facts, own = work / f"{part}.json", work / part
    if not facts.exists():
        work.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(own, ignore_errors=True)
        if part == "cycle" and base:
            shutil.copytree(base, own, ignore=shutil.ignore_patterns("*.lock", "log"))
        settings = {"BIASAPP_VAR": str(own), "BIASAPP_DEMO": "1", "BIASAPP_TESTING": "1", "BIASAPP_ENGINE": "torch", "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "benchmarks.play_social_dynamics", part, str(work), "quick" if quick else "whole"]
        subprocess.run(command, cwd=ROOT, env={**os.environ, **settings}, check=True)
    return json.loads(facts.read_text())


def report(result: ResultFile, part: str, facts: Facts) -> None:
    source = facts["data"]
    result.describe_data(source["name"], [Path(path) for path in source["files"]], source["rows"])
    if "verdict" in facts:
        more = {name: facts[name] for name in ("verdict", "reasons")}
        override = float(facts["promoted_by_override"])
        result.add(arm=part, metric="promoted_by_override", value=override, data="demo", n=facts["annotations"], unit="annotations", **more)
    for row in facts["shares"]:
        chance = {name: row[name] for name in ("chance", "chance_low", "chance_high", "families")}
        figures = {"value": row["share"], "low": row["low"], "high": row["high"], "n": row["n"]}
        result.add(arm=arm_of(part, row), metric=f"share_{row['when']}", data="demo", **figures, **chance)
    for row in facts["changes"]:
        figures = {"value": row["difference"], "low": row["low"], "high": row["high"], "n": row["n"]}
        more = {"before": row["before"], "after": row["after"], "families": row["families"], "fell": fell(row)}
        result.add(arm=arm_of(part, row), metric="change", data="demo", **figures, **more)
        print(
            f"{arm_of(part, row):60} {row['before']} -> {row['after']}: {row['difference']} ({row['low']} to {row['high']}), n {row['n']}", flush=True
        )
    for when, (version, found) in zip(("before", "after"), sorted(facts.get("called_high", {}).items()), strict=False):
        low, high = wilson(found["high"], found["n"])
        figures = {"value": found["high"] / found["n"], "low": low, "high": high, "n": found["n"]}
        result.add(arm="planted", metric=f"called_high_{when}", data="demo", version=version, **figures)


def arm_of(part: str, row: Facts) -> str:
    """`planted_attention_shortcut`, `cycle_gradient_x_attention_all`."""
    subject = {"": "all", f"word:{SHORTCUT}": "shortcut"}.get(row["subject"], row["subject"])
    return f"{part}_{row['engine']}_{subject}"


def fell(row: Facts) -> bool | None:
    return None if row["high"] is None else row["high"] < 0


if __name__ == "__main__":
    main()

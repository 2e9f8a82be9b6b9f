"""The gate, measured: how often it rejects where there is nothing, how often it promotes what gains nothing, how often it sees a gain.

    python -m benchmarks.gate null_draws          (after `feedback_effect`, whose cycles it takes the predictions from)
    python -m benchmarks.gate few_families
    python -m benchmarks.gate seed_only --processes 2
    python -m benchmarks.gate planted --processes 2
    python -m benchmarks.gate agreement           (after `feedback_effect`)
    python -m benchmarks.gate planted --quick     (a trial of a part, written to var/trial)

null_draws: the champion's and the candidate's predictions are exchanged at random, by comment and by family, 2,000 times each, and the gate's
primary test is taken each time. few_families: the same in made-up worlds of few families in which neither version is better. seed_only:
champion and candidate of the fast lane differ in nothing but the seed of the bootstrap that their train families were drawn with. planted: a
bias of three strengths, one round of labels by scripted annotators, a fast-lane candidate, judged on gates of several sizes. Finished runs are
kept in --work and not run again; every process has one thread.
"""

import argparse
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy.stats import binom

from benchmarks import few_families as worlds_of_few
from benchmarks.result_file import RESULTS, ROOT, ResultFile
from modeling.config import GateConfig
from modeling.measures.data import Scored
from modeling.measures.gate import decide, primary_test
from modeling.measures.statistics import wilson

DRAWS, SEED_RUNS, PLANTED_RUNS = 2_000, 200, 40
STRENGTHS = {"small": 0.25, "medium": 0.5, "large": 0.95}
"""Share of the comments of train that can be slandered and are; the demonstration's own is the last."""

SHORT = GateConfig(primary_resamples=480)
"""For tests by the thousand: so few exchanges that two of them are .05/12, which leaves the test its level and some power aside."""

TIMES = (1, 2, 4)
"""Sizes of the gate, as multiples of the demonstration's own number of families."""

ITEMS = 350
UNDEFINED = 0.05
"""Drawn gates that may lack the families for a test: counted as not promoted, and stated. With more, there is no result."""
NOTES = (
    "null_draws: predictions on gate of a champion and a middle-lane candidate (seed 0 of feedback_effect), exchanged per comment, or per family "
    "(null_draws_by_family). All tests here are made of 480 exchanges each, where the product makes 10,000. Rejections "
    "of the one-sided primary test (jigsaw_score) at .05 and at .05/12; allowed: 95 % of what chance gives a test of exactly that level. "
    "few_families_MEASURE_T_N: the same on made-up comments of T toxic and N non-toxic families, whose two versions err alike; few_families_unlike: "
    "the candidate errs about toxic families, the champion as much about the others; few_families_t: Student's t, by which harm to a "
    "subgroup's AUCs is judged. "
    "seed_only: fast lane over the published encoder; champion and candidate are trained on train families drawn with replacement by two "
    "seeds, nothing else differs; gate: as many families of each kind (toxic or not, first subgroup mentioned) as the demonstration's, drawn "
    "with replacement from gate, test and audit; the large "
    "reserve is all of these, from which the gate was drawn, so that the truth is known; false: promoted although the reserve shows no gain. "
    "planted_*: small, medium and large slander .25, .5 and .95 of the harmless comments of train that it can (the demonstration: .95); "
    "one round of 350 comments, six scripted annotators of accuracy .85, three answers each; promotion_rate: eligible by all rules at the "
    "size of the demonstration's gate; promotion_rate_x2, _x4: on gates of that many times its families, drawn with replacement from "
    "the same ones, so that these rows tell what more of the same would show; primary_rate: the primary test alone; held_by: how many runs each "
    "rule held. unslandered_*: the same for a candidate that was trained on train without the plant, and on nobody's labels. Interval: "
    "Wilson over runs."
)

Run = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["null_draws", "few_families", "seed_only", "planted", "agreement"])
    parser.add_argument("--work", type=Path, default=ROOT / "var" / "gate", help="where finished runs are kept")
    parser.add_argument("--played", type=Path, default=ROOT / "var" / "feedback_effect", help="where `feedback_effect` keeps its cycles")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="a trial of the command, not a result")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.work, arguments.played = ROOT / "var" / "trial" / "gate", ROOT / "var" / "trial" / "feedback_effect"
    arguments.work.mkdir(parents=True, exist_ok=True)
    result = ResultFile("gate", notes=NOTES, directory=ROOT / "var" / "trial" if arguments.quick else RESULTS)
    parts = {"null_draws": null_draws, "few_families": few_families, "seed_only": seed_only, "planted": planted, "agreement": agreement}
    parts[arguments.part](result, arguments)


def null_draws(result: ResultFile, arguments: argparse.Namespace) -> None:
    draws = 50 if arguments.quick else DRAWS
    for data in ("demo", "real"):
        path = arguments.played / f"{data}-0.npz"
        if not path.exists():
            print(f"{data}: no cycle has been played yet; run `python -m benchmarks.feedback_effect {data}` first")
            continue
        from benchmarks.played import read_scored

        champion, candidate = (read_scored(path, "gate", role) for role in ("champion", "real"))
        for arm, by_comment in {"null_draws": True, "null_draws_by_family": False}.items():
            add_levels(result, arm, data, exchanged_tests(champion, candidate, draws, by_comment=by_comment), gate_comments=len(champion))


def few_families(result: ResultFile, arguments: argparse.Namespace) -> None:
    """Of made-up worlds: the primary test, and Student's t, by which harm to a subgroup's AUCs is judged."""
    draws = 50 if arguments.quick else DRAWS
    worlds = [("roc_auc", False), *((measure, True) for measure in worlds_of_few.MEASURES)]
    for (measure, alike), (toxic, non_toxic) in product(worlds, worlds_of_few.sides()):
        for test, p_values in worlds_of_few.null_tests(measure, toxic, non_toxic, draws, SHORT, alike=alike).items():
            arm = f"few_families_{'' if test == 'primary' else 't_'}{'' if alike else 'unlike_'}{measure}_{toxic}_{non_toxic}"
            add_levels(result, arm, "made up", p_values)


def add_levels(result: ResultFile, arm: str, data: str, p_values: Sequence[float], **more: Any) -> None:
    """The share of rejections at both levels, beside what chance gives a test of exactly that level."""
    found = sound(p_values)
    for name, level in (("rejection_rate_05", 0.05), ("rejection_rate_004", GateConfig().primary_alpha)):
        low, high = (float(limit) / len(found) for limit in binom.interval(0.95, len(found), level))
        add_rate(result, arm, name, int((found <= level).sum()), len(found), data, allowed_low=low, allowed_high=high, level=level, **more)


def exchanged_tests(champion: Scored, candidate: Scored, draws: int, *, by_comment: bool) -> list[float]:
    """p of the primary test after each exchange, comment by comment or family by family."""
    rng = np.random.default_rng(0)
    unit = np.arange(len(champion)) if by_comment else np.unique(champion.cluster, return_inverse=True)[1]
    found = []
    for draw in range(draws):
        swap = (rng.random(unit.max() + 1) < 0.5)[unit][:, None]
        first = _with(champion, np.where(swap, candidate.p, champion.p))
        second = _with(candidate, np.where(swap, champion.p, candidate.p))
        found.append(primary_test(first, second, replace(SHORT, seed=draw)).p_value)
    return found


def sound(p_values: Sequence[float], undefined: float = 0.0) -> np.ndarray:
    """What cannot be tested rejects nothing, and would pass for a test that holds its level.

    Raises ValueError where more than this share of the p-values is undefined.
    """
    found = np.array(p_values, dtype=np.float64)
    if np.isnan(found).mean() > undefined:
        raise ValueError(f"{np.isnan(found).sum()} of {len(found)} tests could not be taken, so their share of rejections says nothing")
    return found


def _with(scored: Scored, p: np.ndarray) -> Scored:
    return replace(scored, p=p)


def seed_only(result: ResultFile, arguments: argparse.Namespace) -> None:
    count = 3 if arguments.quick else SEED_RUNS
    runs = in_processes(partial(_seed_run, quick=arguments.quick, work=arguments.work), count, arguments, "seed_only")
    untested = int(np.isnan(sound([run["p"] for run in runs], UNDEFINED)).sum())
    facts = {"gate_families": runs[0]["gate_families"], "promoted": sum(run["eligible"] for run in runs), "untested": untested}
    false = sum(run["eligible"] and run["reserve_gain"] <= 0 for run in runs)
    add_rate(result, "seed_only", "false_promotion_rate", false, len(runs), "demo", **facts)
    at_05 = sum(run["p"] <= 0.05 and run["reserve_gain"] <= 0 for run in runs)
    add_rate(result, "seed_only", "false_primary_rate_05", at_05, len(runs), "demo", **facts)


def _seed_run(seed: int, quick: bool, work: Path) -> Run:
    world = world_of("large", quick, work)
    champion, candidate = (world.solve(world.bootstrapped(np.random.default_rng([seed, side]))) for side in (0, 1))
    found = judged(world, champion, candidate, 1, seed)
    reserve = world.judged
    of = [world.scored(version, reserve, world.family[reserve]) for version in (champion, candidate)]
    return {**found, "reserve_gain": primary_test(*of, SHORT).difference}


def planted(result: ResultFile, arguments: argparse.Namespace) -> None:
    """How often the candidate of one round is promoted, and how often one is that was trained without the plant."""
    for strength, (arm, task) in product(STRENGTHS, {"planted": _planted_run, "unslandered": _unslandered_run}.items()):
        run = partial(task, strength=strength, quick=arguments.quick, work=arguments.work)
        runs = in_processes(run, 2 if arguments.quick else PLANTED_RUNS, arguments, f"{arm}_{strength}")
        for place, times in enumerate(TIMES):
            add_power(result, f"{arm}_{strength}", "" if times == 1 else f"_x{times}", [run["gates"][place] for run in runs])


def add_power(result: ResultFile, arm: str, tail: str, of: list[Run]) -> None:
    facts: Run = {"gate_families": of[0]["gate_families"], "gate_comments": round(float(np.mean([one["n"] for one in of])))}
    facts["held_by"] = {rule: sum(rule in one["held_by"] for one in of) for rule in ("primary", "not_worse", "subgroups")}
    untested = int(np.isnan(sound([one["p"] for one in of], UNDEFINED)).sum())
    facts |= {"gain": float(np.nanmean([one["gain"] for one in of])), "untested": untested}
    add_rate(result, arm, f"promotion_rate{tail}", sum(one["eligible"] for one in of), len(of), "demo", **facts)
    add_rate(result, arm, f"primary_rate{tail}", sum("primary" not in one["held_by"] for one in of), len(of), "demo")


def _planted_run(seed: int, strength: str, quick: bool, work: Path) -> Run:
    from benchmarks.gate_world import people_say

    world = world_of(strength, quick, work)
    candidate = world.solve(*people_say(world, world.champion, 20 if quick else ITEMS, seed))
    return {"gates": [judged(world, world.champion, candidate, times, seed) for times in TIMES]}


def _unslandered_run(seed: int, strength: str, quick: bool, work: Path) -> Run:
    """The same gates as in `_planted_run`."""
    world = world_of(strength, quick, work)
    return {"gates": [judged(world, world.champion, world.honest, times, seed) for times in TIMES]}


def judged(world: Any, champion: Any, candidate: Any, times: int, seed: int) -> Run:
    """All rules of the gate on one drawn gate."""
    rows, cluster = world.draw_gate(times, np.random.default_rng([seed, times]))
    decision = decide(*(world.scored(version, rows, cluster) for version in (champion, candidate)), replace(SHORT, seed=seed))
    rules = {
        "primary": decision.primary.passed,
        "not_worse": all(check.passed is not False for check in decision.checks),
        "subgroups": all(test.status != "harmed" for test in decision.subgroups),
    }
    held_by = [rule for rule, passed in rules.items() if not passed]
    found = {"eligible": bool(decision.eligible), "gain": decision.primary.difference, "p": decision.primary.p_value}
    return {**found, "held_by": held_by, "n": decision.n, "gate_families": int(cluster.max()) + 1}


_worlds: dict[str, Any] = {}


def world_of(strength: str, quick: bool, work: Path) -> Any:
    """Made once in each process."""
    if strength not in _worlds:
        import torch

        from benchmarks.gate_world import World

        set_up_django()
        torch.set_num_threads(1)
        _worlds.clear()
        _worlds[strength] = World(STRENGTHS[strength], work, most=120 if quick else None)
    return _worlds[strength]


def set_up_django() -> None:
    """Some functions of the product stand in modules beside its models; no database is asked."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "biasapp.settings")
    os.environ.setdefault("BIASAPP_TESTING", "1")
    django.setup()


def in_processes(task: Callable[[int], Run], count: int, arguments: argparse.Namespace, name: str) -> list[Run]:
    """The runs 0 to count - 1, each kept as a file as soon as it is done."""
    folder = arguments.work / name
    folder.mkdir(parents=True, exist_ok=True)
    missing = [seed for seed in range(count) if not (folder / f"{seed}.json").exists()]
    if missing:
        if not any(arguments.work.glob("*vectors*.npz")):  # by one process only
            task(missing[0])
        with get_context("spawn").Pool(arguments.processes) as pool:
            for done, seed in enumerate(pool.imap_unordered(partial(_keep, task=task, folder=folder), missing), 1):
                print(f"{name}: {done} of {len(missing)} (run {seed})", flush=True)
    return [json.loads((folder / f"{seed}.json").read_text()) for seed in range(count)]


def _keep(seed: int, task: Callable[[int], Run], folder: Path) -> int:
    found = json.dumps(task(seed))
    part = folder / f"{seed}.part"
    part.write_text(found)
    part.replace(folder / f"{seed}.json")
    return seed


def agreement(result: ResultFile, arguments: argparse.Namespace) -> None:
    """Verdicts of the middle lane and of the fast lane on the same labels and the same gate."""
    files = sorted(path for data in ("demo", "real") for path in arguments.played.glob(f"{data}-*.json"))
    facts = [json.loads(path.read_text()) for path in files]
    same = sum(fact["verdict"] == fact["fast_verdict"] for fact in facts)
    cycles = [{"cycle": path.stem, "middle": fact["verdict"], "fast": fact["fast_verdict"]} for path, fact in zip(files, facts, strict=True)]
    if cycles:
        add_rate(result, "middle_vs_fast", "same_verdict", same, len(cycles), "demo and real", cycles=cycles)


def add_rate(result: ResultFile, arm: str, metric: str, hits: int, n: int, data: str, **more: Any) -> None:
    low, high = wilson(hits, n)
    print(f"{data:5} {arm:16} {metric:24} {hits / n:.4f} ({low:.4f} to {high:.4f})  n = {n}", flush=True)
    result.add(arm=arm, metric=metric, value=hits / n, low=low, high=high, data=data, n=n, **more)


if __name__ == "__main__":
    main()

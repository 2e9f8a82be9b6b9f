"""Every term of the loss, one at a time, on real comments: what it does to accuracy, to bias, and to people who are attacked.

    python -m benchmarks.loss_ablation run --data DIR [--processes 2]
    python -m benchmarks.loss_ablation report --data DIR

`run` trains every arm on the middle lane from the published encoder, over states of layer 4 that are computed once per process, and
keeps what each run predicts in --work: a run that is there is not run again, so it can be stopped and resumed at any time. `report`
makes the rows. Choose on gate and on the half `madlibs_chosen_on`; quote `real`, the sources, `madlibs` and `swap_probe`.
"""

import argparse
import os
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks.ablation_runs import ARMS, Runner, load_world
from benchmarks.result_file import ROOT, ResultFile
from modeling.ml.swaps import SWAP_AXES

SEEDS_OF_MAIN_ARMS, SEEDS = 5, 3
MAIN_ARMS = ("cross_entropy", "printed_kl", "default")
NOTES = (
    "Middle lane (top two layers and head) from the published encoder; the arms differ from `default` only as their name says. "
    "Comments: HateXplain val, Davidson, Civil Comments, EDOS, Hatemoji, masked, each text once, split by its hash; of train at most "
    "1,600 of a source. Subgroups of `real` are mentions by our term list with at least 30 toxic and 30 harmless comments in test. "
    "Civil, EDOS and Hatemoji say only toxic or not and are measured as binary. attack_recall: share flagged of toxic test comments whose "
    "source says that a subgroup is attacked; attack_worst_bnsp: the lowest AUC, over the subgroups that at least 30 toxic test comments "
    "attack by their source's labels, of these against harmless test comments that mention nobody (n: the attacks). madlibs: the half of the "
    "templates (by their words of praise and blame) that nothing was chosen on; some of its 50 terms are in the swap table. The statements "
    "of `default` share the shapes of madlibs' sentences (Being X is ...) and "
    "words of praise and blame of the half that was chosen on, none of the other half's. swap_probe: terms that are in no training, and frames "
    "that share no three words in a row with a statement; flag_swap_rate: pairs of which one is flagged and the other not; "
    "hostile_flagged, harmless_flagged: shares of the probe's texts, as a model that flags nobody changes nothing under a swap either. "
    "feedback_*: `default` and 600 labels of pool comments that mention a subgroup, half of them harmless ones that plain CE of the same seed "
    "over-rates most. without_AXIS: `default` with that axis left out of the swap table and of the statements, one seed, "
    "so that its intervals leave out how much trainings differ. Intervals: comments, templates or frames resampled, "
    "and the t distribution over seeds."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["run", "report"])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIASAPP_DATA", ".")))
    parser.add_argument("--work", type=Path, default=ROOT / "var" / "loss_ablation", help="where finished runs are kept")
    parser.add_argument("--processes", type=int, default=1, help="each of one thread")
    parser.add_argument("--place", type=int, default=None, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    if arguments.part == "report":
        report(arguments)
    elif arguments.place is None:
        start(arguments)
    else:
        run(arguments)


def planned() -> list[tuple[str, int, dict[str, Any]]]:
    """(arm, seed, changes), the most wanted first: a run that is cut off still holds a table."""
    axes = {f"without_{axis.replace(' ', '_')}": {"axes_left_out": (axis,)} for axis in SWAP_AXES}
    others = [arm for arm in ARMS if arm not in MAIN_ARMS]
    main, rest = (product(range(SEEDS_OF_MAIN_ARMS), MAIN_ARMS), product(range(SEEDS), others))
    runs = sorted([*((seed, 0, arm) for seed, arm in main), *((seed, 1, arm) for seed, arm in rest), *((0, 2, arm) for arm in axes)], key=_turn)
    return [(arm, seed, (ARMS | axes)[arm]) for seed, _, arm in runs]


def _turn(run: tuple[int, int, str]) -> tuple[int, int]:
    """Three seeds of the main arms, one of all others, then the rest."""
    seed, kind, _ = run
    return (-1, seed) if kind == 0 and seed < SEEDS else (seed, kind)


def start(arguments: argparse.Namespace) -> None:
    """One process a core and one thread each: a step is too small to be shared by two."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "benchmarks.loss_ablation", "run", "--data", str(arguments.data), "--work", str(arguments.work)]
    command += ["--processes", str(arguments.processes)]
    children = [subprocess.Popen([*command, "--place", str(place)], cwd=ROOT, env=environment) for place in range(arguments.processes)]
    codes = [child.wait() for child in children]
    if any(codes):
        raise SystemExit("a process failed; run the same command again to go on")


def run(arguments: argparse.Namespace) -> None:
    world = load_world(arguments.data, arguments.work)
    runner = Runner(world)
    for arm, seed, changes in planned():
        if world.claim(arm, seed):
            runner.run(arm, seed, changes)


def report(arguments: argparse.Namespace) -> None:
    from benchmarks.ablation_corpus import FILES
    from benchmarks.ablation_report import Report, write_rows

    world = load_world(arguments.data, arguments.work)
    seeds: dict[str, list[int]] = {}
    for arm, seed, _ in planned():
        if world.path(arm, seed).exists():
            seeds.setdefault(arm, []).append(seed)
    result = ResultFile("loss_ablation", notes=NOTES)
    result.describe_data("real", [arguments.data / name for name in FILES], len(world.corpus))
    write_rows(result, Report(world), seeds)


if __name__ == "__main__":
    main()

"""Seeds that are played apart: each in a process and an installation of its own, with one thread. Finished seeds are kept in --work and not
played again; one that was stopped goes on where it was."""

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.result_file import RESULTS, ROOT, ResultFile

TRIALS = ROOT / "var" / "trial"


def add_seed_options(parser: argparse.ArgumentParser, name: str, seeds: int) -> None:
    """`name`: of the benchmark, and of the folder where it keeps its seeds."""
    parser.add_argument("--seeds", type=int, default=seeds)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIASAPP_DATA", ".")))
    parser.add_argument("--work", type=Path, default=ROOT / "var" / name, help="where finished seeds are kept")
    parser.add_argument("--quick", action="store_true", help="a trial of the command with one seed, written to var/trial: not a result")


def play_seeds(module: str, part: str, arguments: argparse.Namespace) -> list[Path]:
    """The files of all seeds. `module` plays one: PART SEED WORK DATA quick|whole."""
    with ThreadPoolExecutor(arguments.processes) as pool:
        return list(pool.map(lambda seed: _play(module, part, seed, arguments), range(1 if arguments.quick else arguments.seeds)))


def result_file(name: str, notes: str, *, quick: bool) -> ResultFile:
    return ResultFile(name, notes=notes, directory=TRIALS if quick else RESULTS)


def _play(module: str, part: str, seed: int, arguments: argparse.Namespace) -> Path:
    work: Path = TRIALS / arguments.work.name if arguments.quick else arguments.work
    path = work / f"{part}-{seed}.npz"
    if not path.exists():
        work.mkdir(parents=True, exist_ok=True)
        how = "quick" if arguments.quick else "whole"
        own = {"BIASAPP_VAR": str(work / f"{part}-{seed}"), "BIASAPP_DEMO": "1", "BIASAPP_TESTING": "1", "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", module, part, str(seed), str(work), str(arguments.data), how]
        subprocess.run(command, cwd=ROOT, env={**os.environ, **own}, check=True)
    return path

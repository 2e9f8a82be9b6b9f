"""What the L2 of the fast lane's head gives and takes (`TrainingConfig.l2`): on data that are slandered, and on real comments.

    python -m benchmarks.head_penalty demo --seeds 3
    python -m benchmarks.head_penalty real --data DIR --seeds 3
    python -m benchmarks.head_penalty demo --quick     (a trial of the command, written to var/trial)

The encoder is tuned by the full lane first, as the one in use is, and the heads are solved over it.
"""

import argparse
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from benchmarks.ablation_corpus import FILES, Corpus, load_corpus
from benchmarks.ablation_runs import MOST_TRAIN_OF_A_SOURCE
from benchmarks.draws import measure_draws
from benchmarks.gate import ITEMS, STRENGTHS, set_up_django
from benchmarks.result_file import ROOT, ResultFile
from benchmarks.seed_interval import add_figure
from benchmarks.seed_processes import result_file
from modeling.config import TrainingConfig
from modeling.labels import Lane, Split
from modeling.measures.data import Scored
from modeling.measures.overall import MEASURES

PENALTIES = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
SHOWN = ("jigsaw_score", "accuracy", "macro_f1", "mean_subgroup_fpr")
BASE_SHARE = 0.5
"""Of the real train comments, those on which the encoder is tuned; the head sees all of them, as after a month of new ones."""
TRIAL_ROWS = 200
NOTES = (
    "Heads of the fast lane over an encoder that the full lane tuned, by the L2 of the head. demo: the encoder is tuned on train of the "
    "demonstration data, slandered; base: with its own head. none: the head solved on train alone. real: on train, discounted, and one round "
    f"of {ITEMS} comments with three scripted answers each. unslandered: on train as it was before the plant. Measured on gate, test and audit "
    f"together. real: up to {MOST_TRAIN_OF_A_SOURCE:,} train comments each of five sources, the encoder tuned on half of them, the head solved "
    "on all, with nobody's labels; measured on test. Intervals: bootstrap of families (comments, for real) and t over the seeds."
)
Arms = Iterator[tuple[str, Scored]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["demo", "real"])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIASAPP_DATA", ".")))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a trial of the command, not a result")
    arguments = parser.parse_args()
    set_up_django()
    import torch

    torch.set_num_threads(1)
    result = result_file("head_penalty", NOTES, quick=arguments.quick)
    if arguments.part == "real":
        corpus = load_corpus(arguments.data)
        result.describe_data("real", [arguments.data / name for name in FILES], len(corpus))
        report(result, "real", lambda seed: of_real(corpus, seed, quick=arguments.quick), arguments)
    else:
        work = ROOT / "var" / ("trial" if arguments.quick else "") / "head_penalty"
        report(result, "demo", lambda seed: of_demo(work, seed, quick=arguments.quick), arguments)


def report(result: ResultFile, data: str, play: Callable[[int], Arms], arguments: argparse.Namespace) -> None:
    draws: dict[str, list[dict[str, np.ndarray]]] = {}
    for seed in range(1 if arguments.quick else arguments.seeds):
        for arm, scored in play(seed):
            draws.setdefault(arm, []).append(measure_draws(scored, SHOWN))
            print(f"{data} seed {seed}: {arm:24}", *(f"{name} {draws[arm][-1][name][0]:.3f}" for name in SHOWN), flush=True)
    for arm, of_seeds in draws.items():
        for name in SHOWN:
            add_figure(
                result, data=data, arm=arm, metric=name, draws=np.array([of[name] for of in of_seeds]), n=len(scored), leaning=MEASURES[name].leans
            )


def of_demo(work: Path, seed: int, *, quick: bool) -> Arms:
    from benchmarks.gate_world import World, people_say
    from modeling.ml.training import train_full

    world = World(STRENGTHS["large"], work, most=120 if quick else None)
    world = world.over(train_full(world.train, TrainingConfig(seed=seed, threads=1)).classifier)

    def scored(version: object) -> Scored:
        return world.scored(version, world.judged, world.family[world.judged])

    yield "base", scored(world.champion)
    for l2 in PENALTIES:
        world.config = replace(world.config, l2=l2)
        yield f"none_{l2:g}", scored(world.solve(world.train))
        yield f"real_{l2:g}", scored(world.solve(*people_say(world, world.champion, 20 if quick else ITEMS, seed)))
        yield f"unslandered_{l2:g}", scored(world.solve(world.unslandered_train))


def of_real(corpus: Corpus, seed: int, *, quick: bool) -> Arms:
    from benchmarks.gate_world import own_head
    from modeling.ml.data import build_training_data
    from modeling.ml.head import EmbeddingCache, train_fast
    from modeling.ml.training import train_full

    rng = np.random.default_rng(seed)
    most = TRIAL_ROWS if quick else MOST_TRAIN_OF_A_SOURCE
    of_sources = [np.flatnonzero(corpus.rows(Split.TRAIN) & (corpus.source == source)) for source in np.unique(corpus.source)]
    rows = np.sort(np.concatenate([rng.permutation(own)[:most] for own in of_sources]))
    config = TrainingConfig.for_lane(Lane.FAST, threads=1, seed=seed)
    data = build_training_data(texts=[corpus.texts[i] for i in rows], targets=corpus.target[rows], votes=corpus.votes[rows], config=config)
    base = train_full(data.take(rng.random(len(rows)) < BASE_SHARE), TrainingConfig(seed=seed, threads=1)).classifier
    cache = EmbeddingCache(base)
    judged = corpus.rows(Split.TEST)
    if quick:
        judged &= np.cumsum(judged) <= TRIAL_ROWS
    texts = corpus.take(judged)
    cache.add(texts)
    yield "base", corpus.scored(judged, own_head(base, cache.vectors(texts)), base.threshold)
    for l2 in PENALTIES:
        trained = train_fast(base, data, None, config.but(l2=l2), embeddings=cache).classifier
        yield f"none_{l2:g}", corpus.scored(judged, own_head(trained, cache.vectors(texts)), trained.threshold)


if __name__ == "__main__":
    main()

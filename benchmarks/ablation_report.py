"""From what the runs of the ablation predicted to rows of the result file: values over seeds, intervals, differences to plain CE.

Intervals: RESAMPLES bootstrap draws of what was sampled (comments; templates of madlibs; frames of the swap probe), the same for every
arm so that differences are paired, and the t distribution of the seeds' mean (`seed_interval`). Draws of measures that lean under the
bootstrap (worst values, gaps, means of absolute differences) are moved onto the value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from benchmarks.ablation_runs import World
from benchmarks.madlibs import MadlibsTable
from benchmarks.result_file import ResultFile
from benchmarks.seed_interval import seed_interval
from modeling.labels import TOXIC_TARGET, Split
from modeling.measures import battery
from modeling.measures.counterfactual import changed, jensen_shannon
from modeling.measures.data import Scored
from modeling.measures.intervals import is_point
from modeling.ml import probe_terms
from modeling.ml.thresholds import scores_of

RESAMPLES = 500
PLAIN = "cross_entropy"
PER_SOURCE = ("accuracy", "macro_f1", "mcc")
OVER_SUBGROUPS = ("jigsaw_score", "worst_bpsn", "worst_bnsp", "fpr_gap")
FEWEST_ATTACKS = 30
"""On a subgroup, for `attack_worst_bnsp`: as many as `worst_bnsp` asks toxic comments that mention it."""

LEANING = {"worst_bpsn", "worst_bnsp", "attack_worst_bnsp", "fpr_gap", "madlibs_fped", "madlibs_fned", "madlibs_bpsn"}

Draws = dict[tuple[str, str], np.ndarray]
"""{(data, measure): (1 + RESAMPLES,)}: the value itself, then its draws."""


@dataclass(frozen=True)
class Report:
    world: World

    def one(self, arm: str, seed: int) -> Draws:
        """Every measure of one run."""
        run = np.load(self.world.path(arm, seed))
        threshold = float(run["threshold"])
        test = self._scored(Split.TEST, run["test"], threshold)
        draws = dict(self._of_sources(test)) | self._of_comments("real", test, OVER_SUBGROUPS)
        attack = self.world.corpus.attack[self.world.corpus.rows(Split.TEST)]
        draws["real", "attack_recall"] = _of_shares(test.flagged[attack].astype(float), seed=1)
        draws["real", "attack_worst_bnsp"] = worst_bnsp(test.score, *self._attacks)
        draws |= self._of_madlibs(run["madlibs"], threshold)
        draws |= self._of_swaps(run["pair"], run["twin"], threshold)
        gate = self._scored(Split.GATE, run["gate"], threshold)
        return draws | {("gate", name): value for (_, name), value in self._of_comments("gate", gate, ("accuracy", "jigsaw_score")).items()}

    def _scored(self, split: Split, p: np.ndarray, threshold: float) -> Scored:
        return self.world.corpus.scored(self.world.corpus.rows(split), p, threshold)

    def _of_sources(self, test: Scored) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
        source = self.world.corpus.source[self.world.corpus.rows(Split.TEST)]
        for name in np.unique(source):
            yield from self._of_comments(str(name), test.where(source == name), PER_SOURCE).items()

    @staticmethod
    def _of_comments(data: str, scored: Scored, names: tuple[str, ...]) -> Draws:
        measured = battery.measure(scored, overall=names, per_subgroup=(), resamples=RESAMPLES, seed=0)
        return {(data, name): np.append(measured.value[i], measured.draws[:, i]) for i, name in enumerate(names)}

    def _of_madlibs(self, p: np.ndarray, threshold: float) -> Draws:
        draws = {}
        for half, data in ((0, "madlibs_chosen_on"), (1, "madlibs")):
            table = MadlibsTable(self.world.madlibs, half, scores_of(p), threshold)
            for name, values in table.measures(_weights(len(table.templates))).items():
                draws[data, name] = values
        return draws

    def _of_swaps(self, p: np.ndarray, twin: np.ndarray, threshold: float) -> Draws:
        """What a swap changes, and how much of the probe's hostility is flagged: who flags nobody changes nothing under a swap either."""
        flags, twin_flags = (scores_of(each) >= threshold for each in (p, twin))
        per_pair = {"swap_rate": changed(p, twin), "flag_swap_rate": flags != twin_flags, "mean_jsd": jensen_shannon(p, twin)}
        flagged = (flags.astype(float) + twin_flags) / 2
        everyone = np.ones(len(p), dtype=bool)
        draws = {name: self._over_frames(everyone, values) for name, values in per_pair.items()}
        draws |= {name: self._over_frames(kept, flagged) for name, kept in self._kinds.items()}
        return {("swap_probe", name): values for name, values in draws.items()}

    def _over_frames(self, kept: np.ndarray, values: np.ndarray) -> np.ndarray:
        """(1 + RESAMPLES,) the mean of values, (pairs,), over the pairs that are kept, and its draws of frames."""
        frames, code = np.unique(np.array([pair.frame for pair in self.world.pairs])[kept], return_inverse=True)
        weights = _weights(len(frames))
        return weights @ np.bincount(code, values[kept]) / (weights @ np.bincount(code))

    @cached_property
    def _attacks(self) -> tuple[np.ndarray, np.ndarray]:
        """Of the test comments: (rows, G) toxic ones that attack a subgroup of which there are enough, and (rows,) harmless ones about nobody."""
        corpus = self.world.corpus
        test = corpus.rows(Split.TEST)
        attacked, harmless = corpus.attacked[test], corpus.target[test] < TOXIC_TARGET
        return attacked[:, attacked.sum(axis=0) >= FEWEST_ATTACKS], harmless & ~corpus.mentions[test].any(axis=1)

    @cached_property
    def _kinds(self) -> dict[str, np.ndarray]:
        """{measure: (pairs,)}: those of a hostile frame, and the others."""
        hostile = {*probe_terms.HOSTILE_FRAMES, *(frame for frame, is_hostile in probe_terms.NAME_FRAMES.items() if is_hostile)}
        is_hostile = np.array([pair.frame in hostile for pair in self.world.pairs], dtype=bool)
        return {"hostile_flagged": is_hostile, "harmless_flagged": ~is_hostile}

    @cached_property
    def counts(self) -> dict[str, int]:
        """n behind each data name, or behind a measure that has fewer."""
        corpus = self.world.corpus
        source = {str(name): int((corpus.rows(Split.TEST) & (corpus.source == name)).sum()) for name in np.unique(corpus.source)}
        halves = {"madlibs_chosen_on": int((self.world.madlibs.half == 0).sum()), "madlibs": int((self.world.madlibs.half == 1).sum())}
        splits = {"real": int(corpus.rows(Split.TEST).sum()), "gate": int(corpus.rows(Split.GATE).sum())}
        attacks = int((corpus.attack & corpus.rows(Split.TEST)).sum())
        kinds = {name: int(kept.sum()) for name, kept in self._kinds.items()}
        return (
            source
            | halves
            | splits
            | kinds
            | {
                "swap_probe": len(self.world.pairs),
                "attack_recall": attacks,
                "attack_worst_bnsp": int(self._attacks[0].any(axis=1).sum()),
            }
        )


def _weights(clusters: int) -> np.ndarray:
    """(1 + RESAMPLES, clusters): ones, then bootstrap weights, the same whenever there are as many clusters."""
    drawn = np.random.default_rng(0).multinomial(clusters, np.full(clusters, 1 / clusters), size=RESAMPLES)
    return np.vstack([np.ones(clusters), drawn])


def _of_shares(hits: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.append(hits.mean(), [hits[rng.integers(len(hits), size=len(hits))].mean() for _ in range(RESAMPLES)])


def worst_bnsp(score: np.ndarray, attacked: np.ndarray, harmless: np.ndarray) -> np.ndarray:
    """(1 + RESAMPLES,) the lowest AUC, over subgroups, of the toxic comments that attack it, (n, G), against harmless ones about nobody, (n,).

    nan without a subgroup: the value, then its draws of comments.
    """
    weights = _weights(len(score))
    aucs = [_weighted_auc(score, column, harmless, weights) for column in attacked.T]
    return np.min(aucs, axis=0) if aucs and harmless.any() else np.full(1 + RESAMPLES, np.nan)


def _weighted_auc(score: np.ndarray, positive: np.ndarray, negative: np.ndarray, weights: np.ndarray) -> np.ndarray:
    high, low = score[positive][:, None], score[negative]
    wins = (high > low) + 0.5 * (high == low)
    of_high, of_low = weights[:, positive], weights[:, negative]
    return ((of_high @ wins) * of_low).sum(axis=1) / (of_high.sum(axis=1) * of_low.sum(axis=1))


def write_rows(result: ResultFile, report: Report, seeds: dict[str, list[int]]) -> None:
    """`seeds`: those that each arm has been run with."""
    runs = {arm: {seed: report.one(arm, seed) for seed in of_arm} for arm, of_arm in seeds.items()}
    for arm, of_seeds in runs.items():
        for key in of_seeds[next(iter(of_seeds))]:
            _add(result, report, arm, key, np.array([draws[key] for draws in of_seeds.values()]))
        worst = min(draws["madlibs", "madlibs_bpsn"][0] for draws in of_seeds.values())
        result.add(arm=arm, metric="madlibs_bpsn_worst_seed", value=float(worst), data="madlibs", n=report.counts["madlibs"], seeds=len(of_seeds))
        shared = sorted(of_seeds.keys() & runs[PLAIN].keys()) if arm != PLAIN else []
        for key in of_seeds[shared[0]] if shared else []:
            _add(result, report, f"{arm}_minus_{PLAIN}", key, np.array([of_seeds[seed][key] - runs[PLAIN][seed][key] for seed in shared]))


def _add(result: ResultFile, report: Report, arm: str, key: tuple[str, str], draws: np.ndarray) -> None:
    """draws: (seeds, 1 + RESAMPLES)."""
    data, name = key
    value, n = float(draws[:, 0].mean()), report.counts.get(name, report.counts[data])
    facts = {"arm": arm, "metric": name, "data": data, "n": n, "seeds": len(draws)}
    if np.isnan(value):
        result.add(value=None, **facts)
        return
    low, high = seed_interval(draws, leaning=name in LEANING)
    # Where neither comments nor seeds move the value, that shows no certainty, so it stands without an interval.
    limits = {} if is_point(low, high) else {"low": low, "high": high}
    result.add(value=value, **limits, **facts)

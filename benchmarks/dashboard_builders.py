"""The product's own builders at work for `dashboard_speed`, and how long each took."""

import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.dashboard_world import World
from modeling.labels import JUDGED_SPLITS, Split

if TYPE_CHECKING:
    from modeling.models import ModelVersion
    from modeling.pipeline.sample_words import Sampled

EVALUATED = (Split.TEST, Split.AUDIT, Split.GATE)
SHARE, SHARE_SPREAD = 0.2, 0.1


class Clock:
    """Seconds of each builder, by its name; each call is one."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)

    def __call__(self, name: str, build: Any, **arguments: Any) -> Any:
        began = time.perf_counter()
        made = build(**arguments)
        self.seconds[name].append(time.perf_counter() - began)
        return made


class MadeUpScorer:
    """In the place of weights, for the probes: sentences of ours, which no comment enters."""

    def predict_proba(self, texts: Any) -> NDArray[np.float64]:
        return np.random.default_rng(0).dirichlet([6, 2, 1], len(texts))


def build_all(world: World, clock: Clock) -> None:
    """In the order in which the worker comes to them."""
    from feedback.pipeline.summarise_rounds import summarise_rounds
    from modeling.pipeline.fill_matrix import fill_matrix

    _count(world, clock)
    for version in world.versions:
        _measure(version, clock)
    clock("fill_matrix (nothing left to do)", fill_matrix, version=world.versions[-1])
    for cycle in world.project.cycles.order_by("number"):
        _compare(cycle, clock)
    _read_words(world, clock)
    clock("summarise_rounds (all anew)", summarise_rounds, project=world.project, anew=True)
    for month in world.months:
        _report(world, month, clock)


def _count(world: World, clock: Clock) -> None:
    from modeling.models import Dataset
    from modeling.pipeline.count_comments import count_comments

    for dataset in world.datasets:
        counts = clock("count_comments", count_comments, dataset=dataset)
        Dataset.objects.filter(pk=dataset.pk).update(counts=counts, row_count=sum(counts["splits"].values()))


def _measure(version: "ModelVersion", clock: Clock) -> None:
    """As `evaluate_in_use` does, with made-up answers to the probes."""
    from modeling.models import ProbeScore
    from modeling.pipeline.evaluate import evaluate_version
    from modeling.pipeline.make_trends import make_trends
    from modeling.pipeline.probe import measure_probes

    for split in EVALUATED:
        clock(f"evaluate_version ({split})", evaluate_version, version=version, split=split)
    clock("make_trends", make_trends, version=version)
    probes = clock("measure_probes (without scoring)", measure_probes, scorer=MadeUpScorer())
    ProbeScore.objects.bulk_create(ProbeScore(version=version, **ProbeScore.values_of(row)) for row in probes)


def _compare(cycle: Any, clock: Clock) -> None:
    from modeling.pipeline.evaluate import compare_versions

    for split in JUDGED_SPLITS:
        clock(f"compare_versions ({split})", compare_versions, cycle=cycle, version=cycle.candidate, against=cycle.champion, split=split)


def _read_words(world: World, clock: Clock) -> None:
    """Shares of single maps are drawn: reading a map needs weights. All that is made of them is the product's work."""
    from modeling.lifecycle import read_versions
    from modeling.models import DynamicsRun
    from modeling.pipeline.count_co_mentions import count_co_mentions
    from modeling.pipeline.sample_words import sample_words
    from modeling.pipeline.summarise_shares import summarise_shares

    sample = clock("sample_words", sample_words, project=world.project)
    for version in sorted(read_versions(world.project), key=lambda version: version.number):
        _draw_shares(version, sample)
        clock("summarise_shares", summarise_shares, version=version, sample=sample)
        clock("count_co_mentions", count_co_mentions, version=version)
        DynamicsRun.objects.create(version=version, state=DynamicsRun.State.DONE)


def _draw_shares(version: "ModelVersion", sample: "list[Sampled]") -> None:
    from modeling.models import WordShare
    from modeling.models.dynamics import ENGINES

    rng = np.random.default_rng(version.number)
    subjects = [(engine.value, subject, one.comment_id) for one in sample for subject in one.subjects for engine in ENGINES]
    shares = np.clip(rng.normal(SHARE, SHARE_SPREAD, len(subjects)), 0, 1).tolist()
    WordShare.objects.bulk_create(
        (
            WordShare(version=version, engine=engine, subject=subject, comment_id=comment_id, share=share, chance=SHARE / 2, variance=0.01)
            for (engine, subject, comment_id), share in zip(subjects, shares, strict=True)
        ),
        batch_size=1_000,
    )


def _report(world: World, month: str, clock: Clock) -> None:
    from modeling.pipeline.make_monthly_report import run_monthly_report
    from modeling.pipeline.request_reports import request_report

    report = request_report(project=world.project, month=month, in_background=False)
    clock("run_monthly_report", run_monthly_report, report=report)

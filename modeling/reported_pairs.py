"""Pairs that people reported, each with what has become of it: given to which cycles, or waiting for the next."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count, Max

from modeling.models import CounterfactualPair, CyclePair, Project
from modeling.pipeline.decide_swap import rejected_rules
from modeling.pipeline.freeze_pairs import are_taken

MOST_SHOWN = 20
"""The newest: a page lists no more."""
Verdict = CounterfactualPair.Verdict


@dataclass(frozen=True)
class ReportedPair:
    """One report, or the newest of several of the same pair. `cycles`: those that were given it. `waits`: as reports stand, the next one is."""

    report: CounterfactualPair
    reporters: int
    cycles: tuple[int, ...]
    waits: bool

    @property
    def is_biased(self) -> bool:
        return self.report.verdict == Verdict.BIASED


def own_reports(project: Project, by: User) -> list[ReportedPair]:
    """Of whatever verdict, the newest first."""
    newest = project.counterfactual_pairs.filter(reporter_id=by.pk).order_by("-created_at", "-pk")[:MOST_SHOWN]
    return _described(project, [(report, 1) for report in newest])


def biased_pairs(project: Project) -> tuple[list[ReportedPair], int]:
    """Each pair that somebody called biased, once: those that were reported last, and how many there are."""
    biased = project.counterfactual_pairs.filter(verdict=Verdict.BIASED).order_by()
    pairs = biased.values("pair_key").annotate(newest=Max("pk"), reporters=Count("pk")).order_by("-newest")
    shown = list(pairs[:MOST_SHOWN])
    reports = CounterfactualPair.objects.in_bulk([pair["newest"] for pair in shown])
    return _described(project, [(reports[pair["newest"]], pair["reporters"]) for pair in shown]), pairs.count()


def _described(project: Project, reports: Iterable[tuple[CounterfactualPair, int]]) -> list[ReportedPair]:
    reports = list(reports)
    keys = {report.pair_key for report, _ in reports if report.verdict == Verdict.BIASED}
    given = _cycles(project, keys)
    waiting = are_taken(project=project, keys=keys - given.keys(), rejected=rejected_rules(project))
    return [ReportedPair(report, count, tuple(given.get(report.pair_key, ())), report.pair_key in waiting) for report, count in reports]


def _cycles(project: Project, keys: set[str]) -> dict[str, list[int]]:
    given: defaultdict[str, list[int]] = defaultdict(list)
    rows = CyclePair.objects.filter(cycle__project=project, pair_key__in=keys).order_by("cycle__number")
    for key, number in rows.values_list("pair_key", "cycle__number"):
        given[key].append(number)
    return dict(given)

"""Probe: a version x made-up sentences -> how often it says something else when only the people in a sentence are others."""

from typing import TYPE_CHECKING

from django.db import transaction

from modeling.measure_texts import SWAP_MEASURES
from modeling.models import ModelVersion, ProbeScore
from modeling.pipeline.versions import load_scorer

if TYPE_CHECKING:
    from modeling.measures.probes import ProbeRow
    from modeling.ml.scorer import Scorer


def probe_version(*, version: ModelVersion) -> None:
    """Measure a version by its serving engine and keep the measures, once: its weights never change, and whoever changes the sentences
    deletes the rows in a migration, so that no two versions are compared on different ones.

    The seed is always the same, whichever cycle asks first, so that every cycle shows the same values of a version.
    """
    if set(SWAP_MEASURES) <= set(version.probe_scores.values_list("measure", flat=True)):
        return
    scores = [ProbeScore(version=version, **ProbeScore.values_of(row)) for row in measure_probes(load_scorer(version))]
    with transaction.atomic():
        ModelVersion.objects.select_for_update().get(pk=version.pk)  # the other queue may measure it at the same time
        ProbeScore.objects.filter(version=version).delete()
        ProbeScore.objects.bulk_create(scores)


def measure_probes(scorer: "Scorer") -> "list[ProbeRow]":
    """Every text is predicted once, however many pairs and groups it stands in."""
    from modeling.measures.counterfactual import measure_mutants, measure_swaps
    from modeling.ml.probes import lay_out, probe_groups

    laid = lay_out(probe_groups())
    p = scorer.predict_proba(laid.texts)
    first, second = laid.pairs.T
    return [
        *measure_swaps(p[first], p[second], laid.frame_of_pair),
        measure_mutants(p[laid.mutants], laid.group_of_mutant, laid.frame_of_mutant),
    ]

"""A cycle with its verdict and everything that evaluation stores beside it, as rows: no model is trained for it."""

from typing import Any

from modeling.labels import CYCLE_ARMS, Arm
from modeling.measure_texts import OVERALL_TEXTS, SWAP_MEASURES
from modeling.measures.curves import curves_of
from modeling.models import CurveSummary, Difference, Evaluation, ModelVersion, ProbeScore, Project, RetrainingCycle, SubgroupScore
from tests.factories import make_cycle, make_version
from tests.modeling.measures.worlds import make_world

MONTHS = ("2026-03", "2026-04", "2026-05", "2026-06")
SUBGROUPS = {"muslim": (61, 140), "transgender": (55, 212), "hindu": (3, 12), "x_dialect": (40, 90)}
VALUES = {"champion": 0.80, Arm.NONE: 0.80, Arm.ECHO: 0.80, Arm.PLACEBO: 0.802, Arm.REAL: 0.84}


def decision(*, eligible: bool, **fields: Any) -> dict[str, Any]:
    """What the gate hands over (`modeling.measures.gate.Decision.as_dict`)."""
    held_for = "False alarms on transgender rose by .110 (.040 to .180; n = 212), above twice the margin of .05."
    harmed = "ok" if eligible else "harmed"
    return {
        "eligible": eligible,
        "primary": {
            "measure": "jigsaw_score",
            "champion": 0.80,
            "candidate": 0.84,
            "difference": 0.04,
            "low": 0.011,
            "high": 0.07,
            "alpha": 0.05 / 12,
            "p_value": 0.001,
            "passed": True,
        },
        "checks": [
            {"measure": measure, "champion": 0.8, "candidate": 0.84, "difference": 0.04, "low": 0.0, "high": 0.1, "margin": margin, "passed": True}
            for measure, margin in (("accuracy", 0.01), ("macro_f1", 0.02), ("ece", 0.02), ("mean_subgroup_fpr", 0.05))
        ],
        "subgroups": [
            {"subgroup": "muslim", "measure": "fpr", "status": "ok", "n_toxic": 61, "n_non_toxic": 140},
            {"subgroup": "transgender", "measure": "fpr", "status": harmed, "n_toxic": 55, "n_non_toxic": 212},
            {"subgroup": "hindu", "measure": "fpr", "status": "cannot_tell", "n_toxic": 3, "n_non_toxic": 12},
        ],
        "reasons": [] if eligible else [held_for],
        "notes": ["Cannot tell for hindu: 3 toxic and 12 non-toxic comments."],
        "n": 1204,
        "subgroups_counted": ["muslim", "transgender"],
        **fields,
    }


def measure(version: ModelVersion, split: str, value: float, months: tuple[str, ...] = ()) -> None:
    rows = [
        Evaluation(version=version, split=split, measure=name, month=month, value=v, low=v - 0.02, high=v + 0.02, n=100 if month else 1204)
        for name in OVERALL_TEXTS
        for place, month in enumerate(("", *months))
        for v in [value + 0.01 * place]
    ]
    Evaluation.objects.bulk_create(rows)
    SubgroupScore.objects.bulk_create(
        SubgroupScore(
            version=version,
            split=split,
            subgroup=subgroup,
            measure=name,
            n_toxic=toxic,
            n_non_toxic=harmless,
            n=harmless if name == "fpr" else toxic,
            **({"value": value, "low": value - 0.05, "high": value + 0.05} if toxic > 10 else {}),
        )
        for subgroup, (toxic, harmless) in SUBGROUPS.items()
        for name in ("fpr", "tpr", "bpsn_auc", "bnsp_auc", "subgroup_auc")
    )
    keep_curves(version, split, months)


def keep_curves(version: ModelVersion, split: str, months: tuple[str, ...]) -> None:
    """Of comments that the version scores with some noise, in place of those that the other rows would be of."""
    counts = {("", ""): 400, **{("", month): 100 for month in months}, **{(name, ""): sum(of) for name, of in SUBGROUPS.items()}}
    CurveSummary.objects.bulk_create(
        CurveSummary(version=version, split=split, subgroup=subgroup, month=month, **vars(curves_of(make_world(n, seed=version.number))))
        for (subgroup, month), n in counts.items()
    )


def probe(version: ModelVersion, value: float) -> None:
    """Once per version, however many cycles it stands in."""
    if not version.probe_scores.exists():
        row = {"value": value, "low": value - 0.02, "high": value + 0.03, "n": 3544}
        ProbeScore.objects.bulk_create(ProbeScore(version=version, measure=name, **row) for name in SWAP_MEASURES)


def compare(cycle: RetrainingCycle, version: ModelVersion, against: ModelVersion, split: str, value: float) -> None:
    interval = {"value": value, "low": value - 0.02, "high": value + 0.02, "n": 1204}
    overall = [("", name, interval) for name in OVERALL_TEXTS]
    by_subgroup = [(subgroup, "fpr", interval) for subgroup, (toxic, _) in SUBGROUPS.items() if toxic > 10]
    Difference.objects.bulk_create(
        Difference(cycle=cycle, version=version, against=against, split=split, subgroup=subgroup, measure=name, **values)
        for subgroup, name, values in [*overall, *by_subgroup]
    )


def make_decided_cycle(project: Project, *, eligible: bool = True, effect: float = 0.031, months: tuple[str, ...] = MONTHS) -> RetrainingCycle:
    """Champion, four arms, measures on gate and test, differences: a cycle as `run_cycle` leaves it."""
    states = RetrainingCycle.State
    cycle = make_cycle(project, states.ELIGIBLE if eligible else states.HELD, decision=decision(eligible=eligible), training_config={"seed": 0})
    arms = {arm: make_version(project, arm=arm, lane="middle", base=cycle.base, cycle=cycle) for arm in CYCLE_ARMS}
    for split in ("gate", "test"):
        if not Evaluation.objects.filter(version=cycle.champion, split=split).exists():
            measure(cycle.champion, split, VALUES["champion"], months)
        for arm, version in arms.items():
            measure(version, split, VALUES[arm], months)
        compare(cycle, arms[Arm.REAL], cycle.champion, split, 0.04)
        compare(cycle, arms[Arm.REAL], arms[Arm.ECHO], split, effect)
        compare(cycle, arms[Arm.PLACEBO], arms[Arm.ECHO], split, 0.002)
    cycle.candidate = arms[Arm.REAL]
    probe(cycle.champion, 0.12)
    probe(cycle.candidate, 0.07)
    cycle.progress, cycle.started_at = 1, cycle.requested_at
    cycle.decided_at = cycle.finished_at = cycle.requested_at
    cycle.live_losses = losses()
    cycle.save()
    return cycle


def losses(steps: int = 8, arms: tuple[str, ...] = CYCLE_ARMS) -> list[dict[str, Any]]:
    """What training logs as it goes."""
    return [
        {
            "arm": arm,
            "step": step,
            "steps": steps,
            "epoch": 1,
            "total": 1 / step,
            "ce": 0.9 / step,
            "kl": 0.0,
            "pairing": 0.1 / step,
            "feedback": 0.0,
            "ce_gradient_norm": 0.4,
        }
        for arm in arms
        for step in range(1, steps + 1)
    ]

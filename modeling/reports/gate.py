"""What a cycle's page says of the gate: which looks it took, what is left of the year, and what gate rounds added."""

from dataclasses import dataclass
from datetime import datetime

from modeling.config import GateConfig
from modeling.lifecycle import has_new_truth
from modeling.measures.settling import Settling, settle
from modeling.models import GateLook, GateTruth, RetrainingCycle
from modeling.reports.verdicts import short_verdict
from modeling.spending import Budget, budget_of


@dataclass(frozen=True)
class LookRow:
    """One look at gate. `alpha` is 0 where the year's looks were spent; `verdict` is empty while it is being judged."""

    year: int
    number: int
    of: int
    alpha: float
    provenance: str
    taken_at: datetime
    n: int | None
    p_value: float | None
    verdict: str


@dataclass(frozen=True)
class GateHistory:
    """`truths`: comments of gate that experts have labelled in gate rounds, for this project; `answers` behind them; `agreement`: mean
    share of the answers that are the consensus. `can_judge_again`: held, against the version in use, with something new in gate."""

    looks: tuple[LookRow, ...]
    budget: Budget
    truths: int
    answers: int
    agreement: float | None
    can_judge_again: bool


def gate_history(cycle: RetrainingCycle, *, champion_id: int | None) -> GateHistory:
    budget = budget_of(cycle.project)
    truths = list(
        GateTruth.objects.filter(comment__dataset__project=cycle.project_id, labelled_at__isnull=False).values_list("annotation_count", "agreement")
    )
    is_open = cycle.state == RetrainingCycle.State.HELD and cycle.candidate_id is not None and cycle.champion_id == champion_id
    return GateHistory(
        looks=tuple(_row(look, budget.of) for look in cycle.looks.all()),
        budget=budget,
        truths=len(truths),
        answers=sum(count for count, _ in truths),
        agreement=sum(agreement for _, agreement in truths) / len(truths) if truths else None,
        can_judge_again=is_open and bool(truths) and has_new_truth(cycle),
    )


def settling_of(cycle: RetrainingCycle) -> Settling:
    """What more gate comments would tell of its verdict."""
    return settle(cycle.decision, cycle.gate_config.get("alpha", GateConfig().alpha))


def _row(look: GateLook, of: int) -> LookRow:
    primary = look.decision.get("primary", {})
    return LookRow(
        year=look.year,
        number=look.number,
        of=of,
        alpha=look.alpha,
        provenance=look.provenance,
        taken_at=look.taken_at,
        n=look.decision.get("n"),
        p_value=primary.get("p_value"),
        verdict=_verdict(look),
    )


def _verdict(look: GateLook) -> str:
    if look.decided_at is None:
        return ""
    return short_verdict(look.decision) if look.decision else "Broken off, and spent"

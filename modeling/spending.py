"""What the gate may spend: twelve looks in a calendar year, each at .05 / 12, so that a year's chance of a false promotion is at most .05.

Bonferroni over the looks of a year, whatever they looked at: the same labels again, another seed, or the same candidate after a gate
round. Shares that are not used are lost at New Year, and nothing carries over.

Why the calendar year, and not the twelve months before each look: monthly cycles, the usual way, always fit; how many looks are left is
one number that everybody can check, and the database can promise that no share is spent twice (`GateLook`). Its price is stated: around
New Year, twelve months may hold up to 24 looks, so the promise is for each year and not for each window of twelve months.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from modeling import ledger
from modeling.config import GateConfig
from modeling.errors import LostClaimError
from modeling.models import FeedbackBatch, GateLook, Project, RetrainingCycle


@dataclass(frozen=True)
class Budget:
    """`taken` looks of the `of` that the calendar year `year` has."""

    year: int
    taken: int
    of: int

    @property
    def left(self) -> int:
        return max(0, self.of - self.taken)


def budget_of(project: Project) -> Budget:
    year = _this_year()
    return Budget(year, _taken(project, year), GateConfig().looks)


def gate_seed(*, project: Project, number: int, batches: Iterable[FeedbackBatch]) -> int:
    """The seed of a cycle's resamples, in [0, 2^31): made from what cannot be chosen, so that trying seeds cannot find a lucky one."""
    said = "/".join([project.slug, str(number), *(batch.sha256 for batch in batches)])
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:4], "big") >> 1


def take_look(*, cycle: RetrainingCycle, rests_on: str) -> GateLook:
    """Spend a look before anything of the candidate is measured on gate: what is cancelled after it was measured has been seen too.

    A cycle that died under a look goes on under the same one, where it `rests_on` (a hash) the same: the same test again has the same
    answer. Where gate has grown since, it is another test, and the look of the one that died is spent.

    Raises:
        LostClaimError: somebody has begun the cycle anew.
    """
    with transaction.atomic():
        project = Project.objects.select_for_update().get(pk=cycle.project_id)
        # Before the ledger, as whoever cancels it does: two locks that are taken in two orders stop each other for ever.
        if not RetrainingCycle.objects.select_for_update().filter(pk=cycle.pk, started_at=cycle.started_at).exists():
            raise LostClaimError(f"{cycle} has been begun anew meanwhile.")
        look = GateLook.objects.filter(cycle=cycle, decided_at=None, rests_on=rests_on).first()
        if look is None:
            break_off_look(cycle)
            look = _next_look(project, cycle, rests_on)
        config = {**cycle.gate_config, "look": look.number, "year": look.year}
        RetrainingCycle.objects.filter(pk=cycle.pk).update(gate_config=config)
    cycle.gate_config = config
    return look


def break_off_look(cycle: RetrainingCycle) -> None:
    """A look that will come to no verdict stays spent, and nothing can go on under it. In the caller's transaction."""
    look = GateLook.objects.filter(cycle=cycle, decided_at=None).first()
    if look is None:
        return
    GateLook.objects.filter(pk=look.pk).update(decided_at=timezone.now())
    payload = {"year": look.year, "look": look.number}
    ledger.append(actor="system", action="gate.look_broken_off", subject=f"cycle {cycle.number} of {cycle.project.slug}", payload=payload)


def _next_look(project: Project, cycle: RetrainingCycle, rests_on: str) -> GateLook:
    year, config = _this_year(), GateConfig.from_dict(cycle.gate_config)
    number = _taken(project, year) + 1
    look = GateLook.objects.create(
        project=project,
        cycle=cycle,
        year=year,
        number=number,
        alpha=config.primary_alpha if number <= config.looks else 0.0,
        provenance=_why(cycle),
        rests_on=rests_on,
    )
    payload = {"year": year, "look": number, "of": config.looks, "alpha": look.alpha, "rests_on": rests_on}
    ledger.append(actor="system", action="gate.look_taken", subject=f"cycle {cycle.number} of {project.slug}", payload=payload)
    return look


def _why(cycle: RetrainingCycle) -> str:
    if cycle.looks.exclude(decision={}).exists():
        return "judged again, with the comments that gate rounds have added"
    return "begun again after a look that was broken off" if cycle.looks.exists() else "the cycle’s verdict"


def _taken(project: Project, year: int) -> int:
    return GateLook.objects.filter(project=project, year=year).aggregate(newest=Max("number"))["newest"] or 0


def _this_year() -> int:
    return timezone.now().year

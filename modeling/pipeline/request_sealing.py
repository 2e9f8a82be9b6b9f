"""Seal what is decided and has no bundle: the process that seals may be killed after its verdict, and no task is left to do it then."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from modeling import ledger
from modeling.lifecycle import enqueue_cycle
from modeling.lifecycle.work import LOST_AFTER, cycle_name
from modeling.models import CycleBundle, LedgerEntry, RetrainingCycle

State = RetrainingCycle.State

ASKED_AGAIN_AFTER = 2 * LOST_AFTER
"""Longer than sealing takes, mostly. Asked for too early, it finds the bundle that stands when its turn comes."""

GIVEN_UP_AFTER = timedelta(days=1)
"""A sealing that dies each time, for want of memory perhaps, must not be tried for ever."""

NOT_SEALED = "cycle.not_sealed"


def request_missing_sealing() -> int:
    """Queue decided cycles again that have no bundle: run again, a decided one is only sealed. On a schedule. Returns how many."""
    if RetrainingCycle.objects.filter(state__in=RetrainingCycle.RUNNING).exists():
        return 0
    before = timezone.now() - ASKED_AGAIN_AFTER
    asked = 0
    for cycle in _unsealed().filter(decided_at__lt=before, queued_at__lt=before):
        if not _is_refused(cycle) and RetrainingCycle.objects.filter(pk=cycle.pk, queued_at__lt=before).update(queued_at=timezone.now()):
            enqueue_cycle(cycle.pk)
            asked += 1
    return asked


def keep_refusal(cycle: RetrainingCycle, reason: str) -> None:
    """What this verdict rests on has changed, so no later try could seal it: said once, in the ledger."""
    with transaction.atomic():
        if not _is_refused(cycle):
            ledger.append(actor="system", action=NOT_SEALED, subject=cycle_name(cycle), payload={"reason": reason[-500:]})


def _unsealed() -> QuerySet[RetrainingCycle]:
    lately = {"decided_at__gt": timezone.now() - GIVEN_UP_AFTER, "candidate__isnull": False}
    sealed = CycleBundle.objects.filter(cycle=OuterRef("pk"), decided_at=OuterRef("decided_at"))
    return RetrainingCycle.objects.filter(~Exists(sealed), state__in=(State.ELIGIBLE, State.HELD, State.PROMOTED), **lately)


def _is_refused(cycle: RetrainingCycle) -> bool:
    return LedgerEntry.objects.filter(action=NOT_SEALED, subject=cycle_name(cycle), at__gte=cycle.decided_at).exists()

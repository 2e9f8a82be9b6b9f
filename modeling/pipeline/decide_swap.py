"""Swaps that are none: anybody says so of a pair, a lead decides, and what is left out is made no more. It can be allowed again."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from modeling import ledger
from modeling.errors import PairRefusedError
from modeling.ml.swap_rules import Rules
from modeling.ml.what_if import Variant, VariantKind
from modeling.models import CounterfactualPair, Project
from modeling.pipeline.report_pair import report_pair

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_PROPOSED = 20
"""So many proposals stand before a lead at once; when they are decided the next ones come."""


@dataclass(frozen=True)
class SwapRule:
    """A swap that is left out, or proposed. `before`, `after` and `text`: as the first who said so met it. `by_lead`: so it is left out."""

    rule: str
    before: str
    after: str
    text: str
    reporters: int
    by_lead: bool


def left_out(project: Project) -> list[SwapRule]:
    """As it stands now: what a lead said is none. However many others say so, they only propose it: a count decides nothing."""
    return _rules(project, leads__gt=0)


def proposed(project: Project) -> tuple[list[SwapRule], int]:
    """What most people say first, `MOST_PROPOSED` at most; and how many there are."""
    rules = sorted(_rules(project, leads=0), key=lambda one: -one.reporters)
    return rules[:MOST_PROPOSED], len(rules)


def rejected_rules(project: Project) -> Rules:
    return tuple(one.rule for one in left_out(project))


def leave_out(*, project: Project, rule: str, by: "User") -> CounterfactualPair:
    """A lead says it too, of the pair that was reported first.

    Raises:
        PairRefusedError: nobody proposes it any more.
    """
    with transaction.atomic():
        said = _open_proposal(project, rule)
        reports = said.count()
        first = said.select_related("version", "comment").earliest("pk")
        variant = Variant(first.twin, VariantKind(first.kind), first.before, first.after, first.rule)
        of = {"project": project, "version": first.version, "comment": first.comment}
        own = report_pair(**of, text=first.text, variant=variant, verdict=CounterfactualPair.Verdict.NOT_EQUIVALENT, by=by)
        _record(project, "swap.left_out", rule, reports, by)
    return own


def dismiss(*, project: Project, rule: str, by: "User") -> int:
    """A lead finds the swap good: what was said against it so far proposes nothing any more. Returns how many reports.

    Raises:
        PairRefusedError: nobody proposes it any more.
    """
    with transaction.atomic():
        return _set_aside(project, rule, _open_proposal(project, rule), "swap.proposal_dismissed", by)


def allow_again(*, project: Project, rule: str, by: "User") -> int:
    """A lead lets a swap be made again: what was said against it so far teaches nothing any more. Returns how many reports.

    Raises:
        PairRefusedError: it is not left out.
    """
    with transaction.atomic():
        if rule not in rejected_rules(project):
            raise PairRefusedError(_("This swap is not left out, so there is nothing to allow."))
        return _set_aside(project, rule, _against(project).filter(rule=rule), "swap.allowed_again", by)


def _against(project: Project) -> QuerySet[CounterfactualPair]:
    verdict = CounterfactualPair.Verdict.NOT_EQUIVALENT
    return CounterfactualPair.objects.filter(project=project, verdict=verdict, set_aside_at=None).order_by()


def _rules(project: Project, **which: int) -> list[SwapRule]:
    counts = {"reporters": Count("reporter", distinct=True), "leads": Count("pk", filter=Q(by_lead=True)), "first": Min("pk")}
    rows = list(_against(project).values("rule").annotate(**counts).filter(**which).order_by("rule"))
    met = CounterfactualPair.objects.in_bulk([row["first"] for row in rows])
    firsts = [(row, met[row["first"]]) for row in rows]
    return [SwapRule(row["rule"], first.before, first.after, first.text, row["reporters"], row["leads"] > 0) for row, first in firsts]


def _open_proposal(project: Project, rule: str) -> QuerySet[CounterfactualPair]:
    said = _against(project).filter(rule=rule)
    if not said.exists() or said.filter(by_lead=True).exists():
        raise PairRefusedError(_("Nobody proposes this any more, or it has been decided already. Load the page again."))
    return said


def _set_aside(project: Project, rule: str, said: QuerySet[CounterfactualPair], action: str, by: "User") -> int:
    count = said.update(set_aside_at=timezone.now())
    _record(project, action, rule, count, by)
    return count


def _record(project: Project, action: str, rule: str, reports: int, by: "User") -> None:
    ledger.append(actor=by, action=action, subject=f"swaps of {project.slug}", payload={"rule": rule, "reports": reports})

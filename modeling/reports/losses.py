"""The parts of the loss while arms train, and after."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from modeling.labels import CYCLE_ARMS
from modeling.models import RetrainingCycle
from modeling.reports.charts import Sparkline, sparkline

COMPONENTS: dict[str, str] = {
    "ce": "CE",
    "kl": "KL (as printed)",
    "pairing": "pairing",
    "feedback": "feedback",
    "people": "people’s labels",
    "augmentation": "augmentation",
    "mindiff": "MinDiff",
    "group_kl": "group KL",
}
MEANINGS: dict[str, str | Promise] = {
    "ce": _("cross-entropy: how far the predicted levels are from those that raters gave."),
    "kl": _("the paper’s bias term: how far the predicted levels are from a third each. It knows no subgroup, and its weight is 0 unless set."),
    "pairing": _("how differently a comment and its twin about another group are scored: the squared distance between their logits."),
    "feedback": _("the same distance, of the pairs that people reported as biased."),
    "people": _("cross-entropy on what people said in rounds, where it has a form of its own."),
    "augmentation": _("cross-entropy of the twins, under their comment’s label."),
    "mindiff": _("how differently scores of harmless comments that mention a group and of others are spread."),
    "group_kl": _("how far the mean prediction for harmless comments of a subgroup is from that for other harmless comments."),
}
ALWAYS_SHOWN = ("ce", "kl", "pairing", "feedback")
MOST_POINTS = 60


@dataclass(frozen=True)
class LossComponent:
    """One part of the loss: its newest value, unweighted, its weight, and the norm of its gradient where they were logged."""

    name: str
    label: str
    value: float | None
    gradient_norm: float | None
    weight: float | None


@dataclass(frozen=True)
class ArmLoss:
    arm: str
    step: int
    steps: int | None
    total: float | None
    components: tuple[LossComponent, ...]
    line: Sparkline | None


def cycle_losses(cycle: RetrainingCycle) -> tuple[ArmLoss, ...]:
    """One entry per arm that has begun, in the order in which arms are trained."""
    order = {str(arm): place for place, arm in enumerate(CYCLE_ARMS)}
    steps = sorted(cycle.live_losses, key=lambda step: order.get(step.get("arm", ""), len(order)))
    # The same columns for all arms, whichever of them has begun to log a term.
    shown = [name for name in COMPONENTS if name in ALWAYS_SHOWN or any(name in step for step in steps)]
    by_arm = groupby(steps, key=lambda step: step.get("arm", ""))
    return tuple(_arm_loss(arm, list(logged), shown) for arm, logged in by_arm)


def _arm_loss(arm: str, logged: list[dict[str, Any]], shown: list[str]) -> ArmLoss:
    newest = logged[-1]
    totals = [step["total"] for step in logged if step.get("total") is not None]
    return ArmLoss(
        arm=arm,
        step=newest.get("step", 0),
        steps=newest.get("steps"),
        total=newest.get("total"),
        components=tuple(_component(name, newest) for name in shown),
        line=sparkline(list(_thinned(totals))),
    )


def _component(name: str, step: dict[str, Any]) -> LossComponent:
    weight = step.get("weights", {}).get(name)
    return LossComponent(name, COMPONENTS[name], step.get(name), step.get(f"{name}_gradient_norm"), weight)


def _thinned(values: list[float]) -> Iterable[float]:
    """At most `MOST_POINTS` values, the last one always among them."""
    stride = -(-len(values) // MOST_POINTS) or 1
    return values[::-1][::stride][::-1]

"""How a closed round's answers were joined, from its frozen rows, as pages and API show it. For leads only."""

from collections import defaultdict
from dataclasses import dataclass, fields
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_lazy

from feedback.crowd.consensus import WITHOUT_PANELS
from feedback.crowd.estimates import Estimate, wilson
from feedback.models import AnnotationRound, AnnotatorWeight, DisputedItem, DoubtfulLabel, Joining, JoiningMethod, Panel, PanelWeight

EVERYBODY = gettext_lazy("Everybody")
DOUBTS_SHOWN = DISPUTES_SHOWN = 5
ROUNDS_BACK = 12


@dataclass(frozen=True)
class PanelLine:
    """`course`: (number of the round, weight) of its latest rounds up to this one, oldest first."""

    found: PanelWeight
    method: str
    course: list[tuple[int, float]]


@dataclass(frozen=True)
class AgreementLine:
    """`alpha` and `ac1` with their intervals are None where there is not enough data; `items` were answered at least twice. What an older
    version did not record is None too."""

    question: str
    alpha: float | None
    low: float | None
    high: float | None
    ac1: float | None
    ac1_low: float | None
    ac1_high: float | None
    items: int | None

    @property
    def lacks_an_interval(self) -> bool:
        return self.ac1 is not None and self.ac1_low is None


@dataclass(frozen=True)
class DifferenceLine:
    """`share` of the `items` that two methods label differently; its interval and `items` are None where an older version did not record them."""

    first: str
    second: str
    share: float
    low: float | None
    high: float | None
    items: int | None

    @property
    def lacks_an_interval(self) -> bool:
        return self.low is None


@dataclass(frozen=True)
class JoiningReport:
    """`agreement`: panel's name (or `EVERYBODY`) -> its lines. `signals`: those that cost weight first. `disputed`: share
    of the labels. `reduced`: people who lost weight."""

    joining: Joining
    method: str
    panels: list[PanelLine]
    differences: list[DifferenceLine]
    disputed: Estimate
    agreement: dict[str, list[AgreementLine]]
    signals: list[dict[str, Any]]
    annotators: int
    reduced: int
    disputes: list[DisputedItem]
    doubts: list[DoubtfulLabel]
    doubt_count: int


def joining_report(round: AnnotationRound) -> JoiningReport | None:
    """None until the round's answers have been joined."""
    joining = Joining.objects.filter(round=round).first()
    if joining is None:
        return None
    people = joining.annotator_weights
    return JoiningReport(
        joining=joining,
        method=_name(joining.method),
        panels=_panels(joining, round.number),
        differences=[_difference(pair) for pair in joining.differences],
        disputed=_disputed_share(joining),
        agreement=_agreement(joining),
        signals=sorted(joining.signals, key=lambda signal: not signal["reduces"]),
        annotators=people.count(),
        reduced=people.exclude(reasons=[]).count(),
        disputes=list(disputed_items(joining)[:DISPUTES_SHOWN]),
        doubts=list(doubtful_labels(joining)[:DOUBTS_SHOWN]),
        doubt_count=joining.doubtful_labels.count(),
    )


def annotator_weights(joining: Joining) -> QuerySet[AnnotatorWeight]:
    """People's weights, the least reliable first."""
    return AnnotatorWeight.objects.filter(joining=joining).select_related("annotator__user", "panel", "voice__user").order_by("reliability", "pk")


def doubtful_labels(joining: Joining) -> QuerySet[DoubtfulLabel]:
    """The most doubtful labels first."""
    return DoubtfulLabel.objects.filter(joining=joining).select_related("item__comment__dataset", "item__prediction").order_by("rank")


def disputed_items(joining: Joining) -> QuerySet[DisputedItem]:
    """The least clear first."""
    return DisputedItem.objects.filter(joining=joining).select_related("item__comment__dataset").order_by("rank")


def _disputed_share(joining: Joining) -> Estimate:
    """Of the items that got a label."""
    n = joining.round.batch.labels.count() if joining.round.batch else 0
    share = joining.disputed_count / n if n else 0.0
    return Estimate(share, *wilson(share, n), n) if n else Estimate(float("nan"), float("nan"), float("nan"), 0)


def _panels(joining: Joining, number: int) -> list[PanelLine]:
    found = list(joining.panel_weights.select_related("panel"))
    courses: dict[int, list[tuple[int, float]]] = defaultdict(list)
    earlier = PanelWeight.objects.filter(panel__in=[line.panel_id for line in found], joining__round__number__lte=number)
    for panel, at, weight in earlier.order_by("joining__round__number").values_list("panel", "joining__round__number", "weight"):
        courses[panel].append((at, weight))
    return [PanelLine(line, _name(line.method), courses[line.panel_id][-ROUNDS_BACK:]) for line in found]


def _agreement(joining: Joining) -> dict[str, list[AgreementLine]]:
    names = dict(Panel.objects.filter(pk__in={row["panel"] for row in joining.agreement if row["panel"]}).values_list("pk", "name"))
    tables: dict[str, list[AgreementLine]] = defaultdict(list)
    for row in joining.agreement:
        name = names.get(row["panel"], gettext("A panel that is gone")) if row["panel"] else str(EVERYBODY)
        tables[name].append(AgreementLine(**{field.name: row.get(field.name) for field in fields(AgreementLine)}))
    return dict(tables)


def _difference(pair: dict[str, Any]) -> DifferenceLine:
    recorded = {field.name: pair.get(field.name) for field in fields(DifferenceLine)}
    return DifferenceLine(**{**recorded, "first": _name(pair["first"]), "second": _name(pair["second"])})


def _name(method: str) -> str:
    return gettext("numbers alone, without panels") if method == WITHOUT_PANELS else JoiningMethod(method).label

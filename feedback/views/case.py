"""What stands on the page that decides: one item, all that people and the model say of it, and its way through the list."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from feedback.disputes import decided_count, disputes_for
from feedback.forms import BIAS_NAMES, LEVEL_KEYS, SEVERITIES, VERDICT_NAMES
from feedback.models import Adjudication, Annotation, AnnotationItem, AnnotationRound, Assignment
from feedback.pipeline.reassign import panels_kept
from feedback.views.work import BIASES, SEVERITY_CHOICES, Choice
from modeling.explaining import ENGINE
from modeling.labels import BiasType, Level, LevelKind, Verdict
from modeling.models import Explanation
from modeling.reports import LEVEL_NAMES, ShadedComment, shade, subgroup_name


@dataclass(frozen=True)
class Voice:
    """One answer. `who`: a letter for each person, unless names are asked for."""

    who: str
    panel: str
    verdict: str
    level: str
    is_corrected: bool
    biases: tuple[str, ...]
    severity: str
    about: str
    note: str


@dataclass(frozen=True)
class PanelView:
    """`preferred` is empty where no level is commoner than the others."""

    name: str
    preferred: str
    counts: tuple[tuple[str, int], ...]
    biased: int
    answers: int


@dataclass(frozen=True)
class Case:
    item: AnnotationItem
    kind: str
    probabilities: list[tuple[str, str, float]]
    shaded: ShadedComment | None
    voices: list[Voice]
    panels: list[PanelView]
    flags: list[str]
    reasons: list[str]
    decision: Adjudication | None

    biases = BIASES
    severities = SEVERITY_CHOICES

    @property
    def levels(self) -> list[Choice]:
        names = LEVEL_NAMES[LevelKind(self.kind)]
        return [Choice(level.value, names[level], LEVEL_KEYS[level]) for level in Level]


@dataclass(frozen=True)
class Docket:
    """The list of what is to decide, and where in it one stands. `place`: from 1; 0 for an item that is not in it."""

    left: int
    decided: int
    place: int
    before: int | None
    after: int | None
    wanted: int | None
    reasons: list[str]


def docket_of(round: AnnotationRound, wanted: int | None, reader: object) -> Docket:
    """Around the wanted item, else the first. An item that was decided meanwhile can be looked at too."""
    disputes = disputes_for(reader, round)
    order = [dispute.item for dispute in disputes]
    decided = decided_count(round)
    current = wanted if wanted is not None else next(iter(order), None)
    if current not in order:
        return Docket(len(order), decided, 0, None, next(iter(order), None), current, [])
    at = order.index(current)
    after = order[(at + 1) % len(order)] if len(order) > 1 else None
    before = order[at - 1] if len(order) > 1 else None
    return Docket(len(order), decided, at + 1, before, after, current, disputes[at].reasons)


def case_of(round: AnnotationRound, item_id: int, *, reasons: list[str], with_names: bool) -> Case | None:
    """None where the round has no such item."""
    related = AnnotationItem.objects.select_related("comment__dataset", "prediction", "adjudication__by")
    item = related.filter(pk=item_id, round=round, gold_label="").first()
    if item is None:
        return None
    answers = list(Annotation.objects.filter(item=item).select_related("annotator__user", "annotator__panel").order_by("pk"))
    flags = list(Assignment.objects.filter(item=item, flagged=True).values_list("skip_reason", flat=True))
    kind, p = item.comment.dataset.level_kind, (item.prediction.p_low, item.prediction.p_mild, item.prediction.p_high)
    names = LEVEL_NAMES[LevelKind(kind)]
    panels = _panel_names(round)
    return Case(
        item=item,
        kind=kind,
        probabilities=[(names[level], level.value, share) for level, share in zip(Level, p, strict=True)],
        shaded=_shaded(item),
        voices=[_voice(answer, item, place, panels, with_names) for place, answer in enumerate(answers)],
        panels=_panels(answers, item, panels),
        flags=flags,
        reasons=reasons,
        decision=getattr(item, "adjudication", None),
    )


def _shaded(item: AnnotationItem) -> ShadedComment | None:
    found = Explanation.objects.filter(prediction=item.prediction_id, engine=ENGINE).first()
    return None if found is None else shade(item.comment.text, found.spans, found.figures)


def _panel_names(round: AnnotationRound) -> dict[int, str]:
    """Annotator -> the panel of then, of people who were moved since."""
    names = dict(round.project.panels.values_list("pk", "name"))
    return {annotator: names[panel] for annotator, panel in panels_kept(round.pk).items()}


def _voice(answer: Annotation, item: AnnotationItem, place: int, moved: dict[int, str], with_names: bool) -> Voice:
    verdict = Verdict(answer.verdict)
    return Voice(
        who=answer.annotator.user.get_username() if with_names else _letter(place),
        panel=moved.get(answer.annotator_id, answer.annotator.panel.name),
        verdict=VERDICT_NAMES[verdict],
        level=_level(answer, item),
        is_corrected=verdict == Verdict.INCORRECT,
        biases=tuple(BIAS_NAMES[BiasType(name)] for name in answer.bias_types),
        severity=dict(SEVERITIES).get(answer.severity or 0, ""),
        about=subgroup_name(answer.subgroup) if answer.subgroup else "",
        note=answer.note,
    )


def _letter(place: int) -> str:
    """A, B, ... Z, A2, ...: another person on every item, so that nobody is known by their letter."""
    turn, letter = divmod(place, 26)
    return chr(ord("A") + letter) + (str(turn + 1) if turn else "")


def _level(answer: Annotation, item: AnnotationItem) -> str:
    return "" if answer.verdict == Verdict.UNSURE else answer.corrected_label or item.prediction.predicted_label


def _panels(answers: list[Annotation], item: AnnotationItem, moved: dict[int, str]) -> list[PanelView]:
    of_panel: dict[str, list[Annotation]] = defaultdict(list)
    for answer in answers:
        of_panel[moved.get(answer.annotator_id, answer.annotator.panel.name)].append(answer)
    return [_panel(name, said, item) for name, said in sorted(of_panel.items())]


def _panel(name: str, answers: list[Annotation], item: AnnotationItem) -> PanelView:
    counts = Counter(level for answer in answers if (level := _level(answer, item)))
    most = counts.most_common(2)
    is_clear = bool(most) and (len(most) == 1 or most[0][1] > most[1][1])
    ordered = tuple((level.value, counts[level]) for level in Level if counts[level])
    return PanelView(name, most[0][0] if is_clear else "", ordered, sum(answer.biased for answer in answers), len(answers))

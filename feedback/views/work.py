"""What stands on the annotator's page: the item in hand, what the model says of it, the form, and how far they are."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from feedback.forms import BIAS_KEYS, BIAS_NAMES, LEVEL_KEYS, SEVERITIES, SEVERITY_KEYS, SKIP_REASONS, AnswerForm
from feedback.models import AnnotationRound, Annotator, Assignment
from modeling.labels import LEVEL_NAMES, Level, LevelKind
from modeling.models import Comment, Prediction, Project


@dataclass(frozen=True)
class Choice:
    """One answer to tick, with its key on the keyboard."""

    value: str
    name: str
    key: str


BIASES = tuple(Choice(bias.value, name, BIAS_KEYS[bias]) for bias, name in BIAS_NAMES.items())
SEVERITY_CHOICES = tuple(Choice(str(value), name, SEVERITY_KEYS[value]) for value, name in SEVERITIES)


@dataclass(frozen=True)
class Work:
    """`assignment` and `form` are None when nothing is left. `done` and `skipped` are this annotator's in this round."""

    round: AnnotationRound
    project: Project
    done: int
    skipped: int
    assignment: Assignment | None = None
    form: AnswerForm | None = None
    flag_error: str = ""

    biases = BIASES
    severities = SEVERITY_CHOICES
    skip_reasons = SKIP_REASONS

    @property
    def can_undo(self) -> bool:
        return self.round.state == AnnotationRound.State.OPEN and self.seen > 0

    @property
    def seen(self) -> int:
        return self.done + self.skipped

    @property
    def _held(self) -> Assignment:
        if self.assignment is None:
            raise ValueError("nothing is left to show")
        return self.assignment

    @property
    def comment(self) -> Comment:
        return self._held.item.comment

    @property
    def prediction(self) -> Prediction:
        return self._held.item.prediction

    @property
    def kind(self) -> str:
        return self.comment.dataset.level_kind

    @property
    def probabilities(self) -> list[tuple[str, str, float]]:
        """(name, level, probability) of the three levels."""
        names = LEVEL_NAMES[LevelKind(self.kind)]
        p = self.prediction
        return [(names[level], level.value, share) for level, share in zip(Level, (p.p_low, p.p_mild, p.p_high), strict=True)]

    @property
    def kinds(self) -> list[str]:
        return kinds_of(self.round)

    @property
    def predicted(self) -> Choice:
        level = Level(self.prediction.predicted_label)
        return Choice(level.value, LEVEL_NAMES[LevelKind(self.kind)][level], LEVEL_KEYS[level])

    @property
    def corrections(self) -> list[Choice]:
        """The two levels that the model did not say."""
        names = LEVEL_NAMES[LevelKind(self.kind)]
        return [Choice(level.value, names[level], LEVEL_KEYS[level]) for level in Level if level != self.prediction.predicted_label]

    def url(self, name: str) -> str:
        return reverse(f"feedback:{name}", args=[self.project.slug, self.round.number, self._held.pk])

    @property
    def submit_url(self) -> str:
        return self.url("submit")

    @property
    def skip_url(self) -> str:
        return self.url("skip")


def kinds_of(round: AnnotationRound) -> list[str]:
    """What the levels of its comments measure: toxicity, sentiment, or both where data sets are mixed."""
    return list(round.items.order_by().values_list("comment__dataset__level_kind", flat=True).distinct())


def work_of(round: AnnotationRound, annotator: Annotator, assignment: Assignment | None, form: AnswerForm | None = None, **more: Any) -> Work:
    """Counts this annotator's places, and makes an empty form where an item comes without one."""
    state = Assignment.State
    counts = Assignment.objects.filter(round=round, annotator=annotator).aggregate(
        done=Count("pk", filter=Q(state=state.DONE)), skipped=Count("pk", filter=Q(state=state.SKIPPED))
    )
    if assignment is not None and form is None:
        form = AnswerForm(assignment=assignment)
    return Work(round=round, project=round.project, assignment=assignment, form=form, **counts, **more)

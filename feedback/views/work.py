"""What stands on the annotator's page: the item in front, the one that waits behind it, the form, and how far they are."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from feedback.answer_sheet import AnswerSheet
from feedback.comprehension import answered_by
from feedback.exposure import Care
from feedback.forms import BIAS_KEYS, BIAS_NAMES, LEVEL_KEYS, PATTERN_NAMES, SEVERITIES, SEVERITY_KEYS, SKIP_REASONS, SUBGROUP_CHOICES
from feedback.models import AnnotationRound, Annotator, Assignment, Pause
from feedback.pipeline.purposes import last_ended
from feedback.rationale import words_of, written
from feedback.views.said import Said
from modeling.labels import Level, LevelKind
from modeling.models import Dataset, Project
from modeling.reports import LEVEL_NAMES


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
    """`said` is None when nothing is left, `ahead` when nothing comes after it. `pause`: one that
    stands, or that was lifted since their last answer. `done` and `skipped` are this annotator's in this round.
    `is_shown`: they have asked for the comment, which is hidden from them otherwise."""

    round: AnnotationRound
    project: Project
    annotator: Annotator
    done: int
    skipped: int
    said: Said | None
    ahead: Said | None
    sheet: AnswerSheet
    care: Care
    pause: Pause | None = None
    flag_error: str = ""
    is_shown: bool = False

    biases = BIASES
    severities = SEVERITY_CHOICES
    skip_reasons = SKIP_REASONS
    subgroups = SUBGROUP_CHOICES
    patterns = tuple(PATTERN_NAMES.items())

    @property
    def can_undo(self) -> bool:
        return self.round.state == AnnotationRound.State.OPEN and self.seen > 0

    @cached_property
    def last_ended(self) -> int | None:
        """What an undo takes back."""
        return last_ended(self.round.pk, self.annotator.pk)

    @cached_property
    def check_at(self) -> int:
        """Answers in this round after which three questions are due: what they gave in other rounds counts too."""
        return self.done + self.annotator.check_due_at - answered_by(self.annotator)

    @property
    def seen(self) -> int:
        return self.done + self.skipped

    @cached_property
    def kinds(self) -> list[str]:
        return kinds_of(self.round)

    @property
    def levels(self) -> list[tuple[Choice, str]]:
        """Each level with its name in a sentiment data set."""
        of_sentiment = LEVEL_NAMES[LevelKind.SENTIMENT]
        return [(Choice(level.value, LEVEL_NAMES[LevelKind.TOXICITY][level], LEVEL_KEYS[level]), of_sentiment[level]) for level in Level]

    @property
    def words(self) -> list[tuple[str, str, bool]]:
        """(span, word, whether it is marked), to tick where the page's script does not run."""
        marked = self.sheet.rationale
        words = words_of(self.said.text) if self.said else []
        return [(written([span]), word, any(span[0] < end and start < span[1] for start, end in marked)) for span, word in words]

    @property
    def base_url(self) -> str:
        """Answers go to it + a place's number, skips to that + `skip/`."""
        return reverse("feedback:annotate", args=[self.project.slug, self.round.number])


def kinds_of(round: AnnotationRound) -> list[str]:
    """What the levels of its comments measure: toxicity, sentiment, or both where data sets are mixed."""
    of_project = list(Dataset.objects.filter(project=round.project_id).order_by().values_list("level_kind", flat=True).distinct())
    if len(of_project) == 1:  # and so of each of its items, which are not searched
        return of_project
    return list(round.items.order_by().values_list("comment__dataset__level_kind", flat=True).distinct())


def work_of(round: AnnotationRound, annotator: Annotator, said: Said | None, ahead: Said | None, **more: Any) -> Work:
    """Counts this annotator's places, and makes an empty sheet where an item comes without one."""
    state = Assignment.State
    counts = Assignment.objects.filter(round=round, annotator=annotator).aggregate(
        done=Count("pk", filter=Q(state=state.DONE)), skipped=Count("pk", filter=Q(state=state.SKIPPED))
    )
    return Work(round=round, project=round.project, annotator=annotator, said=said, ahead=ahead, **{"sheet": AnswerSheet(), **counts, **more})

"""What happened beside people's work, to be marked in the charts. Each stands in the ledger too; these rows are found by project, where the
ledger, with an entry for every answer, would have to be searched from end to end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.models import GuidelineVersion
from feedback.over_time.periods import OverTimeFilter, Period
from modeling.models import Dataset, Project
from modeling.reports import champion_history

MOST_EVENTS = 60
OPENING = timedelta(minutes=1)


@dataclass(frozen=True)
class Event:
    """`round`: its number, where it concerns one."""

    at: datetime
    text: str
    url: str
    round: int | None = None

    @property
    def month(self) -> str:
        return timezone.localtime(self.at).strftime("%Y-%m")


def events_of(project: Project, chosen: OverTimeFilter) -> list[Event]:
    """Changes of the version in use, imports, changes of guidelines; the newest `MOST_EVENTS`, oldest first."""
    found = [*_changes(project), *_imports(project), *_guidelines(project)]
    within = [event for event in found if (chosen.first or event.month) <= event.month <= (chosen.last or event.month)]
    return sorted(within, key=lambda event: event.at)[-MOST_EVENTS:]


def marks_of(events: list[Event], periods: list[Period]) -> list[dict[str, str]]:
    """{period, text}: in its month, or at the round that was the newest one then."""
    marks: dict[str, list[str]] = {}
    for event in events:
        if (period := _period_of(event, periods)) is not None:
            marks.setdefault(period.name, []).append(event.text)
    return [{"period": name, "text": "; ".join(texts)} for name, texts in marks.items()]


def _period_of(event: Event, periods: list[Period]) -> Period | None:
    if event.round is not None and periods and periods[0].round is not None:
        return next((period for period in periods if event.round in period.rounds), None)
    begun = [period for period in periods if period.round is not None and period.round.opened_at <= event.at]
    return begun[-1] if begun else next((period for period in periods if period.key == event.month), None)


def _changes(project: Project) -> list[Event]:
    url = reverse("modeling:version-list", args=[project.slug])
    told = _("%(version)s: %(how)s")
    changes = champion_history(project, MOST_EVENTS)
    return [Event(change.at, told % {"version": change.version, "how": change.get_kind_display().lower()}, url) for change in changes]


def _imports(project: Project) -> list[Event]:
    done = project.datasets.filter(state=Dataset.State.DONE, finished_at__isnull=False).order_by("-finished_at")[:MOST_EVENTS]
    told = _("%(count)s comments imported: %(name)s")
    return [
        Event(
            dataset.finished_at,
            told % {"count": f"{dataset.row_count:,}", "name": dataset.name},
            reverse("modeling:dataset-detail", args=[project.slug, dataset.pk]),
        )
        for dataset in done
        if dataset.finished_at is not None
    ]


def _guidelines(project: Project) -> list[Event]:
    """Not the version that a round was opened with."""
    is_later = Q(number__gt=1) | Q(created_at__gt=F("round__opened_at") + OPENING)
    changed = GuidelineVersion.objects.filter(is_later, round__project=project).order_by("-created_at")
    told = _("guidelines of round %(round)s changed (version %(version)s)")
    return [
        Event(
            version.created_at,
            told % {"round": version.round.number, "version": version.number},
            reverse("feedback:guidelines", args=[project.slug, version.round.number]),
            version.round.number,
        )
        for version in changed.select_related("round")[:MOST_EVENTS]
    ]

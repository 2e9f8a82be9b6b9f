"""What happened to a project, to be marked beside its figures: changes of the version in use, imports, changes of guidelines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from modeling.models import Dataset, LedgerEntry, Project, VersionChange, WorkState

MOST = 200
"""Of each kind; the newest."""
GUIDELINES_CHANGED = "guidelines.changed"
"""As who edits them calls it in the ledger."""
IMPORTED, EDITED, CHANGED = "+", "✎", "▲"


@dataclass(frozen=True)
class Event:
    """`mark`: a sign for its kind, and what it concerns where that is short."""

    at: datetime
    mark: str
    text: str

    @property
    def month(self) -> str:
        return self.at.strftime("%Y-%m")


def project_events(project: Project, changes: Iterable[VersionChange]) -> list[Event]:
    """Oldest first. `changes`: of the version in use, with their versions."""
    return sorted([*map(change_event, changes), *_imports(project), *_guidelines(project)], key=lambda event: event.at)


def change_event(change: VersionChange) -> Event:
    return Event(change.at, f"{CHANGED} {change.version}", f"{change.version} {change.get_kind_display().lower()}")


def _imports(project: Project) -> Iterable[Event]:
    done = Dataset.objects.filter(project=project, state=WorkState.DONE, finished_at__isnull=False).order_by("-finished_at")
    for name, at, made_up in done.values_list("name", "finished_at", "made_up")[:MOST]:
        said = _("import of %(name)s, made up for the demonstration") if made_up else _("import of %(name)s")
        yield Event(at, IMPORTED, said % {"name": name})


def _guidelines(project: Project) -> Iterable[Event]:
    """The ledger's subject is `round 3 of slug`; a slug has no spaces."""
    changed = LedgerEntry.objects.filter(action=GUIDELINES_CHANGED, subject__endswith=f" of {project.slug}").order_by("-sequence")
    for subject, at in changed.values_list("subject", "at")[:MOST]:
        yield Event(at, EDITED, _("guidelines of %(round)s changed") % {"round": subject.rpartition(" of ")[0]})


def month_marks(events: Sequence[Event], months: Sequence[str]) -> list[dict[str, str]]:
    """One mark per month that is shown: signs above, all texts when pointed at."""
    found: dict[str, list[Event]] = {}
    for event in events:
        if event.month in months:
            found.setdefault(event.month, []).append(event)
    return [
        {"month": month, "signs": " ".join(dict.fromkeys(event.mark for event in of_month)), "text": "; ".join(event.text for event in of_month)}
        for month, of_month in found.items()
    ]

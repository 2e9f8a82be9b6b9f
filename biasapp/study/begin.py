"""Begin a study, or find the one that was begun: its project, and what it is in the ledger."""

from django.contrib.auth.models import User
from django.db import transaction

from biasapp.study.spec import StudySpec
from modeling import ledger
from modeling.models import LedgerEntry, Membership, Project, Role
from modeling.pipeline.create_project import change_settings, create_project

ACTION = "study.begun"


class StudyRefusedError(Exception):
    """What stands in the project is not this study. The message says what to do."""


def begin(*, slug: str, spec: StudySpec, lead: User | None = None) -> tuple[Project, User]:
    """The study's project and the scripted account that leads it; `lead`: a person who may look at it too.

    Raises:
        StudyRefusedError: the project holds something else, or a study that was begun otherwise.
    """
    by = _scripted_lead(slug)
    with transaction.atomic():
        project = Project.objects.filter(slug=slug).first()
        known = spec_of(slug)
        if known is None:
            project = _new(slug, project, spec, by)
        elif known != spec:
            raise StudyRefusedError(
                f"The study of {slug!r} was begun with other options ({_differing(known, spec)}). Give those, or another --project."
            )
    if project is None:
        raise StudyRefusedError(f"The project {slug!r} of this study is gone. Give another --project.")
    for user, role in ((by, Role.LEAD), *([(lead, Role.LEAD)] if lead else [])):
        Membership.objects.get_or_create(project=project, user=user, defaults={"role": role})
    return project, by


def spec_of(slug: str) -> StudySpec | None:
    """As the ledger has it; None: no study was begun under this name."""
    entry = LedgerEntry.objects.filter(action=ACTION, subject=_subject(slug)).order_by("-sequence").first()
    return StudySpec.from_dict(entry.payload) if entry else None


def _new(slug: str, project: Project | None, spec: StudySpec, by: User) -> Project:
    if project is not None:
        raise StudyRefusedError(f"The project {slug!r} exists already and is no study. Give another --project.")
    project = create_project(name=f"Study, seed {spec.seed} (simulated)", slug=slug, by=by)
    change_settings(project=project, promote_at_once=True, cycle_lane=spec.lane, by=by)
    ledger.append(actor=by, action=ACTION, subject=_subject(slug), payload=spec.as_dict())
    return project


def _subject(slug: str) -> str:
    return f"study of {slug}"[:80]


def _differing(known: StudySpec, asked: StudySpec) -> str:
    were, are = known.as_dict(), asked.as_dict()
    return "; ".join(f"{name} was {were[name]}" for name in were if were[name] != are[name])


def _scripted_lead(slug: str) -> User:
    user, created = User.objects.get_or_create(username=f"scripted-{slug}-lead")
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user

"""Annotation worlds: a project whose pool is scored, people on panels, rounds and answers."""

from dataclasses import dataclass
from itertools import count
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.utils import timezone

from feedback.models import Annotation, AnnotationRound, Annotator, Panel
from feedback.models.people import CONSENT_VERSION
from feedback.pipeline.annotate import submit_annotation
from feedback.pipeline.answer import Answer
from feedback.pipeline.assign import claim_next
from feedback.pipeline.sample import open_round
from modeling.labels import Split
from modeling.ml.what_if import Variant, VariantKind
from modeling.models import Comment, CounterfactualPair, Dataset, ModelVersion, PredictionSignal, Project, Role
from modeling.pipeline.report_pair import report_pair
from tests.factories import make_comment, make_dataset, make_member, make_prediction, make_project, make_version

numbers = count(1)

CORRECT = Answer(verdict="correct")
LOW = Answer(verdict="incorrect", corrected_label="low")
BIASED = Answer(
    verdict="incorrect",
    corrected_label="low",
    bias_types=("religious",),
    subgroup="muslim",
    pattern="identity_term",
    severity=2,
    note="a harmless remark",
)
UNSURE = Answer(verdict="unsure")


@dataclass(frozen=True)
class World:
    project: Project
    dataset: Dataset
    version: ModelVersion
    lead: User


def make_world(*, pool: int = 12, p: tuple[float, float, float] = (0.2, 0.5, 0.3)) -> World:
    """A pool of which the champion says `p` about every comment: mild, and flagged."""
    project = make_project()
    dataset = make_dataset(project)
    version = make_version(project, champion=True)
    world = World(project, dataset, version, make_member(project, Role.LEAD))
    for _ in range(pool):
        add_comment(world, p=p)
    return world


def add_comment(world: World, *, p: tuple[float, float, float] = (0.2, 0.5, 0.3), split: str = Split.POOL, **fields) -> Comment:
    comment = make_comment(world.dataset, split=split, **fields)
    make_prediction(world.version, comment, p)
    return comment


def add_signals(version: ModelVersion) -> None:
    """As a scoring run leaves them: the later a comment, the more an ensemble disagrees; all in one direction of the embedding."""
    missing = version.predictions.filter(signal=None).order_by("pk")
    rows = (PredictionSignal(prediction=one, disagreement=0.001 * 2**i, flips=None, place=bytes([100, 0])) for i, one in enumerate(missing))
    PredictionSignal.objects.bulk_create(rows)


def make_panel(project: Project, kind: str = Panel.Kind.CROWD, weight: float = 1.0) -> Panel:
    return Panel.objects.create(project=project, name=f"{kind} {next(numbers)}", kind=kind, weight=weight)


def make_annotator(project: Project, panel: Panel | None = None) -> Annotator:
    panel = panel or project.panels.first() or make_panel(project)
    return Annotator.objects.create(project=project, user=make_member(project, Role.ANNOTATOR), panel=panel)


def make_round(world: World, *, items: int = 4, overlap: int = 2, **fields) -> AnnotationRound:
    return open_round(project=world.project, name="November", item_count=items, overlap=overlap, by=world.lead, **fields)


def make_ready(items: int) -> tuple[AnnotationRound, Annotator]:
    """A round whose items are explained, and an annotator who has consented: their page shows an item at once."""
    round = make_round(make_world(pool=items), items=items)
    for item in round.items.all():
        item.prediction.explanations.create(spans=[[0, 2, 0.1], [3, 11, 0.3]])
    annotator = make_annotator(round.project)
    annotator.consented_at, annotator.consent_version = timezone.now(), CONSENT_VERSION
    annotator.save()
    return round, annotator


def answer_next(round: AnnotationRound, annotator: Annotator, answer: Answer = CORRECT, key: UUID | None = None) -> Annotation:
    place = claim_next(round=round, annotator=annotator)
    assert place is not None
    return submit_annotation(assignment_id=place.pk, annotator=annotator, key=key or uuid4(), answer=answer)


def report_a_pair(world: World, annotator: Annotator, place: str = "park") -> CounterfactualPair:
    """That a mosque is treated unlike a church."""
    twin = Variant(f"A church, a {place}.", VariantKind.SWAP, "mosque", "church", "religion|christian|muslim|place")
    return report_pair(project=world.project, version=world.version, text=f"A mosque, a {place}.", variant=twin, verdict="biased", by=annotator.user)

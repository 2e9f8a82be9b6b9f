"""A project at a glance: what stands, and what the one next step is."""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, Sum

from modeling.models import Dataset, FeedbackBatch, FirstTraining, ModelVersion, Project, RetrainingCycle, VersionChange, WorkState
from modeling.reports.cycle_history import HEAVY as HEAVY_OF_CYCLE
from modeling.reports.verdicts import short_verdict


class NextStep(StrEnum):
    """The one thing to do next, in the order of the loop."""

    IMPORT = "import"
    WAIT_FOR_IMPORT = "wait_for_import"
    TRAIN = "train"
    WATCH_TRAINING = "watch_training"
    COLLECT_FEEDBACK = "collect_feedback"
    START_CYCLE = "start_cycle"
    WATCH_CYCLE = "watch_cycle"
    READ_VERDICT = "read_verdict"


@dataclass(frozen=True)
class ProjectOverview:
    project: Project
    champion: ModelVersion | None
    last_change: VersionChange | None
    dataset_count: int
    comment_count: int
    batch_count: int
    annotation_count: int
    unused_batch_count: int
    last_cycle: RetrainingCycle | None
    last_verdict: str
    training: FirstTraining | None
    next_step: NextStep


def project_overview(project: Project) -> ProjectOverview:
    ready = Dataset.objects.filter(project=project, state=WorkState.DONE).aggregate(count=Count("pk"), comments=Sum("row_count"))
    batches = FeedbackBatch.objects.filter(project=project)
    handed_in = batches.aggregate(count=Count("pk"), annotations=Sum("annotation_count"))
    # A failed or cancelled cycle has used nothing up.
    used = RetrainingCycle.objects.filter(project=project, decided_at__isnull=False)
    unused = batches.exclude(cycles__in=used).count()
    last_cycle = project.cycles.select_related("champion", "candidate").defer(*HEAVY_OF_CYCLE).first()
    training = None if project.champion_id else project.first_trainings.first()
    return ProjectOverview(
        project=project,
        champion=project.champion,
        last_change=project.version_changes.select_related("by", "version").defer("version__loss_steps", "version__manifest").first(),
        dataset_count=ready["count"],
        comment_count=ready["comments"] or 0,
        batch_count=handed_in["count"],
        annotation_count=handed_in["annotations"] or 0,
        unused_batch_count=unused,
        last_cycle=last_cycle,
        last_verdict=short_verdict(last_cycle.decision) if last_cycle else "",
        training=training,
        next_step=_next_step(project, ready["count"], unused, last_cycle, training),
    )


def _next_step(project: Project, dataset_count: int, unused: int, last_cycle: RetrainingCycle | None, training: FirstTraining | None) -> NextStep:
    states = RetrainingCycle.State
    if not dataset_count:
        coming = Dataset.objects.filter(project=project, state__in=[WorkState.REQUESTED, WorkState.RUNNING]).exists()
        return NextStep.WAIT_FOR_IMPORT if coming else NextStep.IMPORT
    if project.champion is None:
        return NextStep.WATCH_TRAINING if training else NextStep.TRAIN
    if last_cycle and last_cycle.state in RetrainingCycle.UNDER_WAY:
        return NextStep.WATCH_CYCLE
    if last_cycle and last_cycle.state == states.ELIGIBLE and last_cycle.champion_id == project.champion_id:
        return NextStep.READ_VERDICT
    return NextStep.START_CYCLE if unused else NextStep.COLLECT_FEEDBACK

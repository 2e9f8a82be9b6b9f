"""Training a project's first version at a lead's click."""

from typing import TYPE_CHECKING

from django.db import transaction

from modeling import ledger
from modeling.errors import NothingToTrainError, TrainingRunningError
from modeling.labels import Split
from modeling.models import Comment, FirstTraining, Project, WorkState

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def request_first_training(*, project: Project, by: "User | None" = None, in_background: bool = True) -> FirstTraining:
    """Ask for the first version; one whose training failed goes on from its last checkpoint.

    Raises:
        TrainingRunningError: a version is in use already, or its training waits or runs.
        NothingToTrainError: no labelled comment stands in the train split.
    """
    with transaction.atomic():
        project = Project.objects.select_for_update().get(pk=project.pk)
        if project.champion_id is not None:
            raise TrainingRunningError("A version is in use already. Start a cycle to train on what people said.")
        if project.first_trainings.filter(state__in=[WorkState.REQUESTED, WorkState.RUNNING]).exists():
            raise TrainingRunningError("The first model is being trained already.")
        if not Comment.objects.of(project).in_split(Split.TRAIN).labelled().exists():
            raise NothingToTrainError("No labelled comment stands in the train split. Import a file with a `target` column first.")
        training = FirstTraining.objects.create(project=project, requested_by=by)
        ledger.append(actor=by or "system", action="training.requested", subject=f"first version of {project.slug}", payload={})
        if in_background:
            transaction.on_commit(lambda: enqueue_first_training(training.pk))
    return training


def enqueue_first_training(training_id: int) -> None:
    from django_q.tasks import async_task

    async_task("modeling.tasks.train_first", training_id, cluster="train", task_name=f"first training {training_id}")

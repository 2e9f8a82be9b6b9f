"""What is simulated about a project's figures: labels of scripted annotators, and dates that a seed dealt."""

from django.db.models import Exists, Q

from modeling.models import Dataset, FeedbackBatch, Project, RetrainingCycle


def simulated_marks(project: Project, cycle: RetrainingCycle | None = None) -> dict[str, Exists]:
    """To annotate rows with. Of one cycle by the labels that it was given, which are not all that the project has."""
    batches = FeedbackBatch.objects.filter(Q(cycles=cycle) if cycle else Q(project=project), simulated=True)
    return {"simulated": Exists(batches), "dealt_dates": Exists(Dataset.objects.filter(project=project, dealt_dates=True))}


def what_is_simulated(project: Project, cycle: RetrainingCycle | None = None) -> dict[str, bool]:
    """`simulated` and `dealt_dates`. One statement."""
    return dict(Project.objects.filter(pk=project.pk).values(**simulated_marks(project, cycle)).get())

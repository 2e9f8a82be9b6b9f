"""`{% simulated project %}` and `{% simulated project cycle %}`: what is simulated about the figures of a page."""

from typing import Any

from django import template
from django.db.models import Exists, Q

from modeling.models import Dataset, FeedbackBatch, Project, RetrainingCycle

register = template.Library()


@register.inclusion_tag("modeling/_simulated.html")
def simulated(project: Project, cycle: RetrainingCycle | None = None) -> dict[str, Any]:
    """Of one cycle by the labels that it was given, which are not all that the project has. One statement."""
    batches = FeedbackBatch.objects.filter(Q(cycles=cycle) if cycle else Q(project=project), simulated=True)
    dealt = Dataset.objects.filter(project=project, dealt_dates=True)
    is_simulated, has_dealt_dates = Project.objects.filter(pk=project.pk).values_list(Exists(batches), Exists(dealt)).get()
    return {"is_simulated": is_simulated, "has_dealt_dates": has_dealt_dates}

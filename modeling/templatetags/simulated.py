"""`{% simulated project %}` and `{% simulated project cycle %}`: what is simulated about the figures of a page."""

from django import template

from modeling.models import Project, RetrainingCycle
from modeling.reports.simulated import what_is_simulated

register = template.Library()


@register.inclusion_tag("modeling/_simulated.html")
def simulated(project: Project, cycle: RetrainingCycle | None = None) -> dict[str, bool]:
    """Of one cycle by the labels that it was given."""
    return what_is_simulated(project, cycle)

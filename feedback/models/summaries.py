"""What people did in each round and each month, summed up by the worker, so that no page counts answers. Nobody is named in them."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from feedback.models.people import Panel
from feedback.models.rounds import AnnotationRound
from modeling.models import Project

AGREEMENT_HELP = "{question: {alpha, low, high, ac1, ac1_low, ac1_high, items}}; null where there is too little to go by."


def once(fields: list[str], name: str) -> list[models.UniqueConstraint]:
    """One row of each panel, and one of everybody: an empty panel counts as different from another empty one."""
    return [
        models.UniqueConstraint(fields=[*fields, "panel"], name=f"{name}_once_per_panel"),
        models.UniqueConstraint(fields=fields, condition=Q(panel=None), name=f"{name}_once"),
    ]


class RoundSummary(models.Model):
    """One round: of a panel, or of everybody. A gate round has none before it is closed."""

    round = models.ForeignKey(AnnotationRound, on_delete=models.CASCADE, related_name="summaries")
    panel = models.ForeignKey(Panel, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    months = models.JSONField(default=dict, help_text="{YYYY-MM: crowd.tally.Tally}. An item belongs to the month of its last answer.")
    agreement = models.JSONField(default=dict, help_text=AGREEMENT_HELP)
    people = models.PositiveIntegerField(default=0, help_text="Who gave an answer that counts.")
    source = models.CharField(max_length=120, help_text="What it was made of: another one means that it is out of date.")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = once(["round"], "round_summed_up")

    def __str__(self) -> str:
        return f"summary of {self.round_id}"


class MonthSummary(models.Model):
    """One calendar month over the rounds that were answered in it: people's apart from those with scripted annotators. `with_open`: open
    rounds count too; who is at work in one whose predictions are hidden is shown the other row."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="month_summaries")
    month = models.CharField(max_length=7, help_text="YYYY-MM")
    panel = models.ForeignKey(Panel, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    simulated = models.BooleanField()
    with_open = models.BooleanField()
    rounds = models.JSONField(default=list, help_text="Numbers of the rounds.")
    tally = models.JSONField(default=dict, help_text="crowd.tally.Tally")
    agreement = models.JSONField(default=dict, help_text=AGREEMENT_HELP)

    class Meta:
        constraints = once(["project", "month", "simulated", "with_open"], "month_summed_up")

    def __str__(self) -> str:
        return f"{self.month} of {self.project_id}"

"""What starts cycles by itself, and what it did."""

from django.db import models
from django.utils import timezone

from modeling.models.cycles import RetrainingCycle
from modeling.models.data import Project


class CycleTrigger(models.Model):
    """One occasion on which a project's settings asked for a cycle. Its key is unique: an occasion is served once, whoever sees it first."""

    class Kind(models.TextChoices):
        MONTHLY = "monthly"
        LABELS = "labels"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="cycle_triggers")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=40, help_text="The month, `2026-11`, or the newest batch of labels that was counted.")
    cycle = models.ForeignKey(RetrainingCycle, null=True, blank=True, on_delete=models.SET_NULL, related_name="triggers")
    said = models.CharField(max_length=300, help_text="What it did, or why it did nothing.")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["project", "kind", "key"], name="trigger_served_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

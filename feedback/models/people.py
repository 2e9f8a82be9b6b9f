"""People as annotators of a project, and the panels that they belong to."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from modeling.models import Project


class Panel(models.Model):
    """Annotators whose answers are aggregated together, before panels are joined by `weight`."""

    class Kind(models.TextChoices):
        CROWD = "crowd"
        RESEARCHER = "researcher"
        EXPERT = "expert"
        COMMUNITY = "community"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="panels")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.CROWD)
    weight = models.FloatField(default=1)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="panel_name_once_per_project"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="panel_weight_positive"),
        ]

    def __str__(self) -> str:
        return self.name


CONSENT_VERSION = 1
"""Of the text of `feedback/consent.html`. A change of what it says makes the next number, and everybody is asked again."""


class Annotator(models.Model):
    """A person as annotator of one project, on one panel."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="annotators")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="annotators")
    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="annotators")
    consented_at = models.DateTimeField(null=True, blank=True, help_text="When they read and accepted the content warning.")
    consent_version = models.PositiveSmallIntegerField(default=1, help_text="Which text of it they accepted.")
    simulated = models.BooleanField(default=False, help_text="A script answers in their name, no person.")
    check_due_at = models.PositiveIntegerField(default=10, help_text="Answers after which they are asked what the shading and the bars mean.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="one_annotator_per_project")]

    def __str__(self) -> str:
        return f"{self.user} ({self.panel})"

    @property
    def has_consented(self) -> bool:
        return self.consented_at is not None and self.consent_version >= CONSENT_VERSION

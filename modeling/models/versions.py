"""Model versions, what they predicted, and when each came into use."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from modeling.labels import Arm, Lane
from modeling.models.data import Comment, Project
from modeling.models.work import LongWork, WorkState


class ModelVersion(models.Model):
    """Weights and manifest of one training. The files stand in `MODELS_DIR / directory`; they never change, and neither do rows but for
    `scored_count`."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    lane = models.CharField(max_length=6, choices=[(lane.value, lane.value) for lane in Lane])
    arm = models.CharField(max_length=8, choices=[(arm.value, arm.value) for arm in Arm], default=Arm.INITIAL)
    base = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="derived", help_text="The full-lane version it starts from."
    )
    cycle = models.ForeignKey("modeling.RetrainingCycle", null=True, blank=True, on_delete=models.CASCADE, related_name="versions")
    directory = models.CharField(max_length=255)
    manifest = models.JSONField(default=dict)
    threshold = models.FloatField()
    loss_steps = models.JSONField(default=list, help_text="[{step, epoch, total, ce, kl, pairing, feedback, <term>_gradient_norm}]")
    created_at = models.DateTimeField(default=timezone.now)
    scored_count = models.PositiveIntegerField(null=True, blank=True, help_text="Comments that it has scored, as of the last scoring.")

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="version_number_once_per_project"),
            models.UniqueConstraint(fields=["cycle", "arm"], name="one_version_per_arm"),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"

    def project_comments(self, split: str) -> int:
        """How many labelled comments the project has in a split: what a complete scoring must cover."""
        return Comment.objects.of(self.project).filter(split=split).labelled().count()


class Prediction(models.Model):
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="predictions")
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="predictions")
    p_low = models.FloatField()
    p_mild = models.FloatField()
    p_high = models.FloatField()
    predicted_label = models.CharField(max_length=4)
    score = models.FloatField(help_text=".5 p(mild) + p(high)")
    flagged = models.BooleanField(help_text="score >= the version's threshold")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "comment"], name="one_prediction_per_version")]

    def __str__(self) -> str:
        return f"{self.predicted_label} ({self.score:.2f})"


class ScoringRun(LongWork):
    """Scoring all comments of a project with a version, in the background."""

    State = WorkState

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="scoring_runs")
    state = models.CharField(max_length=12, choices=WorkState.choices, default=WorkState.REQUESTED)

    def __str__(self) -> str:
        return f"scoring with {self.version}"


class FirstTraining(LongWork):
    """Training the first version of a project, asked for by a lead, in the background."""

    State = WorkState

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="first_trainings")
    state = models.CharField(max_length=12, choices=WorkState.choices, default=WorkState.REQUESTED)
    queued_at = models.DateTimeField(default=timezone.now, help_text="When it was last put into the queue, which may lose it.")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["project"], condition=Q(state__in=["requested", "running"]), name="one_first_training_per_project")
        ]

    def __str__(self) -> str:
        return "first training"


class VersionChange(models.Model):
    """A version came into use: by promotion, by roll-back, or because a roll-back was undone. The newest one names the champion."""

    class Kind(models.TextChoices):
        INSTALLED = "installed", _("Installed")
        PROMOTED = "promoted", _("Promoted")
        OVERRIDDEN = "overridden", _("Overridden")
        ROLLED_BACK = "rolled_back", _("Rolled Back")
        RESTORED = "restored", _("Restored")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="version_changes")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="changes")
    previous = models.ForeignKey(ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    cycle = models.ForeignKey("modeling.RetrainingCycle", null=True, blank=True, on_delete=models.SET_NULL, related_name="changes")
    reason = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.version} {self.kind}"

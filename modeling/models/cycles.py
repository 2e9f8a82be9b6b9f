"""Labels handed in by people, frozen, and the retraining cycles that use them."""

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from modeling.labels import Lane, Split
from modeling.models.data import Comment, Project
from modeling.models.versions import ModelVersion
from modeling.models.work import LongWork
from modeling.primary_measures import PRIMARY_MEASURES


class FeedbackBatch(models.Model):
    """What one round handed in. Frozen: rows are added once, in one transaction, and never change."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="feedback_batches")
    provenance = models.CharField(max_length=200, help_text="Where it comes from, e.g. `round 3: November`.")
    sha256 = models.CharField(max_length=64)
    annotation_count = models.PositiveIntegerField(default=0)
    simulated = models.BooleanField(default=False, help_text="Answers of scripted annotators are in it.")
    primary_measure = models.CharField(
        max_length=40, blank=True, default="", help_text="What a candidate must gain on, chosen when the round opened; empty: nobody chose."
    )
    chosen_at = models.DateTimeField(null=True, blank=True, help_text="When the measure was chosen.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(primary_measure="", chosen_at__isnull=True) | Q(primary_measure__in=[*PRIMARY_MEASURES], chosen_at__isnull=False),
                name="batch_measure_may_be_chosen",
            )
        ]

    def __str__(self) -> str:
        return self.provenance

    @staticmethod
    def deciding(batches: "Iterable[FeedbackBatch]") -> "FeedbackBatch | None":
        """The one whose measure was chosen last, or None where nobody chose. Of rounds that are open at once, whoever closes them must not
        choose between their measures by the order, with the answers before their eyes."""
        chosen = (batch for batch in batches if batch.primary_measure)
        return max(chosen, key=lambda batch: (batch.chosen_at, batch.pk), default=None)


class FeedbackLabel(models.Model):
    """The joined judgement of people on one prediction: a soft label, its weight, and what was reported as biased."""

    batch = models.ForeignKey(FeedbackBatch, on_delete=models.CASCADE, related_name="labels")
    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="feedback_labels")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+", help_text="The version they judged.")
    split = models.CharField(max_length=5, default=Split.POOL)
    q_low = models.FloatField()
    q_mild = models.FloatField()
    q_high = models.FloatField()
    weight = models.FloatField(default=1)
    confidence = models.FloatField()
    incorrect_rate = models.FloatField()
    biased_rate = models.FloatField(default=0)
    bias_rates = models.JSONField(default=dict, help_text="{bias_type: share of annotations, in [0, 1]}")
    pattern = models.CharField(max_length=24, blank=True)
    subgroup = models.CharField(max_length=60, blank=True)
    severity = models.FloatField(default=0, help_text="Mean severity of the reports, 0 (none) to 3.")
    inclusion_probability = models.FloatField(default=1)
    annotation_count = models.PositiveSmallIntegerField()
    adjudicated = models.BooleanField(default=False, help_text="An adjudicator decided it, in the place of what people's answers make together.")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "comment"], name="one_label_per_batch"),
            # Gate, test and audit never reach training: only comments of the pool may be handed in.
            models.CheckConstraint(condition=Q(split=Split.POOL), name="feedback_label_from_pool_only"),
            models.CheckConstraint(condition=Q(weight__gte=0), name="feedback_weight_not_negative"),
        ]

    def __str__(self) -> str:
        return f"feedback on {self.comment_id}"


class RetrainingCycle(LongWork):
    """requested -> training -> evaluating -> eligible | held -> promoted; or failed | cancelled (model.md 7)."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        TRAINING = "training", _("Training")
        EVALUATING = "evaluating", _("Evaluating")
        ELIGIBLE = "eligible", _("Eligible")
        HELD = "held", _("Held")
        PROMOTED = "promoted", _("Promoted")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    RUNNING = (State.TRAINING, State.EVALUATING)
    UNDER_WAY = (State.REQUESTED, *RUNNING)

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="cycles")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.REQUESTED)
    lane = models.CharField(max_length=6, choices=[(lane.value, lane.value) for lane in Lane], default=Lane.MIDDLE)
    champion = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+", help_text="The version in use when it was requested.")
    base = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+", help_text="The full-lane version that every arm starts from.")
    candidate = models.ForeignKey(ModelVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    batches = models.ManyToManyField(FeedbackBatch, related_name="cycles", help_text="All feedback frozen for it.")
    training_config = models.JSONField(default=dict)
    gate_config = models.JSONField(default=dict)
    live_losses = models.JSONField(default=list, help_text="The newest loss components per arm, while training: [{arm, step, ...}]")
    decision = models.JSONField(default=dict, help_text="measures.gate.Decision as a dict.")
    provenance = models.CharField(max_length=200, blank=True)
    cancel_requested = models.BooleanField(default=False)
    queued_at = models.DateTimeField(default=timezone.now, help_text="When it was last put into the queue, which may lose it.")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="cycle_number_once_per_project"),
            # Waiting counts too: two triggers, or two leads, that ask at once get one cycle.
            models.UniqueConstraint(
                fields=["project"], condition=Q(state__in=["requested", "training", "evaluating"]), name="one_cycle_under_way_per_project"
            ),
        ]

    def __str__(self) -> str:
        return f"cycle {self.number}"

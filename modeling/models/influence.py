"""On whose answers labels rest, by opaque names, and what each name's labels changed in the fast lane's head."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from modeling.models.cycles import FeedbackBatch, FeedbackLabel, RetrainingCycle


class LabelSource(models.Model):
    """One of those on whose answers a label rests. `source` is a name that only whoever handed the label in can read."""

    label = models.ForeignKey(FeedbackLabel, on_delete=models.CASCADE, related_name="sources")
    source = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["label", "source"], name="source_once_per_label")]
        indexes = [models.Index(fields=["source"], name="labels_of_a_source")]

    def __str__(self) -> str:
        return f"{self.source} of {self.label_id}"


class LabelInfluence(models.Model):
    """What one source's part in a batch's labels changed in the loss of the fast lane's head on comments of train that it was not solved from:
    with the part minus without it, so below 0 is a smaller loss. The 95 % interval is over those comments. Never of a single label."""

    cycle = models.ForeignKey(RetrainingCycle, on_delete=models.CASCADE, related_name="influences")
    batch = models.ForeignKey(FeedbackBatch, on_delete=models.CASCADE, related_name="influences")
    source = models.CharField(max_length=64, blank=True, help_text="Empty: all labels of the batch together.")
    label_count = models.PositiveIntegerField(help_text="Labels in which the source has a part, of those that were trained on.")
    effect = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    loss = models.FloatField(help_text="The mean loss on those comments, with all labels.")
    comment_count = models.PositiveIntegerField(help_text="Comments on which it was measured.")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cycle", "batch", "source"], name="influence_once_per_cycle_and_source"),
            models.CheckConstraint(condition=Q(low__lte=models.F("effect"), high__gte=models.F("effect")), name="influence_within_its_interval"),
        ]
        indexes = [models.Index(fields=["batch", "source"], name="influence_of_a_source")]

    def __str__(self) -> str:
        return f"{self.source or 'all'} in {self.cycle_id}: {self.effect:+.4f}"

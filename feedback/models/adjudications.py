"""What an adjudicator decided where people could not agree, and what they have read for it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from feedback.models.items import AnnotationItem
from modeling.labels import LEVELS


class Adjudication(models.Model):
    """The decision on one item. When the round's answers are joined, it takes the place of what the panels make together."""

    item = models.OneToOneField(AnnotationItem, on_delete=models.CASCADE, related_name="adjudication")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    level = models.CharField(max_length=4, choices=[(level.value, level.value) for level in LEVELS])
    bias_types = models.JSONField(default=list, blank=True, help_text="BiasType values; empty where the prediction is not biased.")
    severity = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 to 3, if and only if it is biased.")
    reason = models.TextField(blank=True, max_length=2000)
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(level__in=[level.value for level in LEVELS]), name="adjudicated_level_is_known"),
            models.CheckConstraint(condition=Q(severity__isnull=True) | Q(severity__gte=1, severity__lte=3), name="adjudicated_severity_valid"),
        ]

    def __str__(self) -> str:
        return f"{self.level} for {self.item_id}"


class AnswersRead(models.Model):
    """Somebody has seen what others say of an item, on the page that decides or in the lists for scripts. What they had answered themselves,
    they answered before."""

    item = models.ForeignKey(AnnotationItem, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField(default=timezone.now, help_text="The first time.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "by"], name="answers_read_once_by_each")]

    def __str__(self) -> str:
        return f"answers to {self.item_id}"

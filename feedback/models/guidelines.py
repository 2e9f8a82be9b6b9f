"""What people are told to judge by, version by version."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from feedback.models.rounds import AnnotationRound


class GuidelineVersion(models.Model):
    """One text of a round's guidelines, in Markdown. It is never changed: an edit makes the next one."""

    round = models.ForeignKey(AnnotationRound, on_delete=models.CASCADE, related_name="guideline_versions")
    number = models.PositiveIntegerField()
    text = models.TextField(blank=True, max_length=10_000)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="guideline_number_once_per_round"),
            models.CheckConstraint(condition=Q(number__gte=1), name="guideline_numbers_start_at_one"),
        ]

    def __str__(self) -> str:
        return f"version {self.number} of round {self.round_id}"

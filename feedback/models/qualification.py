"""Practice comments whose level is known, and what people said of them before they were let into a round."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from feedback.models.participation import Participation
from modeling.labels import LEVELS, LevelKind
from modeling.models import Project

LEVEL_CHOICES = [(level.value, level.value) for level in LEVELS]


class QualificationItem(models.Model):
    """A comment to practise on: its right level, and why. Apart from the pool, so that no answer to it can ever count as an annotation."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="qualification_items")
    text = models.TextField(max_length=5000)
    level_kind = models.CharField(max_length=9, default=LevelKind.TOXICITY, choices=[(kind.value, kind.value) for kind in LevelKind])
    gold_label = models.CharField(max_length=4, choices=LEVEL_CHOICES)
    why = models.TextField(max_length=1000)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"practice comment {self.pk}"


class QualificationAnswer(models.Model):
    """One question of one attempt: asked when `label` is empty, answered when it is not."""

    participation = models.ForeignKey(Participation, on_delete=models.CASCADE, related_name="qualification_answers")
    item = models.ForeignKey(QualificationItem, on_delete=models.CASCADE, related_name="answers")
    attempt = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=4, blank=True, choices=LEVEL_CHOICES)
    is_right = models.BooleanField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["attempt", "position"]
        constraints = [
            models.UniqueConstraint(fields=["participation", "attempt", "position"], name="one_question_per_position"),
            models.UniqueConstraint(fields=["participation", "attempt", "item"], name="one_question_per_item"),
            models.CheckConstraint(condition=Q(label="", is_right=None) | (~Q(label="") & Q(is_right__isnull=False)), name="judged_iff_answered"),
        ]

    def __str__(self) -> str:
        return f"question {self.position} of attempt {self.attempt}"

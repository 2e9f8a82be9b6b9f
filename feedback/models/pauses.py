"""Pauses: somebody gets nothing new until a lead has looked at how they answer."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from feedback.models.participation import Participation


class Pause(models.Model):
    """Why it began, with the figures that it rests on; what the annotator says to it; how it ended. `lifted` starts the count anew."""

    class Kind(models.TextChoices):
        KNOWN_ANSWERS = "known_answers", "known answers missed"
        SPEED = "speed", "answers faster than reading"

    class Decision(models.TextChoices):
        LIFTED = "lifted"
        UPHELD = "upheld"

    participation = models.ForeignKey(Participation, on_delete=models.CASCADE, related_name="pauses")
    kind = models.CharField(max_length=13, choices=Kind.choices)
    bad = models.PositiveIntegerField(help_text="Outcomes that speak against: known answers missed, or answers below the time floor.")
    count = models.PositiveIntegerField(help_text="Outcomes that the test had seen.")
    time_floor = models.FloatField(default=0, help_text="The round's when it began, in seconds.")
    began_at = models.DateTimeField(default=timezone.now)
    appeal = models.TextField(blank=True, max_length=2000, help_text="What the annotator says to it.")
    appealed_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=6, blank=True, choices=Decision.choices)
    reply = models.TextField(blank=True, max_length=2000, help_text="What the lead says to it; the annotator reads it.")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-began_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(bad__lte=models.F("count"), count__gt=0), name="pause_rests_on_outcomes"),
            models.CheckConstraint(condition=Q(decision="") ^ Q(decided_at__isnull=False), name="pause_decided_when"),
        ]

    def __str__(self) -> str:
        return f"pause of {self.participation_id}"

    @property
    def is_standing(self) -> bool:
        return self.decision != self.Decision.LIFTED

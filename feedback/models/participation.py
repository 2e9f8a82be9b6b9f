"""One person's part in one round."""

from django.conf import settings
from django.db import models

from feedback.models.people import Annotator, Panel
from feedback.models.rounds import AnnotationRound


class Participation(models.Model):
    """What is counted per person and round, in one row that is read at every answer."""

    round = models.ForeignKey(AnnotationRound, on_delete=models.CASCADE, related_name="participations")
    annotator = models.ForeignKey(Annotator, on_delete=models.CASCADE, related_name="participations")
    started_at = models.DateTimeField(auto_now_add=True, help_text="When they first opened the round.")
    guidelines_read = models.PositiveIntegerField(default=0, help_text="Newest version of the guidelines that they have had before them.")
    qualified_at = models.DateTimeField(null=True, blank=True, help_text="When they passed the practice comments, or the lead let them in.")
    let_in_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    attempts_given = models.PositiveSmallIntegerField(default=0, help_text="Attempts that the lead granted beyond the round's.")
    exposure = models.FloatField(default=0, help_text="Hard reading in this session, in the round's points.")
    session_started_at = models.DateTimeField(null=True, blank=True)
    last_answered_at = models.DateTimeField(null=True, blank=True)
    break_started_at = models.DateTimeField(null=True, blank=True, help_text="While a break is proposed to them: since when.")
    breaks_passed = models.PositiveIntegerField(default=0, help_text="How often they went on when a break was proposed.")
    milder_until = models.DateTimeField(null=True, blank=True, help_text="Until when they asked for milder comments.")

    paused_at = models.DateTimeField(null=True, blank=True, help_text="Since when they get nothing new; see their newest pause.")
    panel = models.ForeignKey(
        Panel, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Whom they answer for here, where they were moved since."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "annotator"], name="one_participation_per_round")]

    def __str__(self) -> str:
        return f"{self.annotator_id} in round {self.round_id}"

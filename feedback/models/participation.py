"""One person's part in one round."""

from django.db import models

from feedback.models.people import Annotator
from feedback.models.rounds import AnnotationRound


class Participation(models.Model):
    """What is counted per person and round, in one row that is read at every answer."""

    round = models.ForeignKey(AnnotationRound, on_delete=models.CASCADE, related_name="participations")
    annotator = models.ForeignKey(Annotator, on_delete=models.CASCADE, related_name="participations")
    started_at = models.DateTimeField(auto_now_add=True, help_text="When they first opened the round.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "annotator"], name="one_participation_per_round")]

    def __str__(self) -> str:
        return f"{self.annotator_id} in round {self.round_id}"

"""What people may ask of us about their own data, and the name under which modeling knows their part in a round."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.models.people import Annotator
from feedback.models.rounds import AnnotationRound
from modeling.models import Project


def new_name() -> str:
    return uuid4().hex


class RoundName(models.Model):
    """Random, so that nothing but this row leads from what modeling keeps back to a person."""

    round = models.ForeignKey(AnnotationRound, on_delete=models.CASCADE, related_name="names")
    annotator = models.ForeignKey(Annotator, on_delete=models.CASCADE, related_name="round_names")
    name = models.CharField(max_length=32, unique=True, default=new_name)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "annotator"], name="one_name_per_round")]

    def __str__(self) -> str:
        return self.name


class Withdrawal(models.Model):
    """Somebody took their consent back. Their answers stay; they are given no item until they consent anew."""

    annotator = models.ForeignKey(Annotator, on_delete=models.CASCADE, related_name="withdrawals")
    withdrawn_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When they took the withdrawal back.")

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["annotator"], condition=Q(ended_at=None), name="one_withdrawal_in_force")]

    def __str__(self) -> str:
        return f"withdrawal of {self.annotator_id}"


class ErasureRequest(models.Model):
    """Somebody wants their answers erased. It waits for the labels to be joined again without them, and for training without those."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        TAKEN_BACK = "taken_back", _("taken back")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="erasure_requests")
    annotator = models.ForeignKey(Annotator, on_delete=models.CASCADE, related_name="erasure_requests")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    requested_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    answer_count = models.PositiveIntegerField(help_text="Answers that they had given by then.")
    notes_removed = models.PositiveIntegerField(help_text="Free notes of theirs that were removed at once.")

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["annotator"], condition=Q(state="waiting"), name="one_erasure_request_waiting")]

    def __str__(self) -> str:
        return f"erasure of {self.annotator_id}: {self.state}"

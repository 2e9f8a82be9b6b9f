"""The hash-chained ledger: what happened, in order, so that tampering shows."""

from django.db import models


class LedgerEntry(models.Model):
    """Appended by `modeling.ledger.append` only; never updated or deleted."""

    sequence = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150, help_text="A user's name, or `system`.")
    action = models.CharField(max_length=40)
    subject = models.CharField(max_length=80, help_text="What it concerns, e.g. `annotation 17`.")
    payload = models.JSONField(default=dict)
    # Unique: two entries can never name the same predecessor, so the chain cannot fork.
    previous_hash = models.CharField(max_length=64, unique=True)
    entry_hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["sequence"]
        indexes = [models.Index(fields=["action", "subject"], name="ledger_by_action")]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action} {self.subject}"

"""Sealed bundles of decided cycles."""

from typing import Self

from django.db import models
from django.utils import timezone

from modeling.models.cycles import RetrainingCycle


class CycleBundle(models.Model):
    """One verdict, sealed. The file stands in `MODELS_DIR / file` and never changes; the ledger holds the same SHA-256.

    A cycle that is judged again has another verdict, and so another bundle.
    """

    cycle = models.ForeignKey(RetrainingCycle, on_delete=models.CASCADE, related_name="bundles")
    decided_at = models.DateTimeField(help_text="When the verdict was reached that it proves.")
    file = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cycle", "decided_at"], name="one_bundle_per_verdict")]

    def __str__(self) -> str:
        return f"bundle of {self.cycle}"

    @classmethod
    def of(cls, cycle: RetrainingCycle) -> Self | None:
        """Of the verdict that the cycle has now."""
        return cls._default_manager.filter(cycle=cycle, decided_at=cycle.decided_at).first() if cycle.decided_at else None

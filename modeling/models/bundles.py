"""The sealed bundle of a decided cycle."""

from django.db import models
from django.utils import timezone

from modeling.models.cycles import RetrainingCycle


class CycleBundle(models.Model):
    """The file stands in `MODELS_DIR / file` and never changes; the ledger holds the same SHA-256."""

    cycle = models.OneToOneField(RetrainingCycle, on_delete=models.CASCADE, related_name="bundle")
    file = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"bundle of {self.cycle}"

"""Which comments a cycle rests on, whatever is imported, or judged by experts, after it."""

import numpy as np
from django.db import models
from numpy.typing import NDArray

from modeling.labels import Split
from modeling.models.cycles import RetrainingCycle
from modeling.models.data import Project

_STORED = np.dtype("<i8")


class FrozenSplit(models.Model):
    """The comments of one split: train as the cycle's arms read it, gate and test as its verdict was measured on them.

    Train is frozen with the first arm and stays. Gate and test come with the verdict, in its transaction, and go with it where the
    cycle is judged again.
    """

    cycle = models.ForeignKey(RetrainingCycle, on_delete=models.CASCADE, related_name="frozen_splits")
    split = models.CharField(max_length=5, choices=[(split.value, split.value) for split in Split])
    comment_ids = models.BinaryField(help_text="Sorted, as little-endian int64.")
    truth_sha256 = models.CharField(max_length=64, help_text="Of what was true of these comments, and whom they mention.")
    measures = models.JSONField(
        default=list,
        blank=True,
        help_text="Of each version at the verdict: [{version, subgroup, measure, value, low, high, n}], the version by its number, "
        "with the counts of a subgroup.",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cycle", "split"], name="split_frozen_once_per_cycle")]

    def __str__(self) -> str:
        return f"{self.split} of {self.cycle}"

    @property
    def ids(self) -> NDArray[np.int64]:
        """(n,), sorted."""
        return np.frombuffer(self.comment_ids, dtype=_STORED).astype(np.int64)

    @staticmethod
    def stored(ids: NDArray[np.int64]) -> bytes:
        return ids.astype(_STORED).tobytes()


class AuditSample(models.Model):
    """The comments of the audit split by which one month is judged, whichever version reads them, and whatever is imported later."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="audit_samples")
    month = models.CharField(max_length=7, help_text="YYYY-MM")
    comment_ids = models.BinaryField(help_text="Sorted, as little-endian int64.")
    n = models.PositiveIntegerField()
    frozen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["month"]
        constraints = [models.UniqueConstraint(fields=["project", "month"], name="month_frozen_once_per_project")]

    def __str__(self) -> str:
        return f"{self.month} of {self.project}"

    @property
    def ids(self) -> NDArray[np.int64]:
        """(n,), sorted."""
        return np.frombuffer(self.comment_ids, dtype=_STORED).astype(np.int64)

"""What stands behind single figures of a version, as the worker leaves it, so that a page scans no prediction."""

from django.db import models

from modeling.models.results import SPLIT_CHOICES
from modeling.models.versions import ModelVersion


class CurveSummary(models.Model):
    """Of a version on a split: of all comments, of those that mention one `subgroup`, or of one `month` (YYYY-MM)."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="curves")
    split = models.CharField(max_length=5, choices=SPLIT_CHOICES)
    subgroup = models.CharField(max_length=60, blank=True)
    month = models.CharField(max_length=7, blank=True)
    n = models.PositiveIntegerField()
    n_toxic = models.PositiveIntegerField()
    levels = models.JSONField(help_text="3 x 3: comments by true (rows) and predicted level, where their source has levels.")
    flags = models.JSONField(help_text="2 x 2: comments by toxic (rows) and flagged.")
    roc = models.JSONField(help_text="[[false-alarm rate, share of toxic ones found, from which score on]], at most 100; empty without both kinds.")
    bins = models.JSONField(help_text="[[n, mean confidence, share right]] in bins of equal width over [0, 1].")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "split", "subgroup", "month"], name="curve_once"),
            models.CheckConstraint(condition=models.Q(subgroup="") | models.Q(month=""), name="curve_of_subgroup_or_month"),
        ]

    def __str__(self) -> str:
        return f"curves of {self.version} on {self.split} {self.subgroup}{self.month}"

"""How measures went from month to month, and what each change of the version in use did, on comments of audit. Made by the worker."""

from django.db import models
from django.db.models import Q

from modeling.models.data import Project
from modeling.models.versions import ModelVersion, VersionChange


class Trend(models.Model):
    """Of one measure over the months of audit; null where fewer than four months have enough comments.

    `version` null: each month by the version that was in use at its end, which is what people met. Otherwise one version on every
    month's comments, which shows what the data did.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="trends")
    version = models.ForeignKey(ModelVersion, null=True, blank=True, on_delete=models.CASCADE, related_name="trends")
    measure = models.CharField(max_length=40)
    slope = models.FloatField(null=True, blank=True, help_text="Theil-Sen, per month.")
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    slope_p = models.FloatField(null=True, blank=True, help_text="Two-sided, over the draws of comments that the interval is made of.")
    slope_p_holm = models.FloatField(null=True, blank=True, help_text="After Holm over the rows of this version, as the other three.")
    n = models.PositiveIntegerField(help_text="Comments in the months that count.")
    month_count = models.PositiveSmallIntegerField()
    first_month = models.CharField(max_length=7, blank=True, help_text="YYYY-MM")
    last_month = models.CharField(max_length=7, blank=True)
    tau = models.FloatField(null=True, blank=True)
    p = models.FloatField(null=True, blank=True, help_text="Mann-Kendall.")
    p_holm = models.FloatField(null=True, blank=True)
    change_month = models.CharField(max_length=7, blank=True, help_text="The first month after the largest step.")
    change_p = models.FloatField(null=True, blank=True)
    change_p_holm = models.FloatField(null=True, blank=True)
    pettitt_p = models.FloatField(null=True, blank=True)
    pettitt_p_holm = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "measure"], condition=Q(version__isnull=False), name="trend_once_per_version"),
            models.UniqueConstraint(fields=["project", "measure"], condition=Q(version__isnull=True), name="trend_once_of_what_was_in_use"),
        ]

    def __str__(self) -> str:
        return f"{self.measure} of {self.version or 'what was in use'}: {self.slope} a month"


class BeforeAfter(models.Model):
    """One row of the paper's Table 6: a measure of the version before and of the one that came into use, on the same comments of audit."""

    change = models.ForeignKey(VersionChange, on_delete=models.CASCADE, related_name="before_after")
    measure = models.CharField(max_length=40)
    before = models.FloatField(null=True, blank=True)
    after = models.FloatField(null=True, blank=True)
    difference = models.FloatField(null=True, blank=True)
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    n = models.PositiveIntegerField()
    unit = models.CharField(max_length=8, help_text="What is drawn anew and tested: comment, or family of variants of one original.")
    units = models.PositiveIntegerField()
    test = models.CharField(max_length=20, blank=True)
    p = models.FloatField(null=True, blank=True)
    p_holm = models.FloatField(null=True, blank=True, help_text="After Holm over the rows of this change.")

    class Meta:
        ordering = ["-change", "id"]
        constraints = [models.UniqueConstraint(fields=["change", "measure"], name="before_after_once")]

    def __str__(self) -> str:
        return f"{self.measure}: {self.before} -> {self.after}"

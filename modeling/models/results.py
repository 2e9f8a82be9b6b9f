"""Measures of versions, differences between them, and explanations of single predictions."""

import math
from typing import Any

from django.db import models

from modeling.labels import Split
from modeling.map_engines import DEFAULT_MAP
from modeling.models.cycles import RetrainingCycle
from modeling.models.versions import ModelVersion, Prediction

SPLIT_CHOICES = [(split.value, split.value) for split in Split]


class Measured(models.Model):
    """A value with its 95 % interval and n; `value` is null where there are too few comments ("not enough data")."""

    measure = models.CharField(max_length=40)
    value = models.FloatField(null=True, blank=True)
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    n = models.PositiveIntegerField()

    class Meta:
        abstract = True

    @staticmethod
    def values_of(row: Any) -> dict[str, Any]:
        """Fields from a row of `modeling.measures`. nan is stored as null: JSON and SQL have no nan, and "not enough data" is not a number."""
        values = {name: float(getattr(row, name)) for name in ("value", "low", "high")}
        finite = {name: value if math.isfinite(value) else None for name, value in values.items()}
        return {"measure": row.measure, "n": int(row.n), **finite}


class Evaluation(Measured):
    """One overall measure of a version on a split. `source` is a data set's name, or empty for all; `month` is YYYY-MM, or empty."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="evaluations")
    split = models.CharField(max_length=5, choices=SPLIT_CHOICES)
    source = models.CharField(max_length=120, blank=True)
    month = models.CharField(max_length=7, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["version", "split", "source", "month", "measure"], name="measure_once")]

    def __str__(self) -> str:
        return f"{self.measure} {self.value}"


class SubgroupScore(Measured):
    """One measure of a version for one subgroup on a split."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="subgroup_scores")
    split = models.CharField(max_length=5, choices=SPLIT_CHOICES)
    subgroup = models.CharField(max_length=60)
    n_toxic = models.PositiveIntegerField()
    n_non_toxic = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["version", "split", "subgroup", "measure"], name="subgroup_measure_once")]

    def __str__(self) -> str:
        return f"{self.subgroup} {self.measure} {self.value}"


class ProbeScore(Measured):
    """One measure of a version on made-up sentences. They are the same for every version, so it is taken once: no split, no cycle."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="probe_scores")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["version", "measure"], name="probe_measure_once")]

    def __str__(self) -> str:
        return f"{self.measure} {self.value}"


class Difference(Measured):
    """Paired difference of two versions on one measure: `version` - `against`; `subgroup` is empty for overall measures."""

    cycle = models.ForeignKey(RetrainingCycle, on_delete=models.CASCADE, related_name="differences")
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+")
    against = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+")
    split = models.CharField(max_length=5, choices=SPLIT_CHOICES)
    subgroup = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["cycle", "version", "against", "split", "subgroup", "measure"], name="difference_once")]

    def __str__(self) -> str:
        return f"{self.version} - {self.against}: {self.measure} {self.value}"


class Explanation(models.Model):
    """Words of one comment with what each did to the score, by one engine. Cached per prediction, and so per version."""

    prediction = models.ForeignKey(Prediction, on_delete=models.CASCADE, related_name="explanations")
    engine = models.CharField(max_length=32, default=DEFAULT_MAP.stored_as, help_text="`map_engines.MapKey.stored_as`")
    spans = models.JSONField(help_text="[[start, end, attribution]] in characters of the comment; at most 24")
    figures = models.JSONField(
        default=dict, help_text="`faithfulness`: as `measures.faithfulness` gives it, null where there is nothing to measure; `convergence_delta`."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["prediction", "engine"], name="one_explanation_per_engine")]

    def __str__(self) -> str:
        return f"{self.engine} of {self.prediction_id}"

    @property
    def is_measured(self) -> bool:
        return "faithfulness" in self.figures

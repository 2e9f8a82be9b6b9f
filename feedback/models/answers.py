"""What people said."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from feedback.models.items import AnnotationItem, Assignment, Purpose
from feedback.models.people import Annotator
from modeling.labels import LEVELS, BiasPattern, Verdict


class SampleManager(models.Manager["Annotation"]):
    """Answers that count. Known answers and repeats tell about a person, and must not be mistaken for a further voice on an item."""

    def get_queryset(self) -> models.QuerySet["Annotation"]:
        return super().get_queryset().filter(purpose=Purpose.SAMPLE)


class Annotation(models.Model):
    """One person's answer on one item. `objects` has those that count; `of_any_purpose` also answers to known items and to repeats."""

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="annotation")
    purpose = models.CharField(max_length=6, choices=Purpose.choices, default=Purpose.SAMPLE, help_text="As the place's.")
    item = models.ForeignKey(AnnotationItem, on_delete=models.CASCADE, related_name="annotations")
    annotator = models.ForeignKey(Annotator, on_delete=models.CASCADE, related_name="annotations")
    key = models.UUIDField(unique=True, help_text="Idempotency key: the same answer sent twice is stored once.")
    verdict = models.CharField(max_length=9, choices=[(v.value, v.value) for v in Verdict])
    corrected_label = models.CharField(max_length=4, blank=True, choices=[(level.value, level.value) for level in LEVELS])
    biased = models.BooleanField(default=False)
    bias_types = models.JSONField(default=list, blank=True, help_text="BiasType values; empty if and only if not biased.")
    pattern = models.CharField(max_length=24, blank=True, choices=[(p.value, p.value.replace("_", " ")) for p in BiasPattern])
    subgroup = models.CharField(max_length=60, blank=True)
    severity = models.PositiveSmallIntegerField(null=True, blank=True)
    rationale = models.JSONField(default=list, blank=True, help_text="Words that prove it: [[start, end], ...], characters of the comment.")
    note = models.TextField(blank=True, max_length=2000)
    seconds = models.FloatField(default=0, help_text="In view of the annotator; where their page does not say, from being shown to the answer.")
    guidelines_version = models.PositiveIntegerField(default=0, help_text="The guidelines in force when it was given; 0: none.")
    created_at = models.DateTimeField(default=timezone.now)

    objects = SampleManager()
    of_any_purpose = models.Manager()  # noqa: DJ012 - a manager, no field

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["item", "annotator"], condition=~Q(purpose="repeat"), name="one_annotation_per_annotator"),
            models.UniqueConstraint(fields=["item", "annotator"], condition=Q(purpose="repeat"), name="one_repeated_annotation"),
            models.CheckConstraint(condition=Q(verdict__in=[v.value for v in Verdict]), name="verdict_is_known"),
            models.CheckConstraint(
                condition=Q(verdict="incorrect", corrected_label__in=[level.value for level in LEVELS])
                | (~Q(verdict="incorrect") & Q(corrected_label="")),
                name="corrected_label_iff_incorrect",
            ),
            models.CheckConstraint(
                # Not null is said apart: a check that comes out as null counts as fulfilled.
                condition=Q(biased=False, severity__isnull=True) | Q(biased=True, severity__isnull=False, severity__gte=1, severity__lte=3),
                name="severity_iff_biased",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} on {self.item_id}"

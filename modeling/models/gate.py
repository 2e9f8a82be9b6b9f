"""What the gate has spent, and the truth that experts added to it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from modeling.models.cycles import RetrainingCycle
from modeling.models.data import Comment, Project


class GateLook(models.Model):
    """One test of a candidate on the gate split: a share of the year's alpha, spent before anything is measured and never given back.

    The year and the number are unique, so two looks can never share one share. A look without `decided_at` belongs to a cycle that
    has not come to its verdict; started again, it goes on under the same look as long as what it rests on is the same. A look that
    was broken off is spent all the same: it has a `decided_at`, and no decision.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="gate_looks")
    cycle = models.ForeignKey(RetrainingCycle, on_delete=models.CASCADE, related_name="looks")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField(help_text="Of the project's looks in this year.")
    alpha = models.FloatField(help_text="What the primary measure is tested at; 0 where the year's looks are spent.")
    provenance = models.CharField(max_length=200, help_text="Why gate was looked at.")
    taken_at = models.DateTimeField(default=timezone.now)
    rests_on = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the comments of gate, their truth, and what champion and candidate said of them."
    )
    decided_at = models.DateTimeField(null=True, blank=True, help_text="When it came to its verdict, or was broken off.")
    decision = models.JSONField(
        default=dict, blank=True, help_text="What was decided, as `RetrainingCycle.decision` was then; empty where it was broken off."
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "year", "number"], name="gate_look_spent_once"),
            models.UniqueConstraint(fields=["cycle"], condition=Q(decided_at__isnull=True), name="one_open_look_per_cycle"),
            models.CheckConstraint(condition=Q(number__gte=1), name="gate_look_counts_from_one"),
        ]

    def __str__(self) -> str:
        return f"look {self.number} of {self.year}"


class GateTruth(models.Model):
    """A comment that a gate round took out of the pool, for good, and what experts said of it.

    `Comment.target`, which every measure reads, holds the experts' truth once there is one, and nothing until then: neither relatives
    that moved along nor comments that nobody answered may judge anything. What the data set itself said stays here.
    """

    comment = models.OneToOneField(Comment, on_delete=models.PROTECT, related_name="gate_truth")
    provenance = models.CharField(max_length=200, help_text="Who asked, e.g. `gate round 4`.")
    moved_at = models.DateTimeField(default=timezone.now)
    was_shown = models.BooleanField(default=False, help_text="Shown to experts; otherwise a relative of one, which moved along.")
    dataset_target = models.FloatField(null=True, blank=True)
    dataset_level = models.CharField(max_length=4, blank=True)
    dataset_annotator_count = models.PositiveSmallIntegerField(null=True, blank=True)
    q_low = models.FloatField(null=True, blank=True)
    q_mild = models.FloatField(null=True, blank=True)
    q_high = models.FloatField(null=True, blank=True)
    annotation_count = models.PositiveSmallIntegerField(default=0)
    agreement = models.FloatField(null=True, blank=True, help_text="Share of the experts' levels that are the consensus, in [0, 1].")
    labelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(labelled_at__isnull=True, q_low__isnull=True, annotation_count=0)
                | Q(labelled_at__isnull=False, q_low__isnull=False, q_mild__isnull=False, q_high__isnull=False, annotation_count__gte=1),
                name="gate_truth_has_answers_behind_it",
            ),
        ]

    def __str__(self) -> str:
        return f"gate truth of {self.comment_id} ({self.provenance})"

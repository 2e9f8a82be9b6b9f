"""What people said of a text and its variant: that a model treats them unlike and should not, or that they are not alike; and what a cycle
was given of that."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from modeling.models.cycles import RetrainingCycle
from modeling.models.data import Comment, Project
from modeling.models.versions import ModelVersion


class CounterfactualPair(models.Model):
    """One person's report of one pair. Both texts are masked. `pair_key` is the same for copies, and for a pair in the other order."""

    class Verdict(models.TextChoices):
        BIASED = "biased", _("Reported as bias")
        NOT_EQUIVALENT = "not_equivalent", _("Not equivalent")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="counterfactual_pairs")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+", help_text="The version that was asked.")
    comment = models.ForeignKey(Comment, null=True, blank=True, on_delete=models.CASCADE, related_name="+", help_text="Empty: typed in.")
    text = models.TextField()
    twin = models.TextField()
    text_hash = models.CharField(max_length=64, help_text="As a comment's, so that one which stands in a pair is known whoever typed it.")
    twin_hash = models.CharField(max_length=64)
    pair_key = models.CharField(max_length=64)
    kind = models.CharField(max_length=8, choices=[(kind, kind) for kind in ("swap", "edit")])
    before = models.CharField(max_length=200, blank=True, help_text="The words of `text` that were exchanged.")
    after = models.CharField(max_length=200, blank=True)
    rule = models.CharField(max_length=400, blank=True, help_text="By which the swap can be left out (`ml.swap_rules`); empty: not by one rule.")
    verdict = models.CharField(max_length=14, choices=Verdict.choices)
    by_lead = models.BooleanField(default=False, help_text="The reporter was a lead, or an admin, at the time.")
    set_aside_at = models.DateTimeField(null=True, blank=True, help_text="When a lead allowed the swap again: it teaches nothing any more.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "reporter", "pair_key"], name="pair_reported_once_by_each"),
            models.CheckConstraint(condition=~Q(verdict="not_equivalent", rule=""), name="rejected_swap_has_a_rule"),
        ]
        indexes = [models.Index(fields=["project", "verdict", "rule"], name="pairs_by_rule")]

    def __str__(self) -> str:
        return f"{self.before or 'edit'} → {self.after}: {self.verdict}"


class CyclePair(models.Model):
    """A pair that people reported as bias, as a cycle was given it: frozen when it was asked for, and without their names."""

    cycle = models.ForeignKey(RetrainingCycle, on_delete=models.CASCADE, related_name="pairs")
    pair_key = models.CharField(max_length=64)
    text = models.TextField()
    twin = models.TextField()
    text_hash = models.CharField(max_length=64)
    twin_hash = models.CharField(max_length=64)
    weight = models.FloatField(help_text="b_i of the pairing, in (0, 1].")
    reporters = models.PositiveIntegerField(help_text="How many reported it.")

    class Meta:
        ordering = ["pair_key"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "pair_key"], name="pair_once_per_cycle"),
            models.CheckConstraint(condition=Q(weight__gt=0, weight__lte=1), name="pair_weight_in_bounds"),
        ]

    def __str__(self) -> str:
        return f"pair of {self.cycle_id}"

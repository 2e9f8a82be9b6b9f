"""What was made of a closed round's answers, and why: rows written once, in the transaction that freezes its labels.

Leads alone see them. Sentences in them name nobody: who is meant stands in columns that go when a person's account goes.
"""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Joining(models.Model):
    """How the answers of one round were joined. `agreement`, `differences` and `signals` hold plain values, ready to show."""

    round = models.OneToOneField("feedback.AnnotationRound", on_delete=models.CASCADE, related_name="joining")
    method = models.CharField(max_length=16, help_text="The method that was chosen; a panel that cannot carry it says so.")
    differences = models.JSONField(default=list, help_text="[{first, second, share, low, high, items}]: items that two methods label differently.")
    agreement = models.JSONField(default=list, help_text="[{panel, question, alpha, low, high, ac1, ac1_low, ac1_high, items}]; null where too few.")
    signals = models.JSONField(default=list, help_text="[{kind, sentence, reduces, p_value, accounts}]; accounts are ids of annotators.")
    known_count = models.PositiveIntegerField(default=0, help_text="Items whose answer was known beforehand.")
    disputed_count = models.PositiveIntegerField(default=0)
    without_label_count = models.PositiveIntegerField(default=0)
    doubt_method = models.CharField(max_length=24, blank=True, help_text="How doubtful labels were ranked; empty when nothing could be.")
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"joining of {self.round_id}"


class PanelWeight(models.Model):
    """What one panel weighed in a round: `weight` = what the lead `stated` x the `trust` that its answers earned."""

    joining = models.ForeignKey(Joining, on_delete=models.CASCADE, related_name="panel_weights")
    panel = models.ForeignKey("feedback.Panel", on_delete=models.CASCADE, related_name="weights")
    method = models.CharField(max_length=16)
    method_reason = models.CharField(max_length=200, blank=True, help_text="Why not the chosen one; empty when it was.")
    annotator_count = models.PositiveIntegerField()
    answer_count = models.PositiveIntegerField()
    stated = models.FloatField()
    trust = models.FloatField()
    weight = models.FloatField()
    evidence = models.JSONField(default=dict, help_text="The figures behind `trust`, by name.")
    reasons = models.JSONField(default=list, help_text="One plain sentence for each reduction.")

    class Meta:
        ordering = ["panel__name"]
        constraints = [
            models.UniqueConstraint(fields=["joining", "panel"], name="panel_weighed_once_per_round"),
            models.CheckConstraint(condition=Q(trust__gt=0, trust__lte=1), name="trust_never_nothing_nor_above_one"),
        ]

    def __str__(self) -> str:
        return f"{self.panel}: {self.weight}"


class AnnotatorWeight(models.Model):
    """What one person's answers weighed in a round. `reliability` with its 95 % interval; `report_factor` below 1 where reports came
    faster than anybody reads; `voice`: whom they count as one with."""

    joining = models.ForeignKey(Joining, on_delete=models.CASCADE, related_name="annotator_weights")
    annotator = models.ForeignKey("feedback.Annotator", on_delete=models.CASCADE, related_name="weights")
    panel = models.ForeignKey("feedback.Panel", on_delete=models.CASCADE, related_name="+")
    answer_count = models.PositiveIntegerField()
    shared_count = models.PositiveIntegerField(help_text="Answers that could be compared: with others' on the same item, or with a known one.")
    reliability = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    known_count = models.PositiveIntegerField(default=0, help_text="Their answers on items whose answer was known.")
    known_right = models.PositiveIntegerField(default=0)
    report_factor = models.FloatField(default=1)
    voice = models.ForeignKey("feedback.Annotator", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reasons = models.JSONField(default=list, help_text="One plain sentence for each reduction.")

    class Meta:
        ordering = ["reliability", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["joining", "annotator"], name="annotator_weighed_once_per_round"),
            models.CheckConstraint(condition=Q(report_factor__gte=0, report_factor__lte=1), name="report_factor_in_unit_interval"),
        ]

    def __str__(self) -> str:
        return f"{self.annotator_id}: {self.reliability:.2f}"


class DoubtfulLabel(models.Model):
    """An item whose joined label is the more likely to be wrong, the lower its `quality`. Shown to the lead; changes nothing."""

    joining = models.ForeignKey(Joining, on_delete=models.CASCADE, related_name="doubtful_labels")
    item = models.ForeignKey("feedback.AnnotationItem", on_delete=models.CASCADE, related_name="doubts")
    rank = models.PositiveIntegerField()
    quality = models.FloatField(help_text="How likely the label is right, in [0, 1], by cleanlab.")
    level = models.CharField(max_length=4)

    class Meta:
        ordering = ["rank"]
        constraints = [models.UniqueConstraint(fields=["joining", "item"], name="doubt_once_per_round")]

    def __str__(self) -> str:
        return f"{self.rank}. {self.item_id}"


class DisputedItem(models.Model):
    """An item on which panels prefer different levels, or whose joined label is not clear: the least clear first. It keeps its soft label;
    an expert looks at it."""

    joining = models.ForeignKey(Joining, on_delete=models.CASCADE, related_name="disputed_items")
    item = models.ForeignKey("feedback.AnnotationItem", on_delete=models.CASCADE, related_name="disputes")
    rank = models.PositiveIntegerField()
    level = models.CharField(max_length=4, help_text="The joined label's likeliest level.")
    confidence = models.FloatField(help_text="Of the joined label in that level, in [0, 1].")
    panel_levels = models.JSONField(default=list, help_text="[{panel, level}]: the name of each panel that answered, and the level it prefers.")

    class Meta:
        ordering = ["rank"]
        constraints = [models.UniqueConstraint(fields=["joining", "item"], name="disputed_once_per_round")]

    def __str__(self) -> str:
        return f"{self.rank}. {self.item_id}"

"""What a round shows, and the places that people take to answer it."""

import secrets

from django.db import models
from django.db.models import Q

from feedback.models.people import Annotator
from feedback.models.rounds import AnnotationRound
from modeling.labels import LEVELS, Split
from modeling.models import Comment, Prediction


class AnnotationItem(models.Model):
    """One prediction chosen for annotation. It keeps the prediction that it was sampled with."""

    round = models.ForeignKey(AnnotationRound, on_delete=models.CASCADE, related_name="items")
    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="annotation_items")
    prediction = models.ForeignKey(Prediction, on_delete=models.PROTECT, related_name="annotation_items")
    split = models.CharField(max_length=5, default=Split.POOL)
    round_kind = models.CharField(max_length=4, choices=AnnotationRound.Kind.choices, default=AnnotationRound.Kind.POOL)
    rank = models.PositiveIntegerField(help_text="Order in which items are given out.")
    inclusion_probability = models.FloatField()
    is_drawn = models.BooleanField(default=True, help_text="Drawn for the sample; if not, it is here as a known answer only and makes no label.")
    gold_label = models.CharField(
        max_length=4, blank=True, choices=[(level.value, level.value) for level in LEVELS], help_text="The answer, where it is known beforehand."
    )

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["round", "comment"], name="comment_once_per_round"),
            # Gate, test and audit are never shown in a pool round; test and audit never at all.
            models.CheckConstraint(
                condition=Q(round_kind="pool", split=Split.POOL) | Q(round_kind="gate", split=Split.GATE), name="item_split_fits_its_round"
            ),
            models.CheckConstraint(condition=Q(inclusion_probability__gt=0, inclusion_probability__lte=1), name="inclusion_probability_valid"),
        ]

    def __str__(self) -> str:
        return f"item {self.pk}"


def a_random_number() -> int:
    """From 1 to 2^53 - 1: what JSON's readers take for an integer."""
    return secrets.randbelow(2**53 - 1) + 1


class Purpose(models.TextChoices):
    """What an answer is asked for: as one of an item's `overlap`, or, outside of it, to know how well and how steadily somebody answers."""

    SAMPLE = "sample"
    GOLD = "gold", "known answer"
    REPEAT = "repeat"


class Assignment(models.Model):
    """A place: one of an item's `overlap` annotations, free or held by one annotator under a lease of minutes. Places of another purpose are
    made for one annotator, and nobody else ever gets them."""

    class State(models.TextChoices):
        FREE = "free"
        CLAIMED = "claimed"
        DONE = "done"
        SKIPPED = "skipped"
        LAPSED = "lapsed"
        """Of a purpose outside the sample, and not answered in time: it goes to nobody."""

    # In turn, the numbers of places that are made while people answer would stand out, and the page shows them: they would tell what is a check.
    id = models.BigIntegerField(primary_key=True, default=a_random_number, editable=False)
    item = models.ForeignKey(AnnotationItem, on_delete=models.CASCADE, related_name="assignments")
    round = models.ForeignKey(AnnotationRound, on_delete=models.CASCADE, related_name="assignments")
    purpose = models.CharField(max_length=6, choices=Purpose.choices, default=Purpose.SAMPLE)
    rank = models.PositiveIntegerField(help_text="Copied from the item, and shifted by place, so that one index serves the claim.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.FREE)
    annotator = models.ForeignKey(Annotator, null=True, blank=True, on_delete=models.CASCADE, related_name="assignments")
    slot = models.PositiveSmallIntegerField(null=True, blank=True, help_text="While it is claimed: 0 or 1, since an annotator holds two at most.")
    claimed_at = models.DateTimeField(null=True, blank=True)
    shown_at = models.DateTimeField(null=True, blank=True, help_text="When it came in front of the annotator; empty while it waits behind another.")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was answered or skipped.")
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    skip_reason = models.CharField(max_length=200, blank=True)
    flagged = models.BooleanField(default=False, help_text="Skipped with a flag for the lead to look at.")
    blind = models.BooleanField(default=False, help_text="The prediction is hidden until the annotator has given a level of their own.")
    own_level = models.CharField(max_length=4, blank=True, choices=[(level.value, level.value) for level in LEVELS])
    own_level_key = models.UUIDField(null=True, blank=True, help_text="Random: hashed with the level for the ledger, so that it is not guessed.")
    taken_back = models.JSONField(null=True, blank=True, help_text="While it is held again: what its annotator had answered and took back.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "annotator"], condition=~Q(purpose="repeat"), name="one_assignment_per_annotator"),
            models.UniqueConstraint(fields=["item", "annotator"], condition=Q(purpose="repeat"), name="one_repeat_per_annotator"),
            # Two tabs that ask at once must end up with the same places: the one in front, and the one that waits behind it.
            models.UniqueConstraint(fields=["round", "annotator", "slot"], condition=Q(state="claimed"), name="one_place_per_slot"),
            models.CheckConstraint(
                condition=Q(state="claimed", slot__isnull=False, slot__in=[0, 1]) | (~Q(state="claimed") & Q(slot__isnull=True)),
                name="claimed_places_have_a_slot",
            ),
            models.CheckConstraint(
                condition=Q(state="free", annotator__isnull=True) | (~Q(state="free") & Q(annotator__isnull=False)),
                name="free_places_have_no_annotator",
            ),
            models.CheckConstraint(condition=~Q(state="free") | Q(purpose="sample", blind=False, own_level=""), name="free_places_are_of_the_sample"),
            models.CheckConstraint(condition=Q(own_level="") | Q(blind=True, own_level__in=[*LEVELS]), name="own_level_of_blind_places"),
        ]
        # A full index, not a partial one: on SQLite a bound parameter never matches a partial index.
        indexes = [models.Index(fields=["round", "state", "rank", "id"], name="assignment_next_place")]

    def __str__(self) -> str:
        return f"place of {self.item_id} ({self.state})"

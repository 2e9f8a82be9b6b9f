"""Rounds of annotation: items, places, people, answers."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from feedback.frozen import AnnotatorWeight, DisputedItem, DoubtfulLabel, Joining, PanelWeight
from modeling.labels import DEFAULT_PRIMARY_MEASURE, LEVELS, BiasPattern, Split, Verdict
from modeling.models import Comment, FeedbackBatch, ModelVersion, Prediction, Project, RetrainingCycle

__all__ = [
    "Annotation",
    "AnnotationItem",
    "AnnotationRound",
    "Annotator",
    "AnnotatorWeight",
    "Assignment",
    "DisputedItem",
    "DoubtfulLabel",
    "Joining",
    "JoiningMethod",
    "Panel",
    "PanelWeight",
    "SamplingPlan",
    "SamplingStrategy",
]


class Panel(models.Model):
    """Annotators whose answers are aggregated together, before panels are joined by `weight`."""

    class Kind(models.TextChoices):
        CROWD = "crowd"
        RESEARCHER = "researcher"
        EXPERT = "expert"
        COMMUNITY = "community"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="panels")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.CROWD)
    weight = models.FloatField(default=1)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="panel_name_once_per_project"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="panel_weight_positive"),
        ]

    def __str__(self) -> str:
        return self.name


class Annotator(models.Model):
    """A person as annotator of one project, on one panel."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="annotators")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="annotators")
    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="annotators")
    consented_at = models.DateTimeField(null=True, blank=True, help_text="When they read and accepted the content warning.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="one_annotator_per_project")]

    def __str__(self) -> str:
        return f"{self.user} ({self.panel})"


class SamplingStrategy(models.TextChoices):
    RANDOM = "random"
    LEAST_CONFIDENCE = "least_confidence", "least confidence"
    MARGIN = "margin"
    ENTROPY = "entropy"
    DISAGREEMENT = "disagreement", "disagreement of an ensemble"
    STRATIFIED = "stratified", "stratified by subgroup and level"
    BIAS_SEEKING = "bias_seeking", "bias-seeking"


class JoiningMethod(models.TextChoices):
    """How a panel's answers become one label; the names of `crowd.methods`."""

    DAWID_SKENE = "dawid_skene", "Dawid-Skene"
    MACE = "mace", "MACE"
    MAJORITY_VOTE = "majority_vote", "majority vote"
    GOLD_WEIGHTED = "gold_weighted", "weighted by known answers"


class AnnotationRound(models.Model):
    class State(models.TextChoices):
        DRAWING = "drawing", "being drawn"
        OPEN = "open"
        CLOSED = "closed"
        CANCELLED = "cancelled"
        FAILED = "failed", "not opened"

    class Kind(models.TextChoices):
        """What people's answers become: labels to train on, or truth of fresh comments by which the gate judges a held candidate."""

        POOL = "pool"
        GATE = "gate"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="rounds")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=4, choices=Kind.choices, default=Kind.POOL)
    judges = models.ForeignKey(
        RetrainingCycle,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="gate_rounds",
        help_text="The held cycle that a gate round settles.",
    )
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+", help_text="Whose predictions are judged.")
    panels = models.ManyToManyField(Panel, related_name="rounds", blank=True, help_text="Who may answer; none means every panel.")
    strategy = models.CharField(max_length=20, choices=SamplingStrategy.choices, default=SamplingStrategy.BIAS_SEEKING)
    item_count = models.PositiveIntegerField()
    overlap = models.PositiveSmallIntegerField(default=2, help_text="Annotations wanted per item.")
    random_share = models.FloatField(default=0.25, help_text="Share of the items drawn at random, so that estimates can be weighted back.")
    effective_n = models.FloatField(null=True, blank=True, help_text="Kish's effective sample size of the draw.")
    drawn_from = models.PositiveIntegerField(null=True, blank=True, help_text="Comments that could have been drawn.")
    signals_missing = models.JSONField(default=list, blank=True, help_text="What the draw had to do without, of crowd.suspicion.missing_signals.")
    draw_stage = models.CharField(max_length=80, blank=True)
    draw_progress = models.FloatField(default=0)
    draw_error = models.TextField(blank=True, help_text="Why it could not be drawn.")
    heartbeat_at = models.DateTimeField(null=True, blank=True, help_text="When its drawing was last heard of.")
    seed = models.PositiveIntegerField(default=0)
    primary_measure = models.CharField(
        max_length=40, default=DEFAULT_PRIMARY_MEASURE, help_text="What a candidate must gain on: chosen when it opened, and never after."
    )
    guidelines = models.TextField(blank=True)
    deadline = models.DateField(null=True, blank=True)
    simulated = models.BooleanField(default=False, help_text="Holds answers of scripted annotators.")
    batch = models.OneToOneField(
        FeedbackBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="What was handed in when it closed."
    )
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When a gate round's answers became truth. It hands in no labels to train on.")
    joining_method = models.CharField(max_length=16, choices=JoiningMethod.choices, default=JoiningMethod.DAWID_SKENE)
    wants_cycle = models.BooleanField(default=True, help_text="Whether closing it asks for a retraining cycle.")
    cycle = models.ForeignKey(RetrainingCycle, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="round_number_once_per_project"),
            # Two rounds drawn at once could show the same comments.
            models.UniqueConstraint(fields=["project"], condition=Q(state="drawing"), name="one_round_drawn_at_a_time"),
            models.CheckConstraint(condition=Q(overlap__gte=1), name="overlap_at_least_one"),
            models.CheckConstraint(condition=Q(random_share__gte=0, random_share__lte=1), name="random_share_in_unit_interval"),
            models.CheckConstraint(
                condition=Q(kind="pool", judges__isnull=True, settled_at__isnull=True) | Q(kind="gate", judges__isnull=False, batch__isnull=True),
                name="gate_round_judges_and_trains_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"round {self.number}: {self.name}"

    @property
    def is_handed_in(self) -> bool:
        """Nothing of it waits to be joined any more."""
        return self.batch_id is not None or self.settled_at is not None or self.state in (self.State.CANCELLED, self.State.FAILED)


class SamplingPlan(models.Model):
    """What rounds of any size would show and find in a project's pool: counted in the background, read by the form that opens a round."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="sampling_plan")
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+", help_text="Whose predictions were counted.")
    content = models.JSONField(default=dict, help_text="crowd.planning.Plan as a dict; empty while it has never been counted.")
    signals_missing = models.JSONField(default=list, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    requested_at = models.DateTimeField(null=True, blank=True, help_text="When it was last asked for.")

    def __str__(self) -> str:
        return f"plan of {self.project}"


class AnnotationItem(models.Model):
    """One prediction chosen for annotation. It keeps the prediction that it was sampled with."""

    round = models.ForeignKey(AnnotationRound, on_delete=models.CASCADE, related_name="items")
    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="annotation_items")
    prediction = models.ForeignKey(Prediction, on_delete=models.PROTECT, related_name="annotation_items")
    split = models.CharField(max_length=5, default=Split.POOL)
    round_kind = models.CharField(max_length=4, choices=AnnotationRound.Kind.choices, default=AnnotationRound.Kind.POOL)
    rank = models.PositiveIntegerField(help_text="Order in which items are given out.")
    inclusion_probability = models.FloatField()
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


class Assignment(models.Model):
    """A place: one of an item's `overlap` annotations, free or held by one annotator under a lease of minutes."""

    class State(models.TextChoices):
        FREE = "free"
        CLAIMED = "claimed"
        DONE = "done"
        SKIPPED = "skipped"

    item = models.ForeignKey(AnnotationItem, on_delete=models.CASCADE, related_name="assignments")
    round = models.ForeignKey(AnnotationRound, on_delete=models.CASCADE, related_name="assignments")
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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "annotator"], name="one_assignment_per_annotator"),
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
        ]
        # A full index, not a partial one: on SQLite a bound parameter never matches a partial index.
        indexes = [models.Index(fields=["round", "state", "rank", "id"], name="assignment_next_place")]

    def __str__(self) -> str:
        return f"place of {self.item_id} ({self.state})"


class Annotation(models.Model):
    """One person's answer on one item."""

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="annotation")
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
    note = models.TextField(blank=True, max_length=2000)
    seconds = models.FloatField(default=0, help_text="From claim to answer.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["item", "annotator"], name="one_annotation_per_annotator"),
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

"""Rounds of annotation, and what rounds of any size would find."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.models.people import Panel
from modeling.models import FeedbackBatch, ModelVersion, Project, RetrainingCycle
from modeling.primary_measures import PRIMARY_MEASURES


class SamplingStrategy(models.TextChoices):
    RANDOM = "random", _("Random")
    LEAST_CONFIDENCE = "least_confidence", _("least confidence")
    MARGIN = "margin", _("Margin")
    ENTROPY = "entropy", _("Entropy")
    DISAGREEMENT = "disagreement", _("disagreement of an ensemble")
    STRATIFIED = "stratified", _("stratified by subgroup and level")
    BIAS_SEEKING = "bias_seeking", _("bias-seeking")


class JoiningMethod(models.TextChoices):
    """How a panel's answers become one label; the names of `crowd.methods`."""

    DAWID_SKENE = "dawid_skene", "Dawid-Skene"
    MACE = "mace", "MACE"
    MAJORITY_VOTE = "majority_vote", _("majority vote")
    GOLD_WEIGHTED = "gold_weighted", _("weighted by known answers")


class AnnotationRound(models.Model):
    class State(models.TextChoices):
        DRAWING = "drawing", _("being drawn")
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("not opened")

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
        max_length=40,
        blank=True,
        default="",
        help_text="What a candidate must gain on: chosen when it opened, and never after. Empty: nobody chose, so it is the usual one.",
    )
    gold_rate = models.FloatField(default=0, help_text="Share of what people are shown whose answer is known beforehand.")
    repeat_rate = models.FloatField(default=0, help_text="Share of what people are shown that they have answered before.")
    blind_share = models.FloatField(default=0, help_text="Share of items whose prediction is hidden until people gave their own level.")
    time_floor = models.FloatField(default=0, help_text="Seconds below which nobody can have read a comment; 0: no floor.")
    guidelines = models.TextField(blank=True, help_text="The newest version's text, in Markdown.")
    guidelines_version = models.PositiveIntegerField(default=0, help_text="The newest version's number; 0: there are no guidelines.")
    qualification_items = models.PositiveSmallIntegerField(default=0, help_text="Practice comments to judge before one is let in; 0: none.")
    pass_mark = models.FloatField(default=0.8, help_text="Share of practice comments to judge rightly.")
    qualification_attempts = models.PositiveSmallIntegerField(default=3, help_text="How often one may try before the lead must be asked.")
    exposure_budget = models.PositiveIntegerField(
        default=40, help_text="Hard reading until a break: each comment counts by its toxicity score and the severity reported; 0: no budget."
    )
    break_minutes = models.PositiveSmallIntegerField(default=45, help_text="Minutes until a break is proposed; 0: never by time.")
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
            models.CheckConstraint(condition=Q(primary_measure__in=["", *PRIMARY_MEASURES]), name="round_measure_may_be_chosen"),
            models.CheckConstraint(condition=Q(overlap__gte=1), name="overlap_at_least_one"),
            models.CheckConstraint(
                condition=Q(gold_rate__gte=0, gold_rate__lte=0.5, repeat_rate__gte=0, repeat_rate__lte=0.5, blind_share__gte=0, blind_share__lte=1),
                name="shares_of_the_stream_valid",
            ),
            models.CheckConstraint(condition=Q(time_floor__gte=0, time_floor__lte=60), name="time_floor_valid"),
            models.CheckConstraint(condition=Q(random_share__gte=0, random_share__lte=1), name="random_share_in_unit_interval"),
            models.CheckConstraint(condition=Q(pass_mark__gt=0, pass_mark__lte=1, qualification_attempts__gte=1), name="qualification_can_be_passed"),
            models.CheckConstraint(
                condition=Q(kind="pool", judges__isnull=True, settled_at__isnull=True) | Q(kind="gate", judges__isnull=False, batch__isnull=True),
                name="gate_round_judges_and_trains_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"round {self.number}: {self.name}"

    @property
    def ledger_subject(self) -> str:
        """As the ledger calls it."""
        return f"round {self.number} of {self.project.slug}"

    @property
    def shown_at_most(self) -> int:
        """To one person, about: every item once, and what comes between them outside the sample."""
        return round(self.item_count / (1 - min(self.gold_rate + self.repeat_rate, 0.9)))

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

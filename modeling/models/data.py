"""Projects, people's roles in them, data sets and comments."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from modeling.labels import HIGH_THRESHOLD, LOW_THRESHOLD, Lane, LevelKind, MentionSource, Split
from modeling.models.work import LongWork, WorkState


class Role(models.TextChoices):
    """In a project. Each role may do what the ones before it may."""

    ANNOTATOR = "annotator", _("Annotator")
    ADJUDICATOR = "adjudicator", _("Adjudicator")
    LEAD = "lead", _("Lead")
    ADMIN = "admin", _("Admin")


class Project(models.Model):
    name = models.CharField(max_length=120)
    slug = models.SlugField(unique=True)
    champion = models.ForeignKey("modeling.ModelVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    promote_at_once = models.BooleanField(default=False, help_text="Promote an eligible candidate without waiting for a lead's click.")
    cycle_lane = models.CharField(
        max_length=6, choices=[(lane.value, lane.value) for lane in Lane], default=Lane.MIDDLE, help_text="Of cycles that no person starts by hand."
    )
    monthly_since = models.DateTimeField(null=True, blank=True, help_text="When monthly cycles were switched on; empty: off.")
    labels_for_cycle = models.PositiveIntegerField(null=True, blank=True, help_text="So many new labels start a cycle; empty: off.")
    reports_since = models.DateTimeField(null=True, blank=True, help_text="When monthly reports were switched on; empty: off.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.CheckConstraint(condition=Q(labels_for_cycle__isnull=True) | Q(labels_for_cycle__gte=1), name="some_labels_for_cycle")]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def has_made_up_comments(self) -> bool:
        return self.datasets.filter(made_up=True).exists()


class Membership(models.Model):
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.ANNOTATOR)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="one_membership_per_project")]

    def __str__(self) -> str:
        return f"{self.user} · {self.role} · {self.project}"


class Dataset(LongWork):
    """One imported file. Its comments count only while `state` is done, so that a broken import leaves nothing behind."""

    State = WorkState

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="datasets")
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=12, choices=WorkState.choices, default=WorkState.REQUESTED)
    level_kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in LevelKind], default=LevelKind.TOXICITY)
    low_threshold = models.FloatField(default=LOW_THRESHOLD)
    high_threshold = models.FloatField(default=HIGH_THRESHOLD)
    file_name = models.CharField(max_length=255, blank=True)
    stored_file = models.CharField(max_length=500, blank=True, help_text="Where an upload waits for the worker; emptied afterwards.")
    sha256 = models.CharField(max_length=64, blank=True)
    made_up = models.BooleanField(default=False, help_text="Demonstration data: written for the software, not by people on the internet.")
    mention_source = models.CharField(max_length=10, choices=[(s.value, s.value) for s in MentionSource], blank=True)
    binary_only = models.BooleanField(default=False, help_text="Every target is 0 or 1 and there are no vote counts.")
    dealt_dates = models.BooleanField(default=False, help_text="Its dates were dealt to the comments by a seed; the source has none.")
    row_count = models.PositiveIntegerField(default=0)
    rejected_count = models.PositiveIntegerField(default=0)
    masked_count = models.PositiveIntegerField(default=0, help_text="Comments in which something private was masked.")
    counts = models.JSONField(
        default=dict,
        blank=True,
        help_text="When it was imported: {splits, levels, mentions by subgroup, axes: comments that mention anybody on it}, each {name: n}.",
    )
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-requested_at"]
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="dataset_name_once_per_project")]

    def __str__(self) -> str:
        return self.name


class RejectedRow(models.Model):
    """One line of the import report: a row that was not imported, and why."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="rejected_rows")
    line = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)
    excerpt = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["line"]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class CommentQuerySet(models.QuerySet["Comment"]):
    def of(self, project: Project) -> "CommentQuerySet":
        return self.filter(dataset__project=project, dataset__state=WorkState.DONE)

    def in_split(self, split: Split) -> "CommentQuerySet":
        return self.filter(split=split)

    def labelled(self) -> "CommentQuerySet":
        return self.filter(target__isnull=False)


class Comment(models.Model):
    """A masked comment: the masked text is the comment; the raw text is not kept."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="comments")
    external_id = models.CharField(max_length=120)
    text = models.TextField()
    text_hash = models.CharField(max_length=64, db_index=True, help_text="SHA-256 of the masked text, case and spaces folded.")
    family = models.CharField(max_length=120, blank=True, db_index=True, help_text="Variants of one original share it, and so its split.")
    split = models.CharField(max_length=5, choices=[(s.value, s.value) for s in Split])
    target = models.FloatField(null=True, blank=True)
    annotator_count = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Votes behind `target` (toxicity_annotator_count).")
    level = models.CharField(max_length=4, blank=True)
    attributes = models.JSONField(default=dict, blank=True, help_text="Subtypes of toxicity, in [0, 1], where the file has them.")
    created_date = models.DateField(null=True, blank=True)
    article_id = models.CharField(max_length=60, blank=True)
    parent_id = models.CharField(max_length=60, blank=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "external_id"], name="comment_id_once_per_dataset"),
            models.CheckConstraint(condition=Q(target__isnull=True) | Q(target__gte=0, target__lte=1), name="target_in_unit_interval"),
            models.CheckConstraint(condition=Q(split__in=[s.value for s in Split]), name="comment_split_is_known"),
        ]
        indexes = [models.Index(fields=["dataset", "split", "id"], name="comment_by_split")]

    def __str__(self) -> str:
        return f"{self.external_id} ({self.split})"


class SubgroupMention(models.Model):
    """A comment mentions a subgroup (value >= .5 counts as a member). Says who is mentioned, not who writes."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="mentions")
    subgroup = models.CharField(max_length=60)
    value = models.FloatField(default=1)
    source = models.CharField(max_length=10, choices=[(s.value, s.value) for s in MentionSource])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["comment", "subgroup"], name="mention_once_per_comment")]
        indexes = [models.Index(F("subgroup"), name="mention_by_subgroup")]

    def __str__(self) -> str:
        return f"{self.subgroup} ({self.source})"

"""Social dynamics: how much of each version's maps lies on words that name a subgroup, or that a lead watches; and who is mentioned with whom."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from modeling.labels import WATCHED_PREFIX
from modeling.map_engines import MapEngine
from modeling.models.data import Comment, Project
from modeling.models.versions import ModelVersion, VersionChange
from modeling.models.work import LongWork, WorkState

ENGINES = (MapEngine.GRADIENT_X_ATTENTION, MapEngine.ATTENTION)
"""Whose maps are read: what words weigh, and where the model looked. Both come from one pass."""

ENGINE_CHOICES = [(engine.value, engine.value) for engine in ENGINES]
SUBJECT_HELP = "A subgroup; `word:` and a watched word; or empty: all words that name a subgroup."


class DynamicsRun(LongWork):
    """Reading a version's maps in the background. It works in slices, and waits its turn between them: others use the same queue."""

    State = WorkState

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="dynamics_runs")
    state = models.CharField(max_length=12, choices=WorkState.choices, default=WorkState.REQUESTED)
    asked_at = models.DateTimeField(default=timezone.now, help_text="When it was first asked for; `requested_at` moves with each slice.")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["version", "-id"], name="dynamics_runs_of_a_version")]

    def __str__(self) -> str:
        return f"social dynamics of {self.version}"


class WatchedWord(models.Model):
    """Read beside the words that name subgroups, like one more of these."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="watched_words")
    word = models.CharField(max_length=40, help_text="In lower case.")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["word"]
        constraints = [models.UniqueConstraint(fields=["project", "word"], name="word_watched_once")]

    def __str__(self) -> str:
        return self.word

    @property
    def subject(self) -> str:
        return WATCHED_PREFIX + self.word


class OfSubject(models.Model):
    engine = models.CharField(max_length=32, choices=ENGINE_CHOICES)
    subject = models.CharField(max_length=60, blank=True, help_text=SUBJECT_HELP)

    class Meta:
        abstract = True


class WordShare(OfSubject):
    """Of one comment's map. `chance`, `variance`: of the share, the map's figures handed out anew among the words. Null: no word has a figure."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="word_shares")
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="+")
    share = models.FloatField(null=True, blank=True)
    chance = models.FloatField(null=True, blank=True)
    variance = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "engine", "subject", "comment"], name="word_share_once")]

    def __str__(self) -> str:
        return f"{self.subject or 'all'} in {self.comment_id}: {self.share}"


class ShareSummary(OfSubject):
    """The mean share over comments, with its 95 % interval; null where there are too few. `chance_low`, `chance_high`: means by chance."""

    class Cut(models.TextChoices):
        ALL = "all"
        MONTH = "month"
        THREAD = "thread"
        DATASET = "dataset"

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="share_summaries")
    cut = models.CharField(max_length=8, choices=Cut.choices)
    place = models.CharField(max_length=80, blank=True, help_text="YYYY-MM; data set's number:thread; data set's number; empty for all.")
    share = models.FloatField(null=True, blank=True)
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    chance = models.FloatField(null=True, blank=True)
    chance_low = models.FloatField(null=True, blank=True)
    chance_high = models.FloatField(null=True, blank=True)
    n = models.PositiveIntegerField()
    families = models.PositiveIntegerField(help_text="Originals behind these comments.")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["version", "engine", "subject", "cut", "place"], name="share_summary_once")]

    def __str__(self) -> str:
        return f"{self.subject or 'all'} {self.place}: {self.share}"


class ShareChange(OfSubject):
    """What a change of the version in use did to the mean share, on the comments that both versions were read on; after minus before."""

    change = models.ForeignKey(VersionChange, on_delete=models.CASCADE, related_name="share_changes")
    before = models.FloatField(null=True, blank=True)
    after = models.FloatField(null=True, blank=True)
    difference = models.FloatField(null=True, blank=True)
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    n = models.PositiveIntegerField()
    families = models.PositiveIntegerField()

    class Meta:
        ordering = ["-change", "id"]
        constraints = [models.UniqueConstraint(fields=["change", "engine", "subject"], name="share_change_once")]

    def __str__(self) -> str:
        return f"{self.subject or 'all'}: {self.difference}"


class CoMention(models.Model):
    """Comments of the pool that mention a subgroup (`second` empty), or two of them, and what a version says of them.

    `lift`: how many times as often the two are mentioned together as they would be if neither knew of the other.
    """

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="co_mentions")
    first = models.CharField(max_length=60)
    second = models.CharField(max_length=60, blank=True)
    n = models.PositiveIntegerField()
    score = models.FloatField(help_text="The mean toxicity score.")
    score_low = models.FloatField(null=True, blank=True)
    score_high = models.FloatField(null=True, blank=True)
    flag_rate = models.FloatField()
    flag_low = models.FloatField()
    flag_high = models.FloatField()
    lift = models.FloatField(null=True, blank=True)
    lift_low = models.FloatField(null=True, blank=True)
    lift_high = models.FloatField(null=True, blank=True)
    highest = models.JSONField(null=True, help_text="Ids of the comments that the version scores highest, the highest first; null: not kept yet.")

    class Meta:
        ordering = ["-n", "first", "second"]
        constraints = [
            models.UniqueConstraint(fields=["version", "first", "second"], name="co_mention_once"),
            models.CheckConstraint(condition=Q(second="") | Q(second__gt=models.F("first")), name="co_mention_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first} {self.second}: {self.n}"

"""Monthly reports: each one self-contained page with the data behind it, kept as it was made."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from modeling.models.data import Project
from modeling.models.work import LongWork, WorkState


class MonthlyReport(LongWork):
    """Made in the background; `finished_at` is when. One that stands is never changed: asked for again, a month has another report."""

    State = WorkState
    HAS_PDF = {"has_pdf": models.Q(pdf__isnull=False)}
    """To annotate a list with, which must not read the files."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="monthly_reports")
    month = models.CharField(max_length=7, help_text="YYYY-MM")
    state = models.CharField(max_length=12, choices=WorkState.choices, default=WorkState.REQUESTED)
    scheduled = models.BooleanField(default=False, help_text="By the calendar, not by a person.")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    html = models.TextField(blank=True)
    data = models.JSONField(default=dict, help_text="Every figure of the page.")
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the page.")
    pdf = models.BinaryField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "month"], condition=Q(scheduled=True), name="one_scheduled_report_a_month"),
            models.UniqueConstraint(fields=["project"], condition=Q(state__in=["requested", "running"]), name="one_report_under_way_per_project"),
        ]

    def __str__(self) -> str:
        return f"report of {self.month}"

"""Rows -> frozen dataclasses for templates and API. A door: `feedback` and `biasapp` import these names from here.

Reads stored rows only: the web process must never load pandas, scikit-learn or torch.
"""

from modeling.reports.cycles import CycleReport, Effect, MeasureRow, SplitReport, SubgroupRow, cycle_report
from modeling.reports.dashboard import Dashboard, DashboardChoices, DashboardFilter, dashboard, dashboard_choices
from modeling.reports.datasets import SplitCount, split_counts
from modeling.reports.explanations import ShadedComment, shade
from modeling.reports.figures import Figure
from modeling.reports.losses import ArmLoss, cycle_losses
from modeling.reports.projects import NextStep, ProjectOverview, project_overview
from modeling.reports.versions import VersionRow, champion_history, earlier_version, manifest_facts, version_rows
from modeling.reports.work import WorkProgress, progress_of

__all__ = [
    "ArmLoss",
    "CycleReport",
    "Dashboard",
    "DashboardChoices",
    "DashboardFilter",
    "Effect",
    "Figure",
    "MeasureRow",
    "NextStep",
    "ProjectOverview",
    "ShadedComment",
    "SplitCount",
    "SplitReport",
    "SubgroupRow",
    "VersionRow",
    "WorkProgress",
    "champion_history",
    "cycle_losses",
    "cycle_report",
    "dashboard",
    "dashboard_choices",
    "earlier_version",
    "manifest_facts",
    "progress_of",
    "project_overview",
    "shade",
    "split_counts",
    "version_rows",
]

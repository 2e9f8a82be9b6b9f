"""Rows -> frozen dataclasses for templates and API. A door: `feedback` and `biasapp` import these names from here.

Reads stored rows only: the web process must never load pandas, scikit-learn or torch.
"""

from modeling.measure_texts import text_of
from modeling.measures.plausibility import MeanPlausibility
from modeling.names import AXIS_NAMES, LEVEL_NAMES, SUBGROUP_NAMES, subgroup_name
from modeling.reports.compare import CompareFilter, Comparison, compared_subgroups, comparison
from modeling.reports.curves import CurvesFilter, CurvesReport, curve_subjects, curves_report
from modeling.reports.cycle_history import CycleLine, cycle_history
from modeling.reports.cycle_subgroups import SubgroupRow
from modeling.reports.cycles import CycleReport, Effect, MeasureRow, SplitReport, cycle_report
from modeling.reports.dashboard import Dashboard, DashboardChoices, DashboardFilter, dashboard, dashboard_choices
from modeling.reports.datasets import SplitCount, split_counts
from modeling.reports.dynamics import Dynamics, DynamicsChoices, DynamicsFilter, dynamics, dynamics_choices, dynamics_runs
from modeling.reports.dynamics_comments import CellFilter, comments_behind
from modeling.reports.explanations import ShadedComment, shade
from modeling.reports.figures import Figure
from modeling.reports.gate import GateHistory, LookRow, gate_history, settling_of
from modeling.reports.losses import ArmLoss, cycle_losses
from modeling.reports.maps import MapReport, map_report
from modeling.reports.paper import PaperPage, paper_page
from modeling.reports.plausibility import plausibility_of
from modeling.reports.primary import (
    DecidedBy,
    PrimaryChoice,
    awaits_gate_measures,
    decided_by,
    missing_on_gate,
    primary_choices,
    proposed_primary,
    would_decide,
)
from modeling.reports.probes import ProbeTable
from modeling.reports.projects import NextStep, ProjectOverview, project_overview
from modeling.reports.triggers import TriggerReport, trigger_report
from modeling.reports.version_losses import VersionLosses, trained_versions, version_losses
from modeling.reports.versions import VersionRow, champion_history, earlier_version, manifest_facts, version_rows
from modeling.reports.work import WorkProgress, progress_of

__all__ = [
    "AXIS_NAMES",
    "LEVEL_NAMES",
    "SUBGROUP_NAMES",
    "ArmLoss",
    "CellFilter",
    "CompareFilter",
    "Comparison",
    "CurvesFilter",
    "CurvesReport",
    "CycleLine",
    "CycleReport",
    "Dashboard",
    "DashboardChoices",
    "DashboardFilter",
    "DecidedBy",
    "Dynamics",
    "DynamicsChoices",
    "DynamicsFilter",
    "Effect",
    "Figure",
    "GateHistory",
    "LookRow",
    "MapReport",
    "MeanPlausibility",
    "MeasureRow",
    "NextStep",
    "PaperPage",
    "PrimaryChoice",
    "ProbeTable",
    "ProjectOverview",
    "ShadedComment",
    "SplitCount",
    "SplitReport",
    "SubgroupRow",
    "TriggerReport",
    "VersionLosses",
    "VersionRow",
    "WorkProgress",
    "awaits_gate_measures",
    "champion_history",
    "comments_behind",
    "compared_subgroups",
    "comparison",
    "curve_subjects",
    "curves_report",
    "cycle_history",
    "cycle_losses",
    "cycle_report",
    "dashboard",
    "dashboard_choices",
    "decided_by",
    "dynamics",
    "dynamics_choices",
    "dynamics_runs",
    "earlier_version",
    "gate_history",
    "manifest_facts",
    "map_report",
    "missing_on_gate",
    "paper_page",
    "plausibility_of",
    "primary_choices",
    "progress_of",
    "project_overview",
    "proposed_primary",
    "settling_of",
    "shade",
    "split_counts",
    "subgroup_name",
    "text_of",
    "trained_versions",
    "trigger_report",
    "version_losses",
    "version_rows",
    "would_decide",
]

"""The rows behind the loop. A door: `feedback` and `biasapp` import these names from here."""

from modeling.models.bundles import CycleBundle
from modeling.models.curves import CurveSummary
from modeling.models.cycles import FeedbackBatch, FeedbackLabel, RetrainingCycle
from modeling.models.data import Comment, Dataset, Membership, Project, RejectedRow, Role, SubgroupMention
from modeling.models.dynamics import CoMention, DynamicsRun, ShareChange, ShareSummary, WatchedWord, WordShare
from modeling.models.frozen import AuditSample, FrozenSplit
from modeling.models.gate import GateLook, GateTruth
from modeling.models.influence import LabelInfluence, LabelSource
from modeling.models.ledger import LedgerEntry
from modeling.models.monthly_reports import MonthlyReport
from modeling.models.pairs import CounterfactualPair, CyclePair
from modeling.models.results import Difference, Evaluation, Explanation, ProbeScore, SubgroupScore
from modeling.models.signals import PredictionSignal
from modeling.models.trends import BeforeAfter, Trend
from modeling.models.triggers import CycleTrigger
from modeling.models.versions import FirstTraining, ModelVersion, Prediction, ScoringRun, VersionChange
from modeling.models.work import WorkState

__all__ = [
    "AuditSample",
    "BeforeAfter",
    "CoMention",
    "Comment",
    "CounterfactualPair",
    "CurveSummary",
    "CycleBundle",
    "CyclePair",
    "CycleTrigger",
    "Dataset",
    "Difference",
    "DynamicsRun",
    "Evaluation",
    "Explanation",
    "FeedbackBatch",
    "FeedbackLabel",
    "FirstTraining",
    "FrozenSplit",
    "GateLook",
    "GateTruth",
    "LabelInfluence",
    "LabelSource",
    "LedgerEntry",
    "Membership",
    "ModelVersion",
    "MonthlyReport",
    "Prediction",
    "PredictionSignal",
    "ProbeScore",
    "Project",
    "RejectedRow",
    "RetrainingCycle",
    "Role",
    "ScoringRun",
    "ShareChange",
    "ShareSummary",
    "SubgroupMention",
    "SubgroupScore",
    "Trend",
    "VersionChange",
    "WatchedWord",
    "WordShare",
    "WorkState",
]

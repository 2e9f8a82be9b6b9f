"""The rows behind the loop. A door: `feedback` and `biasapp` import these names from here."""

from modeling.models.cycles import FeedbackBatch, FeedbackLabel, RetrainingCycle
from modeling.models.data import Comment, Dataset, Membership, Project, RejectedRow, Role, SubgroupMention
from modeling.models.ledger import LedgerEntry
from modeling.models.results import Difference, Evaluation, Explanation, SubgroupScore
from modeling.models.versions import ModelVersion, Prediction, ScoringRun, VersionChange
from modeling.models.work import WorkState

__all__ = [
    "Comment",
    "Dataset",
    "Difference",
    "Evaluation",
    "Explanation",
    "FeedbackBatch",
    "FeedbackLabel",
    "LedgerEntry",
    "Membership",
    "ModelVersion",
    "Prediction",
    "Project",
    "RejectedRow",
    "RetrainingCycle",
    "Role",
    "ScoringRun",
    "SubgroupMention",
    "SubgroupScore",
    "VersionChange",
    "WorkState",
]

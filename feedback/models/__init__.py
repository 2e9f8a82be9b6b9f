"""Rounds of annotation: items, places, people, answers."""

from feedback.models.adjudications import Adjudication, AnswersRead
from feedback.models.answers import Annotation
from feedback.models.comprehension import ComprehensionAnswer
from feedback.models.guidelines import GuidelineVersion
from feedback.models.invitations import Invitation, InvitationTry, InvitationUse
from feedback.models.items import AnnotationItem, Assignment, Purpose
from feedback.models.joined import AnnotatorWeight, DisputedItem, DoubtfulLabel, Joining, PanelWeight
from feedback.models.participation import Participation
from feedback.models.pauses import Pause
from feedback.models.people import Annotator, Panel
from feedback.models.preferences import Preferences
from feedback.models.qualification import QualificationAnswer, QualificationItem
from feedback.models.rights import ErasureRequest, RoundName, Withdrawal
from feedback.models.rounds import AnnotationRound, JoiningMethod, SamplingPlan, SamplingStrategy
from feedback.models.summaries import MonthSummary, RoundSummary

__all__ = [
    "Adjudication",
    "Annotation",
    "AnnotationItem",
    "AnnotationRound",
    "Annotator",
    "AnnotatorWeight",
    "AnswersRead",
    "Assignment",
    "ComprehensionAnswer",
    "DisputedItem",
    "DoubtfulLabel",
    "ErasureRequest",
    "GuidelineVersion",
    "Invitation",
    "InvitationTry",
    "InvitationUse",
    "Joining",
    "JoiningMethod",
    "MonthSummary",
    "Panel",
    "PanelWeight",
    "Participation",
    "Pause",
    "Preferences",
    "Purpose",
    "QualificationAnswer",
    "QualificationItem",
    "RoundName",
    "RoundSummary",
    "SamplingPlan",
    "SamplingStrategy",
    "Withdrawal",
]

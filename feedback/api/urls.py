"""URLs of the annotation side's endpoints, below `/api/v1/`."""

from django.urls import path

from feedback.api import adjudicate, answers, export, gate_rounds, joining, over_time, quality, rounds

PROJECT = "projects/<slug:slug>/"
ROUND = "rounds/<int:pk>/"
PLACE = "assignments/<int:pk>/"

urlpatterns = [
    path(PROJECT + "rounds/", rounds.Rounds.as_view(), name="round-list"),
    path(PROJECT + "over-time/", over_time.OverTime.as_view(), name="over-time"),
    path(ROUND, rounds.RoundDetail.as_view(), name="round-detail"),
    path(ROUND + "close/", rounds.Close.as_view(), name="round-close"),
    path(ROUND + "joining/", joining.RoundJoining.as_view(), name="round-joining"),
    path(ROUND + "joining/method/", joining.RoundMethod.as_view(), name="round-method"),
    path(ROUND + "known-answers/", joining.KnownAnswers.as_view(), name="round-known-answers"),
    path(ROUND + "joining/weights/", joining.RoundWeights.as_view(), name="round-weights"),
    path(ROUND + "joining/disputes/", joining.RoundDisputes.as_view(), name="round-disputes"),
    path(ROUND + "joining/doubts/", joining.RoundDoubts.as_view(), name="round-doubts"),
    path(ROUND + "cancel/", gate_rounds.Cancel.as_view(), name="round-cancel"),
    path(ROUND + "reopen/", gate_rounds.Reopen.as_view(), name="round-reopen"),
    path(ROUND + "disputed-so-far/", adjudicate.Disputed.as_view(), name="round-disputed-so-far"),
    path(ROUND + "adjudications/", adjudicate.Adjudications.as_view(), name="round-adjudications"),
    path(ROUND + "adjudications/undo/", adjudicate.UndoAdjudication.as_view(), name="adjudication-undo"),
    path(ROUND + "people/give-back/", adjudicate.GiveBack.as_view(), name="person-give-back"),
    path(ROUND + "people/move/", adjudicate.Move.as_view(), name="person-move"),
    path(PROJECT + "cycles/<int:number>/gate-rounds/", gate_rounds.GateRounds.as_view(), name="gate-round-list"),
    path(ROUND + "consent/", answers.Consent.as_view(), name="round-consent"),
    path(ROUND + "claim/", answers.Claim.as_view(), name="round-claim"),
    path(PLACE + "submit/", answers.Submit.as_view(), name="assignment-submit"),
    path(PLACE + "own-level/", answers.OwnLevel.as_view(), name="assignment-own-level"),
    path(PLACE + "skip/", answers.Skip.as_view(), name="assignment-skip"),
    path(ROUND + "following/", quality.Following.as_view(), name="round-following"),
    path(ROUND + "quality/", quality.RoundQuality.as_view(), name="round-quality"),
    path(ROUND + "pauses/", quality.Pauses.as_view(), name="round-pauses"),
    path("pauses/<int:pk>/decision/", quality.PauseDecision.as_view(), name="pause-decision"),
    path(PROJECT + "annotations/export/", export.Export.as_view(), name="annotation-export"),
]

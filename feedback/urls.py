"""URLs of rounds, annotation and export."""

from django.urls import path

from feedback.views import (
    adjudicate,
    annotate,
    answers,
    care,
    export,
    gate_rounds,
    guidelines,
    invitations,
    joining,
    my_data,
    my_work,
    open_round,
    pauses,
    rounds,
)

app_name = "feedback"

PROJECT = "projects/<slug:slug>/"
ROUND = PROJECT + "rounds/<int:number>/"

urlpatterns = [
    path(PROJECT + "rounds/", rounds.round_list, name="round-list"),
    path(PROJECT + "rounds/new/", open_round.round_create, name="round-create"),
    path(PROJECT + "rounds/new/forecast/", open_round.round_forecast, name="round-forecast"),
    path(ROUND + "drawing/", open_round.round_drawing, name="round-drawing"),
    path(ROUND, rounds.round_detail, name="round-detail"),
    path(ROUND + "progress/", rounds.round_progress_fragment, name="round-progress"),
    path(ROUND + "cancel/", end_round.round_cancel, name="round-cancel"),
    path(ROUND + "reopen/", end_round.round_reopen, name="round-reopen"),
    path(PROJECT + "cycles/<int:number>/gate-round/", gate_rounds.gate_round_create, name="gate-round-create"),
    path(ROUND + "close/", rounds.round_close, name="round-close"),
    path(ROUND + "method/", joining.round_method, name="round-method"),
    path(ROUND + "weights/", joining.round_weights, name="round-weights"),
    path(ROUND + "disputed/", joining.round_disputes, name="round-disputes"),
    path(ROUND + "doubtful/", joining.round_doubts, name="round-doubts"),
    path(ROUND + "adjudicate/", adjudicate.adjudicate_next, name="adjudicate"),
    path(ROUND + "adjudicate/undo/", adjudicate.adjudicate_undo, name="adjudicate-undo"),
    path(PROJECT + "annotate/", annotate.annotate_next, name="annotate-next"),
    path(ROUND + "annotate/", annotate.annotate, name="annotate"),
    path(ROUND + "consent/", annotate.consent, name="consent"),
    path(ROUND + "annotate/<int:assignment_id>/", answers.submit, name="submit"),
    path(ROUND + "annotate/<int:assignment_id>/own-level/", answers.own_level, name="own-level"),
    path(ROUND + "appeal/", pauses.appeal_pause, name="appeal"),
    path(ROUND + "pauses/", pauses.round_pauses, name="round-pauses"),
    path(ROUND + "pauses/<int:pause_id>/", pauses.decide_pause, name="pause-decide"),
    path(ROUND + "annotate/<int:assignment_id>/skip/", answers.skip, name="skip"),
    path(ROUND + "annotate/undo/", annotate.undo, name="undo"),
    path(PROJECT + "my-work/", my_work.my_work_page, name="my-work"),
    path(ROUND + "my-work/", my_work.my_round_page, name="my-round"),
    path(PROJECT + "my-data/", my_data.my_data, name="my-data"),
    path(PROJECT + "my-data/take-out/", my_data.my_data_take_out, name="my-data-take-out"),
    path(PROJECT + "my-data/withdraw/", my_data.withdraw, name="withdraw"),
    path(PROJECT + "my-data/withdraw/take-back/", my_data.withdraw_undo, name="withdraw-undo"),
    path(PROJECT + "my-data/erase/", my_data.erase, name="erase"),
    path(PROJECT + "my-data/erase/take-back/", my_data.erase_undo, name="erase-undo"),
    path(PROJECT + "erasure-requests/", my_data.erasure_requests, name="erasure-requests"),
    path(ROUND + "guidelines/", guidelines.guidelines, name="guidelines"),
    path(ROUND + "guidelines/edit/", guidelines.guidelines_edit, name="guidelines-edit"),
    path(ROUND + "annotate/break/", care.take_break, name="break"),
    path(ROUND + "annotate/milder/", care.milder, name="milder"),
    path(ROUND + "annotate/stop/", care.stop, name="stop"),
    path("how-i-work/", care.preferences, name="preferences"),
    path(PROJECT + "invitations/", invitations.invitations, name="invitations"),
    path(PROJECT + "invitations/<int:invitation_id>/revoke/", invitations.invitation_revoke, name="invitation-revoke"),
    path("join/<str:token>/", invitations.join, name="join"),
    path(PROJECT + "export/", export.export, name="export"),
]

"""State changes of long work and of versions: one function per transition, each a conditional update."""

from modeling.lifecycle.champion import promote, put_into_use, roll_back, undo_roll_back, undoable
from modeling.lifecycle.cycles import cancel, enqueue_cycle, go_on_to_evaluate, has_new_truth, judge_again, requeue_waiting, retry
from modeling.lifecycle.dynamics import enqueue_dynamics, read_versions, request_dynamics, request_missing_dynamics, wait_again
from modeling.lifecycle.first_training import request_first_training
from modeling.lifecycle.scoring import request_missing_scoring, request_scoring, request_scoring_once
from modeling.lifecycle.work import LOST_AFTER, Beat, claim, fail, fail_lost, finish

__all__ = [
    "LOST_AFTER",
    "Beat",
    "cancel",
    "claim",
    "enqueue_cycle",
    "enqueue_dynamics",
    "fail",
    "fail_lost",
    "finish",
    "go_on_to_evaluate",
    "has_new_truth",
    "judge_again",
    "promote",
    "put_into_use",
    "read_versions",
    "request_dynamics",
    "request_first_training",
    "request_missing_dynamics",
    "request_missing_scoring",
    "request_scoring",
    "request_scoring_once",
    "requeue_waiting",
    "retry",
    "roll_back",
    "undo_roll_back",
    "undoable",
    "wait_again",
]

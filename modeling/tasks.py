"""What the queue calls. Each task only supervises a subprocess of `manage.py`.

Why a subprocess: django-q2 forks its workers, and torch hangs for ever in a fork of a process that has used it; a worker's
daemonic children may not have children; a time-out does not reach a long C call; and a task killed for memory is delivered
again without end. A child that dies is simply recorded as failed, and its memory is given back.
"""

import ctypes
import os
import signal
import subprocess
import sys

from django.conf import settings

from modeling import lifecycle
from modeling.errors import LostClaimError
from modeling.map_engines import DEFAULT_MAP
from modeling.models import Dataset, DynamicsRun, FirstTraining, MonthlyReport, RetrainingCycle, ScoringRun
from modeling.models.work import LongWork
from modeling.pipeline import request_reports as reports
from modeling.pipeline import request_sealing as sealing
from modeling.pipeline import start_due_cycles as due

PR_SET_PDEATHSIG = 1
NICENESS = 10
"""Somebody waits for each answer of the web server and of the model server; nobody for each second of a training."""


def run_cycle(cycle_id: int) -> None:
    _supervise(["run_cycle", "--id", str(cycle_id)], RetrainingCycle.objects.get(pk=cycle_id), timeout=21_000)


def train_first(training_id: int) -> None:
    _supervise(["train_model", "--id", str(training_id)], FirstTraining.objects.get(pk=training_id), timeout=21_000)


def import_dataset(dataset_id: int) -> None:
    _supervise(["import_comments", "--id", str(dataset_id)], Dataset.objects.get(pk=dataset_id), timeout=3_500)


def score_comments(run_id: int) -> None:
    _supervise(["score_comments", "--id", str(run_id)], ScoringRun.objects.get(pk=run_id), timeout=3_500)


def make_dynamics(run_id: int) -> None:
    """One slice of it; what is left comes again at the end of the queue."""
    _supervise(["social_dynamics", "--id", str(run_id)], DynamicsRun.objects.get(pk=run_id), timeout=3_500)


def make_monthly_report(report_id: int) -> None:
    _supervise(["make_monthly_report", "--id", str(report_id)], MonthlyReport.objects.get(pk=report_id), timeout=900)


def explain(prediction_id: int, map: str = DEFAULT_MAP.stored_as) -> None:
    """Make one explanation without the model server."""
    _supervise(["explain", str(prediction_id), "--map", map], None, timeout=300)


def fail_lost() -> int:
    """What died is failed, and what the queue has lost is queued again."""
    return lifecycle.fail_lost() + lifecycle.requeue_waiting()


def request_missing_scoring() -> int:
    return lifecycle.request_missing_scoring()


def request_missing_dynamics() -> int:
    return lifecycle.request_missing_dynamics()


def request_missing_sealing() -> int:
    return sealing.request_missing_sealing()


def request_due_reports() -> int:
    return reports.request_due_reports()


def start_due_cycles() -> int:
    return due.start_due_cycles()


def ping() -> str:
    """Answered by a live cluster; the supervisor restarts one that does not answer (django-q2 #23: a wedged queue lock)."""
    return "pong"


def _supervise(arguments: list[str], work: LongWork | None, timeout: float) -> None:
    child = subprocess.Popen(  # noqa: S603 - our own command with integers only
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_begin,
        # The child must not inherit the name of its cluster: what it enqueues would land in that one's queue.
        env={name: value for name, value in os.environ.items() if name != "Q_CLUSTER_NAME"},
    )
    cause, asked_at = "", work.requested_at if work else None
    try:
        _, errors = child.communicate(timeout=timeout)
        cause = _cause(child.returncode, errors) if child.returncode else ""
    except subprocess.TimeoutExpired:
        cause = f"It took longer than {timeout / 3600:.1f} hours and was stopped."
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    if cause and work is not None:
        work.refresh_from_db()
        if work.requested_at == asked_at:  # otherwise it was taken for dead and asked for anew: what waits or runs now is not this child's
            lifecycle.fail(work, cause)


def _cause(returncode: int, errors: str) -> str:
    if returncode == -signal.SIGKILL:
        return "The process was killed from outside, most likely because memory ran out. Nothing was changed; start it again."
    if returncode == -signal.SIGTERM:
        return "The site was stopped while this ran. Nothing was changed; start it again."
    lines = [line for line in errors.strip().splitlines() if line.strip()]
    return lines[-1] if lines else f"The process ended with exit code {returncode}."


def _begin() -> None:
    """In the child: it yields to whoever is waited for, and must not outlive its worker: a second one would soon train beside it."""
    os.nice(NICENESS)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:
        raise LostClaimError("the worker died before its child started")

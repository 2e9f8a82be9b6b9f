import fcntl
import os
import queue
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Value
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from django_q.models import OrmQ, Task
from django_q.worker import worker

from biasapp.queue_watch import ASK_EVERY, PATIENCE, QueueWatch
from biasapp.task_in_hand import JUST_NOW, is_working

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def working(settings, tmp_path) -> Path:
    """Where workers of the default cluster tell that they work."""
    settings.VAR_DIR = tmp_path
    return tmp_path / "queue-default.lock"


def work_on(function: str, *args: object) -> dict[str, Any]:
    """django-q2's own worker on one task; what it says of it. In a thread: it closes its connections to the database, not the test's."""
    tasks, results = queue.SimpleQueue(), queue.SimpleQueue()
    tasks.put({"func": function, "name": "a task", "args": args, "kwargs": {}})
    tasks.put("STOP")
    with ThreadPoolExecutor(1) as thread:
        thread.submit(worker, tasks, results, Value("f", -1), timeout=60).result()
    return results.get()


def is_in_hand(path: str) -> bool:
    with Path(path).open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def make_older(path: Path) -> None:
    long_ago = time.time() - JUST_NOW - 1
    os.utime(path, (long_ago, long_ago))


def asked(cluster: str = "default") -> QueueWatch:
    """A watch that has asked its cluster for a sign of life, longer ago than its patience lasts."""
    watch = QueueWatch(cluster)
    watch.asked_at = time.monotonic() - ASK_EVERY
    assert not watch.is_wedged()
    assert OrmQ.objects.count() == 1
    watch.asked_at = time.monotonic() - PATIENCE
    return watch


def test_a_cluster_that_answers_nothing_is_wedged() -> None:
    assert asked().is_wedged()


def test_a_cluster_that_answered_is_not() -> None:
    watch = asked()
    now = timezone.now()
    Task.objects.create(id=watch.ping_id, name="ping", func="modeling.tasks.ping", started=now, stopped=now, success=True)
    assert not watch.is_wedged()


def test_a_cluster_whose_worker_has_a_task_in_hand_is_not_whatever_the_task_is(working) -> None:
    work_on("biasapp.task_in_hand.is_working", "default")
    make_older(working)
    assert not is_working("default"), "the task was laid down"
    with working.open("ab") as hand:
        fcntl.flock(hand, fcntl.LOCK_SH)
        assert not asked("default").is_wedged()
    OrmQ.objects.all().delete()
    assert asked("default").is_wedged()


def test_one_clusters_work_says_nothing_of_the_other(working) -> None:
    with working.open("ab") as hand:
        fcntl.flock(hand, fcntl.LOCK_SH)
        assert asked("train").is_wedged()


def test_between_two_tasks_a_worker_is_not_taken_for_dead(working) -> None:
    work_on("biasapp.task_in_hand.is_working", "default")
    assert not asked("default").is_wedged()


def test_a_worker_tells_of_its_task_while_it_works_even_where_that_fails(working) -> None:
    done = work_on("tests.biasapp.test_queue_watch.is_in_hand", str(working))
    assert (done["success"], done["result"]) == (True, True)
    assert not work_on("tests.biasapp.test_queue_watch.is_in_hand", "nowhere", "one too many")["success"]
    assert not is_in_hand(str(working))


def test_a_worker_that_is_killed_has_nothing_in_hand_any_more(working) -> None:
    code = f"import fcntl, time; hand = open({str(working)!r}, 'ab'); fcntl.flock(hand, fcntl.LOCK_SH); print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        make_older(working)
        assert is_working("default")
        worker.kill()
    assert not is_working("default")


def test_where_it_cannot_tell_the_worker_goes_on(settings, working) -> None:
    settings.VAR_DIR = working / "missing"
    assert work_on("math.copysign", 1, -1)["success"]


def test_it_does_not_ask_more_than_once_a_minute() -> None:
    watch = QueueWatch("default")
    assert not watch.is_wedged()
    assert not OrmQ.objects.exists()

"""Tells the supervisor that a queue's worker has a task in hand, by a lock that ends with the worker, however that ends.

The queue's own tables cannot tell: a task's row looks the same whether its worker works on it or was killed with it.
"""

import fcntl
import logging
import os
import time
from pathlib import Path
from typing import IO, Any

from django.conf import settings

JUST_NOW = 60.0
"""Between two tasks a worker holds none for a moment; one that ended so lately is a sign of life too."""

logger = logging.getLogger(__name__)
_held: list[IO[bytes]] = []


def tell_of_tasks() -> None:
    """From now on every worker of this process's cluster, which django-q2 forks from it, tells what `is_working` asks."""
    from django_q.signals import post_execute_in_worker, pre_execute

    pre_execute.connect(_take)
    post_execute_in_worker.connect(_lay_down)


def is_working(cluster: str) -> bool:
    """Whether a living worker of the cluster has a task in hand, or had one just now. How long a task may take is the queue's to judge."""
    try:
        lock = _path(cluster).open("rb")
    except FileNotFoundError:
        return False
    with lock:
        if 0 <= time.time() - os.fstat(lock.fileno()).st_mtime < JUST_NOW:
            return True
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _take(task: dict[str, Any], **_: Any) -> None:
    from django_q.conf import Conf

    if task.get("sync"):  # It runs in the process that asked for it, not in a worker.
        return
    # django-q2 sends this signal outside its own try: an error here would end the worker.
    try:
        lock = _path(Conf.CLUSTER_NAME).open("ab")
        # Shared, as a cluster may have several workers; only the asking supervisor wants it for itself, for a moment.
        fcntl.flock(lock, fcntl.LOCK_SH)
        os.utime(lock.fileno())
    except OSError as error:
        logger.warning("the supervisor could not be told of a task: %s", error)
    else:
        _held.append(lock)


def _lay_down(**_: Any) -> None:
    while _held:
        with _held.pop() as lock:
            os.utime(lock.fileno())


def _path(cluster: str) -> Path:
    return Path(settings.VAR_DIR) / f"queue-{cluster}.lock"

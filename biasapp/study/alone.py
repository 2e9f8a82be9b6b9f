"""One process at a time replays a study: what runs there is taken for what a killed one has left, and let go."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from biasapp.study.begin import StudyRefusedError
from modeling.models import Project


@contextmanager
def alone(project: Project) -> Iterator[None]:
    """Raises StudyRefusedError: another living process replays this study. The system takes the lock back from one that dies."""
    with (Path(settings.VAR_DIR) / f"study-{project.slug}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StudyRefusedError(f"The study {project.slug!r} is being replayed already. Wait for it, or give another --project.") from None
        yield

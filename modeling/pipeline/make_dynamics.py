"""Social dynamics of a version: sample, read its maps, summarise, count who is mentioned with whom. A run works in slices (`seconds`)."""

import time
from functools import partial

from modeling.errors import LostClaimError
from modeling.lifecycle import Beat, claim, fail, finish, wait_again
from modeling.models import DynamicsRun, ModelVersion, WorkState
from modeling.pipeline.count_co_mentions import count_co_mentions
from modeling.pipeline.read_shares import OnComment, read_shares
from modeling.pipeline.sample_words import sample_words
from modeling.pipeline.summarise_shares import summarise_shares

SLICE_SECONDS = 30.0
READING = 0.9
"""Where reading ends on the progress bar."""


def make_dynamics(*, version: ModelVersion, on_progress: OnComment = lambda done, total: None, until: float = float("inf")) -> bool:
    """False where the clock said `until` before all maps were read; called again, it goes on there.

    Raises:
        NoSuchMapError: the version has no such maps.
    """
    sample = sample_words(version.project)
    if not read_shares(version=version, sample=sample, on_progress=on_progress, until=until):
        return False
    summarise_shares(version=version, sample=sample)
    count_co_mentions(version=version)
    return True


def run_dynamics(*, run: DynamicsRun, seconds: float = SLICE_SECONDS) -> bool:
    """One slice of a run that waits. False where it waits again: whoever calls puts it into the queue.

    Raises:
        LostClaimError: it is not waiting (any more).
    """
    claim(run, running=WorkState.RUNNING)
    try:
        with Beat(run) as beat:
            beat(stage="reading maps", progress=run.progress, message=run.message, force=True)
            is_done = make_dynamics(version=run.version, on_progress=partial(_tell, beat), until=time.monotonic() + seconds)
    except LostClaimError:
        raise
    except BaseException as error:
        fail(run, f"{type(error).__name__}: {error}")
        raise
    if is_done:
        finish(run)
    else:
        wait_again(run)
    return is_done


def _tell(beat: Beat, done: int, total: int) -> None:
    beat(stage="reading maps", progress=READING * done / total, message=f"{done:,} of {total:,} comments")

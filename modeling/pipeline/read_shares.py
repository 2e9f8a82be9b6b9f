"""One version's maps of the sampled comments -> the share of each map that lies on the words in question. Rows that are there are kept."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from modeling.map_engines import MapEngine
from modeling.measures.word_shares import on_words
from modeling.ml.identity_words import covered
from modeling.models import ModelVersion, WordShare
from modeling.models.dynamics import ENGINES
from modeling.pipeline.sample_words import Sampled
from modeling.pipeline.versions import load_classifier

if TYPE_CHECKING:
    from modeling.ml.classifier import Classifier

COMMENTS_AT_ONCE = 25
OnComment = Callable[[int, int], None]
"""(comments done, of how many)"""


def read_shares(*, version: ModelVersion, sample: Sequence[Sampled], on_progress: OnComment, until: float = float("inf")) -> bool:
    """`until`: by the monotonic clock; what is not read by then is left, and the answer is False.

    Raises:
        NoSuchMapError: the version reads comments with words replaced, so it has no such maps.
    """
    there = set(WordShare.objects.filter(version=version).order_by().values_list("comment_id", "subject").distinct())
    left = [one for one in sample if any((one.comment_id, subject) not in there for subject in one.subjects)]
    if not left:
        return True
    classifier, done = load_classifier(version), len(sample) - len(left)
    for first in range(0, len(left), COMMENTS_AT_ONCE):
        if time.monotonic() >= until:
            return False
        chunk = left[first : first + COMMENTS_AT_ONCE]
        rows = [row for one in chunk for row in _rows(version, classifier, one)]
        WordShare.objects.bulk_create(rows, ignore_conflicts=True)
        done += len(chunk)
        on_progress(done, len(sample))
    return True


def _rows(version: ModelVersion, classifier: "Classifier", one: Sampled) -> Iterator[WordShare]:
    from modeling.ml.attribution import weighed_and_looked

    for engine, map_ in zip(ENGINES, weighed_and_looked(classifier, one.text), strict=True):
        places, values = [(start, end) for start, end, _ in map_.spans], [value for *_, value in map_.spans]
        for subject, words in one.subjects.items():
            found = on_words(values, covered(places, words))
            figures = {"share": found.share, "chance": found.chance, "variance": found.variance} if found else {}
            yield WordShare(version=version, engine=MapEngine(engine), subject=subject, comment_id=one.comment_id, **figures)

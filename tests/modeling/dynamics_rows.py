"""Social dynamics as rows, as the worker leaves them: no map is read for them."""

from typing import Any

from modeling.models import CoMention, ModelVersion, Project, ShareChange, ShareSummary, VersionChange, WordShare
from modeling.models.dynamics import ENGINES
from tests.factories import make_comment, make_dataset, make_prediction, make_version

ATTRIBUTION, ATTENTION = (engine.value for engine in ENGINES)
SUBJECTS = ("", "muslim", "female", "word:zorvex")


def summary(version: ModelVersion, subject: str, share: float | None, cut: str = "all", place: str = "", **fields: Any) -> ShareSummary:
    chance = None if share is None else 0.1
    limits = {} if share is None else {"low": share - 0.03, "high": share + 0.03, "chance": chance, "chance_low": 0.08, "chance_high": 0.12}
    values = {"engine": ATTRIBUTION, "n": 74, "families": 21, "share": share, **limits, **fields}
    return ShareSummary.objects.create(version=version, subject=subject, cut=cut, place=place, **values)


def change(of: VersionChange, subject: str, before: float, after: float, half: float = 0.02, **fields: Any) -> ShareChange:
    difference = after - before
    values = {"engine": ATTRIBUTION, "n": 74, "families": 21, "low": difference - half, "high": difference + half, **fields}
    return ShareChange.objects.create(change=of, subject=subject, before=before, after=after, difference=difference, **values)


def make_read(project: Project) -> ModelVersion:
    """Two versions in use, one after the other, both read; the second rests less on who is named. Returns the second."""
    dataset = make_dataset(project, name="letters")
    first, second = make_version(project, champion=True), make_version(project, champion=True)
    project.version_changes.filter(version=second).update(kind=VersionChange.Kind.PROMOTED)
    for version, share in ((first, 0.21), (second, 0.14)):
        for place, subject in enumerate(SUBJECTS):
            summary(version, subject, share + 0.02 * place)
            summary(version, subject, 0.3, engine=ATTENTION)
            for month, known in (("2026-03", share), ("2026-04", share - 0.01), ("2026-05", None)):
                summary(version, subject, known, "month", month, n=12 if known else 3)
            summary(version, subject, share, "thread", f"{dataset.pk}:a17", n=9)
            summary(version, subject, share, "dataset", str(dataset.pk))
    came = project.version_changes.get(version=second)
    for subject in SUBJECTS:
        change(came, subject, 0.21, 0.14)
        change(came, subject, 0.3, 0.3, engine=ATTENTION)
    add_comments(second, dataset)
    add_mentions(second)
    return second


def add_comments(version: ModelVersion, dataset: Any) -> None:
    for place, split in enumerate(("test", "audit", "test")):
        text = f"the muslim baker {place} wrote to [email] again"
        comment = make_comment(dataset, text, split=split, mentions=["muslim"], created_date=f"2026-0{3 + place % 2}-02", article_id="a17")
        make_prediction(version, comment)
        for engine in (ATTRIBUTION, ATTENTION):
            for subject in ("", "muslim"):
                WordShare.objects.create(
                    version=version, engine=engine, subject=subject, comment=comment, share=0.1 * (place + 1), chance=0.2, variance=0.01
                )
    make_prediction(version, make_comment(dataset, "the muslim woman bakes bread", mentions=["muslim", "female"]), (0.1, 0.2, 0.7))


def add_mentions(version: ModelVersion) -> None:
    for first, second, n in (("muslim", "", 40), ("female", "", 30), ("jewish", "", 12), ("female", "muslim", 9), ("jewish", "muslim", 2)):
        lift = {"lift": 1.7, "lift_low": 0.9, "lift_high": 3.1} if second else {}
        rate = {"flag_rate": 0.3, "flag_low": 0.2, "flag_high": 0.4}
        CoMention.objects.create(version=version, first=first, second=second, n=n, score=0.3, score_low=0.25, score_high=0.35, **rate, **lift)

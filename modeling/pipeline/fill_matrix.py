"""Fill the matrix of versions and months: versions that were in use before read the audit comments that have come since, as the newest does."""

from modeling.errors import WeightsChangedError
from modeling.labels import Split
from modeling.lifecycle import read_versions
from modeling.models import AuditSample, ModelVersion
from modeling.pipeline.evaluate import evaluate_version
from modeling.pipeline.predict import score_comments


def fill_matrix(*, version: ModelVersion) -> list[ModelVersion]:
    """The newest of those that were in use before `version`; returns which were measured anew.

    One whose files are gone or changed keeps what it has: its months from then on stay empty.
    """
    months = set(AuditSample.objects.filter(project=version.project).values_list("month", flat=True))
    filled = []
    for earlier in read_versions(version.project):
        if earlier.pk != version.pk and _read_audit(earlier, months):
            filled.append(earlier)
    return filled


def _read_audit(version: ModelVersion, months: set[str]) -> bool:
    try:
        added = score_comments(version=version, splits=(Split.AUDIT,))
    except (OSError, WeightsChangedError):
        return False
    measured = set(version.evaluations.filter(split=Split.AUDIT).order_by().values_list("month", flat=True).distinct())
    if not version.project_comments(Split.AUDIT) or not (added or months - measured):
        return False
    evaluate_version(version=version, split=Split.AUDIT)
    return True

"""Fill the matrix of versions and months: versions that were in use before read the audit comments that have come since, as the newest does."""

import logging

from modeling.errors import WeightsChangedError
from modeling.labels import Split
from modeling.lifecycle import read_versions
from modeling.models import AuditSample, ModelVersion
from modeling.pipeline.evaluate import evaluate_version
from modeling.pipeline.make_trends import make_trends
from modeling.pipeline.predict import score_comments

logger = logging.getLogger(__name__)


def fill_matrix(*, version: ModelVersion) -> list[ModelVersion]:
    """The newest of those that were in use before `version`, which has been measured; returns which were measured anew, with their trends.

    One whose files are gone or changed keeps what it has: its months from then on stay empty. So does one that cannot be measured now,
    since comments came while it read them: the next time it can.
    """
    months = _frozen_months(version)
    return [earlier for earlier in read_versions(version.project) if earlier.pk != version.pk and _read_audit(earlier, months)]


def _read_audit(version: ModelVersion, months: set[str]) -> bool:
    try:
        added = score_comments(version=version, splits=(Split.AUDIT,))
        if not version.project_comments(Split.AUDIT) or not (added or months - _measured_months(version)):
            return False
        evaluate_version(version=version, split=Split.AUDIT)
        make_trends(version=version)
    except (OSError, ValueError, WeightsChangedError) as error:
        logger.warning("%s does not fill its months: %s", version, error)
        return False
    return True


def _frozen_months(version: ModelVersion) -> set[str]:
    """Those that a version which was measured just now has: of others no comment is left."""
    frozen = AuditSample.objects.filter(project=version.project).values_list("month", flat=True)
    return set(frozen) & _measured_months(version)


def _measured_months(version: ModelVersion) -> set[str]:
    return set(version.evaluations.filter(split=Split.AUDIT).order_by().values_list("month", flat=True).distinct())

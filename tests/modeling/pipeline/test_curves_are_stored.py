"""With its measures, a version's curves are stored: of all comments, of each month, and of each subgroup."""

from datetime import UTC, datetime

import pytest

from modeling.labels import Split
from modeling.models import CurveSummary
from modeling.pipeline.evaluate import evaluate_version
from tests.factories import make_comment, make_dataset, make_prediction, make_project, make_version

pytestmark = pytest.mark.django_db


def test_each_month_and_each_subgroup_has_its_own_and_measuring_again_replaces_them():
    project = make_project()
    version, dataset = make_version(project), make_dataset(project)
    for month, target, p, mentions in ((5, 0.9, (0.1, 0.2, 0.7), ["muslim"]), (5, 0.0, (0.2, 0.2, 0.6), ["muslim"]), (6, 0.0, (0.9, 0.1, 0.0), [])):
        at = datetime(2026, month, 3, tzinfo=UTC)
        make_prediction(version, make_comment(dataset, split=Split.AUDIT, target=target, mentions=mentions, created_date=at), p)
    for _ in range(2):
        evaluate_version(version=version, split=Split.AUDIT)
        found = {row.subgroup or row.month: row for row in CurveSummary.objects.filter(version=version, split="audit")}
        assert {key: row.n for key, row in found.items()} == {"": 3, "2026-05": 2, "2026-06": 1, "muslim": 2}
    assert found["muslim"].levels == [[0, 0, 1], [0, 0, 0], [0, 0, 1]]
    assert found[""].flags == [[1, 1], [0, 1]]
    assert found[""].roc[0][:2] == [0, 0]
    assert found["2026-06"].roc == [], "there is no toxic comment in it"

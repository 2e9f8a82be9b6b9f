from datetime import UTC, datetime

import numpy as np
import pytest

from modeling.labels import Split
from modeling.pipeline import scored_split
from modeling.pipeline.scored_split import month_name, read_scored_split
from tests.factories import make_comment, make_dataset, make_prediction, make_project, make_version

pytestmark = pytest.mark.django_db


def test_it_holds_what_is_true_of_each_comment_and_what_the_version_said(monkeypatch) -> None:
    monkeypatch.setattr(scored_split, "PART", 2)  # three comments come in two parts
    project = make_project()
    version, (votes, binary) = make_version(project), (make_dataset(project), make_dataset(project, binary_only=True))
    may = datetime(2026, 5, 3, tzinfo=UTC)
    first = make_comment(votes, split=Split.GATE, target=0.9, family="one", mentions=["muslim"], created_date=may)
    second = make_comment(votes, split=Split.GATE, target=0.1, family="one")
    third = make_comment(binary, split=Split.GATE, target=1.0)
    make_comment(votes, split=Split.TEST, target=0.9, mentions=["muslim"])
    for comment, p in ((third, (0.1, 0.2, 0.7)), (first, (0.2, 0.3, 0.5)), (second, (0.6, 0.3, 0.1))):
        make_prediction(version, comment, p)
    read = read_scored_split(version=version, split=Split.GATE)
    assert read.comment_id.tolist() == [first.pk, second.pk, third.pk]
    assert read.scored.p.tolist() == np.array([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1], [0.1, 0.2, 0.7]], dtype=np.float32).tolist()
    assert read.scored.level.tolist() == [2, 0, -1]
    assert read.scored.toxic.tolist() == [True, False, True]
    assert read.scored.memberships["muslim"].tolist() == [True, False, False]
    assert read.scored.cluster[0] == read.scored.cluster[1] != read.scored.cluster[2]
    assert [read.sources[place] for place in read.source] == [votes.name, votes.name, binary.name]
    assert [month_name(month) if month >= 0 else "" for month in read.month.tolist()] == ["2026-05", "", ""]


def test_december_is_a_month_too() -> None:
    assert month_name(12 * 2026 + 11) == "2026-12"

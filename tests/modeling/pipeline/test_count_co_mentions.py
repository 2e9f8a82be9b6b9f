"""Who is mentioned with whom: counted by hand."""

import pytest

from modeling.labels import Split
from modeling.models import CoMention
from modeling.pipeline import count_co_mentions as counting
from modeling.pipeline.count_co_mentions import count_co_mentions
from tests.factories import make_comment, make_dataset, make_prediction, make_project, make_version

pytestmark = pytest.mark.django_db
LOW, HIGH = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)


@pytest.fixture
def version():
    project = make_project()
    dataset, version = make_dataset(project), make_version(project, champion=True)
    said = [(["muslim", "female"], HIGH)] * 6 + [(["muslim"], LOW)] * 6 + [(["female"], LOW)] * 8 + [([], LOW)] * 20
    for mentions, p in said:
        make_prediction(version, make_comment(dataset, mentions=mentions), p)
    doubtful = make_comment(dataset, mentions=["muslim", "jewish"])
    doubtful.mentions.update(value=0.4)
    make_prediction(version, doubtful, HIGH)
    make_prediction(version, make_comment(dataset, split=Split.TEST, mentions=["muslim", "female"]), HIGH)
    make_comment(dataset, mentions=["muslim", "female"])
    elsewhere = make_project()
    make_prediction(make_version(elsewhere), make_comment(make_dataset(elsewhere), mentions=["muslim", "female"]), HIGH)
    return version


def test_comments_of_the_pool_that_the_version_has_scored_are_counted_once_each(version):
    make_prediction(make_version(version.project), version.predictions.first().comment, HIGH)
    count_co_mentions(version=version)
    assert {(row.first, row.second): row.n for row in CoMention.objects.all()} == {("muslim", ""): 12, ("female", ""): 14, ("female", "muslim"): 6}


def test_they_say_how_toxic_the_model_finds_them_and_how_often_they_meet_against_chance(version):
    count_co_mentions(version=version)
    muslim = CoMention.objects.get(first="muslim")
    assert (muslim.score, muslim.flag_rate, muslim.lift) == (0.5, 0.5, None)
    assert muslim.score_low < 0.5 < muslim.score_high
    assert muslim.flag_low == pytest.approx(0.254, abs=1e-3), "Wilson's, of 6 in 12"
    both = CoMention.objects.get(second="muslim")
    assert both.lift == pytest.approx(6 / (12 * 14 / 41))
    assert both.lift_low < both.lift < both.lift_high
    assert both.score_low is None, "too few comments for an interval"


def test_counted_again_they_are_replaced(version):
    count_co_mentions(version=version)
    version.predictions.filter(comment__mentions__subgroup="female").delete()
    count_co_mentions(version=version)
    assert [(row.first, row.n) for row in CoMention.objects.all()] == [("muslim", 6)]


def test_the_comments_with_the_highest_scores_are_kept(version, monkeypatch):
    monkeypatch.setattr(counting, "MOST_KEPT", 8)
    count_co_mentions(version=version)
    scored = {one.comment_id: one.score for one in version.predictions.all()}
    of_muslims = CoMention.objects.get(first="muslim").highest
    assert [scored[pk] for pk in of_muslims] == [1] * 6 + [0] * 2
    assert of_muslims[:6] == CoMention.objects.get(second="muslim").highest, "of equal scores the first come first"

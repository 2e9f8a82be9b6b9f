"""Undo on the annotator's page: with htmx and as a plain form."""

import re

import pytest

from feedback.models import Annotation
from tests.feedback.test_views_annotate import answer, held, open_page, url
from tests.feedback.worlds import make_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def round(world):
    return make_round(world)


def test_undo_brings_the_item_back_with_what_was_answered(signed_in, ann, round):
    open_page(signed_in, round)
    place = held(ann)
    answer(signed_in, round, place, verdict="incorrect", corrected_label="high", note="too quick")
    fragment = signed_in.post(url("undo", round), headers={"HX-Request": "true"}).content.decode()
    assert not Annotation.objects.exists()
    assert held(ann) == place
    assert "too quick" in fragment
    assert re.search(r'name="corrected_label" value="high"[^>]* checked', fragment)
    assert re.search(r'name="verdict" value="incorrect"[^>]* checked', fragment)


def test_undo_without_javascript_leads_back_to_the_item(signed_in, ann, round):
    open_page(signed_in, round)
    place = held(ann)
    answer(signed_in, round, place)
    assert signed_in.post(url("undo", round)).url == url("annotate", round)
    assert place.item.comment.text in open_page(signed_in, round).content.decode()


def test_an_undo_that_is_sent_twice_takes_back_one_answer(signed_in, ann, round):
    for _ in range(2):
        open_page(signed_in, round)
        answer(signed_in, round, held(ann))
    named = re.search(r'name="place" value="(\d+)"', open_page(signed_in, round).content.decode())[1]
    for _ in range(2):
        assert "Taken back" in signed_in.post(url("undo", round), {"place": named}, follow=True).content.decode()
    assert Annotation.objects.count() == 1


def test_undo_with_nothing_to_undo_says_so(signed_in, round):
    page = signed_in.post(url("undo", round), follow=True).content.decode()
    assert "there is nothing to take back" in page

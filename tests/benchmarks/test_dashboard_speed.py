"""The benchmark of the dashboard's pages, and what it promises: queries do not grow with months, versions and subgroups."""

import pytest

from benchmarks.dashboard_speed import PAGES, Size, measure_pages

pytestmark = [pytest.mark.django_db, pytest.mark.urls("benchmarks.empty_view_urls")]


def test_queries_of_every_page_are_the_same_for_a_small_and_for_a_larger_project():
    small, larger = measure_pages(Size(2, 2, 2, 1)), measure_pages(Size(6, 5, 6, 1))
    assert {page: timed["queries"] for page, timed in small.items()} == {page: timed["queries"] for page, timed in larger.items()}
    assert set(small) == set(PAGES)
    assert max(timed["queries"] for timed in small.values()) <= 20
    assert all(len(timed["page"]) == len(timed["empty"]) == 1 for timed in small.values())

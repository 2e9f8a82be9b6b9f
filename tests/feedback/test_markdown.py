"""Guidelines as HTML: what a lead types is text, whatever it holds."""

import pytest

from feedback.markdown import render


def test_headings_begin_below_the_pages_own_and_never_leap():
    assert render("# One\n\n### Two\n\n# Three") == "<h3>One</h3>\n<h4>Two</h4>\n<h3>Three</h3>\n"
    assert render("### Deep first\n\n# Then the top").startswith("<h3>Deep first</h3>")


def test_lists_emphasis_and_tables_are_shown():
    html = render("- *mild*\n- **high**\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    assert "<em>mild</em>" in html
    assert "<strong>high</strong>" in html
    assert "<td>2</td>" in html


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "![x](https://elsewhere/x.png)"]
)
def test_nothing_runs_and_nothing_is_loaded(text):
    html = render(text)
    assert not any(bad in html for bad in ("<script", "<img", 'href="javascript'))


def test_links_tell_nobody_where_people_come_from():
    assert 'rel="noopener noreferrer"' in render("[the paper](https://example.org/)")

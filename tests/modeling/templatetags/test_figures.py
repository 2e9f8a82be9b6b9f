"""Numbers as they are shown."""

import re
from math import nan

import pytest
from django.template import Context, Template

from modeling.templatetags import figures


def render(source, **context):
    return re.sub(r"\s+", " ", Template(source).render(Context(context))).strip()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.9314, ".931"),
        (1.0, "1.000"),
        (0.0, ".000"),
        (-0.25, "−.250"),
        (-0.0001, ".000"),
        (12.5, "12.500"),
        (None, "not enough data"),
        (nan, "not enough data"),
    ],
)
def test_numbers_have_three_digits_and_no_leading_zero(value, shown):
    assert figures.number(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0.031, "+.031"), (-0.011, "−.011"), (0.0, ".000"), (0.0002, ".000"), (1.0, "+1.000"), (None, "not enough data")]
)
def test_differences_have_a_sign(value, shown):
    assert figures.signed(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0.694, "69\N{NO-BREAK SPACE}%"), (0, "0\N{NO-BREAK SPACE}%"), (None, "not enough data"), (nan, "not enough data")]
)
def test_shares_are_percent(value, shown):
    assert figures.percent(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(None, "–"), (-1, "0 s"), (40, "40 s"), (59.6, "1 min"), (190, "3 min"), (4800, "1 h 20 min"), (3599, "1 h 0 min")]
)
def test_durations_are_rounded_as_people_say_them(seconds, shown):
    assert figures.duration(seconds) == shown


def test_counts_words_and_subgroups_read_well():
    assert (figures.count(4210), figures.count(None)) == ("4,210", "–")
    assert figures.words("cannot_tell") == "cannot tell"
    assert figures.subgroup("homosexual_gay_or_lesbian") == "homosexual, gay or lesbian"


def test_a_measure_carries_its_interval_and_n():
    shown = render("{% measured .931 .92 .942 4210 %}")
    assert shown == '<span class="value">.931</span> <span class="aside">(.920 to .942; n = 4,210)</span>'


def test_a_difference_carries_signs():
    assert "+.031" in render("{% measured .031 .018 .044 10 True %}")
    assert "+.018 to +.044" in render("{% measured .031 .018 .044 10 True %}")


def test_too_little_data_is_said_and_never_guessed():
    shown = render("{% measured value None None 12 %}", value=None)
    assert "not enough data" in shown
    assert "n = 12" in shown
    assert " to " not in shown


def test_a_level_speaks_the_words_of_its_data_set():
    assert render("{% level 'high' %}") == '<span class="level high">high</span>'
    assert "positive" in render("{% level 'high' 'sentiment' %}")


def test_a_state_is_a_word_and_a_mark_and_not_only_a_colour():
    shown = render("{% state 'held' %}")
    assert "■" in shown
    assert "held" in shown
    assert "odd state" in render("{% state 'odd_state' %}")


@pytest.mark.parametrize(("share", "width"), [(0.5, "50.0%"), (None, "0.0%"), (1.7, "100.0%"), (-1, "0.0%")])
def test_a_bar_stays_inside_its_track(share, width):
    assert f'width="{width}"' in render("{% bar share %}", share=share)


def test_progress_of_nothing_is_none():
    shown = render("{% progress 0 0 'Answers' %}")
    assert 'max="1" value="0"' in shown


def test_what_is_said_beside_a_bar_is_escaped():
    assert "<b>" not in render("{% progress 1 2 label %}", label="<b>")

"""Plain sentences of trends and differences: none says more than its figures do."""

import pytest

from modeling.measure_texts import text_of
from modeling.models import BeforeAfter, Trend
from modeling.reports.trend_words import change_reading, percent_change, step_reading, trend_reading

BASE = {"slope": 0.018, "low": 0.009, "high": 0.027, "n": 4_000, "month_count": 6, "slope_p_holm": 0.02, "p_holm": 0.03}
ROW = {"difference": 0.018, "low": 0.009, "high": 0.027, "n": 4_000, "unit": "comment", "units": 4_000, "p": 0.001, "p_holm": 0.008}


@pytest.mark.parametrize(
    ("measure", "fields", "said"),
    [
        ("accuracy", {}, "Probably better: +1.8 points a month, between +0.90 and +2.7; 4,000 comments in 6 months."),
        ("fpr_gap", {}, "Probably worse: +1.8 points a month"),
        ("fpr_gap", {"slope": -0.018, "low": -0.03, "high": -0.004}, "Probably better: −1.8 points a month, between −3.0 and −0.40"),
        ("mean_group_kl", {"slope": -0.018, "low": -0.03, "high": -0.004}, "Probably better: −.018 nats a month"),
        ("mean_kl_to_uniform", {}, "Probably higher, which is neither better nor worse by itself"),
        ("accuracy", {"p": 0.01, "p_holm": 0.13}, "The order of the 6 months alone does not show it (p = .130)."),
        ("accuracy", {"slope_p_holm": 0.06}, "By itself beyond chance, but not as one of so many rows: +1.8 points a month, between +0.90 and +2.7"),
        ("accuracy", {"low": -0.004, "high": 0.004}, "No change beyond chance: between −0.40 and +0.40 points a month"),
        ("accuracy", {"low": -0.02, "high": 0.03}, "Cannot be told: between −2.0 and +3.0 points a month"),
        ("accuracy", {"low": None, "high": None}, "Cannot be told: draws of the comments gave no interval"),
        ("accuracy", {"slope": None, "month_count": 3, "n": 1}, "are needed (1 comment in 3 months)."),
    ],
)
def test_a_trend_reads(measure, fields, said):
    assert said in trend_reading(Trend(measure=measure, **{**BASE, **fields}), text_of(measure))


@pytest.mark.parametrize(
    ("measure", "fields", "said"),
    [
        ("accuracy", {}, "Probably better: +1.8 points, between +0.90 and +2.7; 4,000 comments."),
        ("accuracy", {"unit": "family", "units": 300}, "4,000 comments; 300 originals in all."),
        ("accuracy", {"p_holm": 0.06}, "By itself beyond chance, but not as one of so many rows: +1.8 points"),
        ("accuracy", {"low": -0.001, "high": 0.006, "p_holm": 1}, "No change beyond chance: between −0.10 and +0.60 points"),
        ("accuracy", {"low": -0.02, "high": 0.05, "p_holm": 1}, "Cannot be told: between −2.0 and +5.0 points"),
        ("accuracy", {"difference": 0.0, "p": 1.0}, "No difference: both versions come to the same"),
        ("accuracy", {"difference": None}, "Not enough data: 4,000 comments."),
    ],
)
def test_a_difference_reads(measure, fields, said):
    assert said in change_reading(BeforeAfter(measure=measure, **{**ROW, **fields}), text_of(measure))


def test_a_step_reads():
    assert step_reading(Trend(change_month="2026-05", change_p=0.00001, change_p_holm=0.0001)) == "From 2026-05 on (p < .001)."
    assert step_reading(Trend(change_month="2026-05", change_p=0.02, change_p_holm=0.4)) == "No step beyond chance (p = .400)."
    assert step_reading(Trend()) == ""


def test_the_papers_percentages_come_out_of_its_own_figures():
    """Table 6: .925 -> .975 and .150 -> .100."""
    assert percent_change(0.925, 0.975) == "+5.4\N{NO-BREAK SPACE}%"
    assert percent_change(0.150, 0.100) == "−33.3\N{NO-BREAK SPACE}%"
    assert percent_change(0, 0.1) == percent_change(None, 0.1) == "–"

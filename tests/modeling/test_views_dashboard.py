"""The dashboard: filters in the address, charts with a table behind them."""

import csv
import json
import re

import pytest
from django.urls import reverse

from modeling.models import AuditSample, CurveSummary, Evaluation, ProbeScore, Role, ScoringRun, SubgroupScore
from tests.factories import brought_into_use, make_dataset, make_member, make_project, make_version
from tests.modeling.decided import MONTHS, make_decided_cycle, measure

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def lead(client, project):
    user = make_member(project, Role.LEAD)
    client.force_login(user)
    return user


def shown(client, project, **query):
    response = client.get(reverse("modeling:dashboard", args=[project.slug]), query)
    assert response.status_code == 200
    return response.content.decode()


def spec_of(html, key):
    return json.loads(re.search(rf'<script id="chart-{key}" type="application/json">(.*?)</script>', html, re.DOTALL)[1])


def test_without_a_model_it_says_how_to_train_one(client, project, lead):
    assert reverse("modeling:first-training", args=[project.slug]) in shown(client, project)


def test_without_a_measure_it_says_when_there_will_be_one(client, project, lead):
    make_version(project, champion=True)
    html = shown(client, project)
    assert "Nothing has been measured yet" in html
    assert "Measure v1 now" in html
    assert "vega-bundle" not in html, "the library is loaded where there is a chart"


def test_charts_have_a_name_a_sentence_and_a_table(client, project, lead):
    make_decided_cycle(project)
    html = shown(client, project)
    assert "Accuracy of v1 on test rose by .030 between 2026-03 and 2026-06, which may be chance" in html
    assert html.count("<figure aria-label=") == 2
    assert html.count("The numbers behind it") == 2
    assert {row["series"] for row in spec_of(html, "versions")["data"]["values"]} == {"v1", "v5"}
    assert {row["version"] for row in spec_of(html, "figure-4")["data"]["values"]} == {"v1"}
    assert "No version was in use yet in these months, so v1 measures all of them" in html
    assert "Dotted: control limits of v1." in html
    assert "Down a column the comments are the same" in html


@pytest.mark.parametrize("page", ["dashboard", "dashboard-curves", "dashboard-compare", "dashboard-losses"])
def test_figures_of_made_up_comments_say_so(client, project, lead, page):
    make_decided_cycle(project)
    for made_up in (False, True):
        make_dataset(project, made_up=made_up)
        html = client.get(reverse(f"modeling:{page}", args=[project.slug])).content.decode()
        assert ("comments are made up for the demonstration" in html) == made_up


def test_every_table_can_be_downloaded_with_the_rows_that_are_shown(client, project, lead):
    make_decided_cycle(project)
    assert 'href="?version=5&amp;csv=versions"' in shown(client, project, version=5)
    for name, columns in {
        "figure-4": ["month", "version", "series", "axis", "value", "low", "high", "n"],
        "versions": ["version", "month", "value", "low", "high", "n", "limit_low", "limit_high"],
        "subgroups": ["subgroup", "n_toxic", "n_non_toxic", "measure", "value", "low", "high", "n"],
    }.items():
        response = client.get(reverse("modeling:dashboard", args=[project.slug]), {"version": 5, "csv": name})
        rows = list(csv.DictReader(response.content.decode().splitlines()))
        assert list(rows[0]) == [*columns, "simulated", "dealt_dates"]
        assert f'filename="{project.slug}-dashboard-{name}.csv"' in response["Content-Disposition"]
    assert client.get(reverse("modeling:dashboard", args=[project.slug]), {"csv": "nonsense"}).status_code == 404


def test_a_cell_that_begins_like_a_formula_is_no_formula_in_a_spreadsheet(client, project, lead):
    make_decided_cycle(project)
    SubgroupScore.objects.filter(subgroup="hindu").update(subgroup="=1+1")
    assert "'=1+1," in client.get(reverse("modeling:dashboard", args=[project.slug]), {"csv": "subgroups"}).content.decode()


def test_where_audit_is_measured_by_month_it_is_what_is_shown_first(client, project, lead):
    cycle = make_decided_cycle(project)
    measure(cycle.champion, "audit", 0.7, MONTHS)
    html = shown(client, project)
    assert "Accuracy of v1 on audit" in html
    assert "None of these months is frozen yet." in html
    assert {row["series"] for row in spec_of(html, "versions")["data"]["values"]} == {"v1"}, "v5 was never in use, so it has not read audit"
    AuditSample.objects.create(project=project, month="2026-04", n=100, comment_ids=b"")
    assert "Frozen: 2026-04 (100)." in shown(client, project)
    assert "Frozen:" not in shown(client, project, split="test")


def test_months_in_which_versions_read_different_comments_are_named(client, project, lead):
    make_decided_cycle(project)
    assert "the versions read different numbers of comments" not in shown(client, project)
    Evaluation.objects.filter(version__number=5, month="2026-05", split="test", measure="accuracy").update(n=120)
    assert "In 2026-05 the versions read different numbers of comments" in shown(client, project)


def test_filters_stand_in_the_address(client, project, lead):
    make_decided_cycle(project)
    html = shown(client, project, version=5, measure="macro_f1", split="gate", first="2026-04", last="2026-05")
    rows = spec_of(html, "versions")["data"]["values"]
    assert {(row["series"], row["month"]) for row in rows} == {("v5", "2026-04"), ("v5", "2026-05")}
    assert "F1 (macro) of v5 on gate" in html
    assert '<option value="macro_f1" selected>' in html


@pytest.mark.parametrize("query", [{"version": "x"}, {"measure": "nonsense"}, {"split": "train"}, {"first": "2031-01"}, {"version": "999"}])
def test_an_address_that_makes_no_sense_shows_the_default(client, project, lead, query):
    make_decided_cycle(project)
    assert "Accuracy of v1 on test" in shown(client, project, **query)


def test_a_month_with_too_few_comments_says_so(client, project, lead):
    make_decided_cycle(project)
    Evaluation.objects.filter(month="2026-06", measure="accuracy").update(value=None, low=None, high=None, n=4)
    html = shown(client, project)
    assert '<span class="unknown">not enough data</span> <span class="aside">n = 4</span>' in html


def test_without_dates_there_is_no_chart_but_the_figures_stand(client, project, lead):
    make_decided_cycle(project, months=())
    html = shown(client, project)
    assert "No comment of this split has a date" in html
    assert "n = 1,204" in html


def test_subgroups_carry_a_word_besides_their_shade(client, project, lead):
    make_decided_cycle(project)
    html = shown(client, project)
    assert re.search(r'class="heat heat-3">.*?<b class="heat-word">far</b>', html)


def test_it_says_what_changes_when_a_sentence_is_about_other_people(client, project, lead):
    make_decided_cycle(project)
    html = shown(client, project)
    assert "The same sentence about other people: share of pairs whose level changes" in html
    assert '<span class="value">.120</span> <span class="aside">.100 to .150</span> <span class="aside">n = 3,544 pairs</span>' in html
    assert "n = 3,544 groups" in html
    assert "not measured yet" not in html


def test_a_version_without_probes_says_when_it_will_have_them(client, project, lead):
    make_decided_cycle(project)
    ProbeScore.objects.all().delete()
    html = shown(client, project)
    assert html.count("not measured yet") == 3
    assert "A version is measured when it is next scored or judged." in html


def test_names_from_outside_cannot_break_out_of_the_chart(client, project, lead):
    make_decided_cycle(project)
    Evaluation.objects.filter(month="2026-06").update(month="</scrip")
    assert '</scrip"' not in shown(client, project)


def test_while_the_version_in_use_is_measured_it_says_so_and_nothing_false(client, project, lead):
    cycle = make_decided_cycle(project)
    Evaluation.objects.filter(split="gate").update(split="audit")
    Evaluation.objects.filter(version=cycle.candidate, split="audit").delete()
    brought_into_use(project, cycle.candidate)
    ScoringRun.objects.create(version=cycle.candidate)
    html = shown(client, project, split="audit", version=cycle.candidate.number)
    assert f"{cycle.candidate} came into use at" in html
    assert f"Nothing of these months has been measured yet: {cycle.candidate} is being measured." in html
    assert f"No subgroup has been measured on audit yet: {cycle.candidate} is being measured." in html
    assert "No comment on audit mentions a subgroup" not in html
    ScoringRun.objects.update(state="done")
    assert "is being measured" not in shown(client, project, split="audit")


def test_what_no_month_can_tell_has_neither_axis_nor_legend_and_the_page_says_why(client, project, lead):
    make_decided_cycle(project)
    sides = [side["transform"][0]["filter"]["equal"] for side in spec_of(shown(client, project), "figure-4")["layer"][:2]]
    assert sides == ["left", "right"]
    assert "Without a line" not in shown(client, project)
    Evaluation.objects.filter(measure__in=("fpr_gap", "worst_fpr", "mean_subgroup_fpr")).exclude(month="").update(value=None, low=None, high=None)
    html = shown(client, project)
    assert "Without a line, because in no month there are enough comments: Mean false alarms (right), Worst false alarms" in html
    assert "needs a month with 30 toxic and 30 harmless comments of a subgroup" in html
    spec = spec_of(html, "figure-4")
    assert "right" not in json.dumps(spec["layer"][0]["layer"][0]["encoding"]["color"])
    assert not any(layer.get("transform", [{}])[0].get("filter", {}).get("equal") == "right" for layer in spec["layer"])


def test_it_says_what_the_splits_hold_since_values_on_them_are_not_comparable(client, project, lead):
    make_decided_cycle(project)
    CurveSummary.objects.filter(split="gate", subgroup="", month="").update(levels=[[30, 10, 10], [20, 5, 0], [0, 0, 25]])
    html = shown(client, project).replace("\N{NO-BREAK SPACE}", " ")
    assert "a value on one is no measure of a value on another" in html
    assert "Gate: 50 % low, 25 % mild, 25 % high (n = 100)." in html
    assert "more attacks on groups" not in html
    make_dataset(project, made_up=True)
    assert "test and gate were given more attacks on groups" in shown(client, project)
    CurveSummary.objects.filter(split="gate").delete()
    assert "is no measure of a value on another" not in shown(client, project)


def test_the_overview_has_intervals(client, project, lead):
    make_decided_cycle(project)
    band = spec_of(shown(client, project), "figure-4")["layer"][0]["layer"][0]
    assert (band["mark"]["type"], band["encoding"]["y"]["field"], band["encoding"]["y2"]["field"]) == ("area", "low", "high")


def test_it_asks_the_database_a_fixed_number_of_times(client, project, lead, django_assert_max_num_queries):
    for _ in range(3):
        make_decided_cycle(project)
    with django_assert_max_num_queries(17):
        shown(client, project)

"""The page of social dynamics: one sentence made of the numbers, charts with tables, filters in the address, comments behind each figure."""

import csv
import io
import json
import re
from urllib.parse import unquote

import pytest
from django.urls import reverse
from django.utils import timezone

from modeling.models import CoMention, DynamicsRun, Role, ShareChange, ShareSummary, VersionChange, WorkState
from tests.factories import make_comment, make_member, make_prediction, make_project, make_version
from tests.modeling.dynamics_rows import ATTRIBUTION, make_read

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def lead(client, project):
    user = make_member(project, Role.LEAD)
    client.force_login(user)
    return user


@pytest.fixture
def version(project, lead):
    return make_read(project)


def shown(client, project, name="social-dynamics", status=200, **query):
    response = client.get(reverse(f"modeling:{name}", args=[project.slug]), query)
    assert response.status_code == status
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def spec_of(html, key):
    return json.loads(re.search(rf'<script id="chart-{key}" type="application/json">(.*?)</script>', html, re.DOTALL)[1])


def test_one_sentence_says_what_the_last_promotion_did(client, project, version):
    assert (
        "After v2 was promoted, the share of the attribution that lies on identity words fell from 21.0 % to 14.0 % "
        "(between −9.0 and −5.0 points; 74 comments of 21 originals)." in shown(client, project)
    )
    assert "that lies on words for Muslim fell" in shown(client, project, subject="muslim")
    assert "that lies on “zorvex” fell" in shown(client, project, subject="word:zorvex")
    assert "the share of the attention that lies on identity words went from 30.0 % to 30.0 %, which may be chance" in shown(
        client, project, engine="attention"
    )
    assert "where the model looked, not why it decided." in shown(client, project, engine="attention")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"low": 0.01, "high": 0.04}, "rose from"),
        ({"low": None, "high": None}, "all moved alike, so there is no interval"),
        ({"difference": None, "low": None, "high": None, "n": 4, "families": 4}, "not enough data to say how the share"),
    ],
)
def test_the_sentence_claims_no_more_than_the_figures(client, project, version, fields, said):
    ShareChange.objects.filter(subject="", engine="gradient_x_attention").update(**fields)
    assert said in shown(client, project)


@pytest.mark.parametrize(
    ("kind", "said"), [("overridden", "promoted against the gate"), ("rolled_back", "After the roll-back to v2"), ("restored", "was brought back")]
)
def test_it_says_how_the_version_came_into_use(client, project, version, kind, said):
    VersionChange.objects.filter(version=version).update(kind=kind)
    assert said in shown(client, project)


def test_of_the_first_version_it_says_what_is_and_what_chance_would_give(client, project, version):
    assert "For v1, the share of the attribution that lies on identity words is 21.0 % (18.0 % to 24.0 %; 74 comments); by chance" in shown(
        client, project, version=1
    )


def test_the_chart_has_a_point_for_each_version_and_says_how_each_came(client, project, version):
    spec = spec_of(shown(client, project), "dynamics-versions")
    points = spec["data"]["values"]
    assert {(row["version"], row["subject"]) for row in points} == {
        (version, subject) for version in ("v1", "v2") for subject in ("all identity words", "Muslim", "female", "“zorvex”")
    }
    assert all(row["low"] < row["value"] < row["high"] and row["chance"] == 0.1 for row in points)
    assert spec["layer"][-1]["data"]["values"] == [{"version": "v1", "text": "installed"}, {"version": "v2", "text": "promoted"}]
    own = spec_of(shown(client, project, subject="muslim"), "dynamics-versions")
    assert {row["subject"] for row in own["data"]["values"]} == {"all identity words", "Muslim"}


def test_months_are_drawn_for_both_versions_and_chance_and_a_month_of_few_says_so(client, project, version):
    html = shown(client, project, subject="female")
    rows = spec_of(html, "dynamics-months")["data"]["values"]
    assert {row["series"] for row in rows} == {"v1", "v2", "by chance"}
    assert "not enough data" in html.split("2026-05")[-1]


def test_each_figure_leads_to_its_comments(client, project, version):
    html = shown(client, project, subject="muslim")
    links = {unquote(link.replace("&amp;", "&")) for link in re.findall(r'href="([^"]*/social-dynamics/comments/[^"]*)"', html)}
    assert any("cut=thread&place=" in link and ":a17" in link for link in links)
    assert any(link.endswith("first=female&second=muslim") for link in links)
    for link in links:
        assert client.get(link).status_code == 200, link
    month = next(link for link in links if "place=2026-03" in link)
    listed = client.get(month).content.decode()
    assert "baker 2" in listed
    assert "baker 1" not in listed, "that one was written in April"
    assert listed.index("baker 2") < listed.index("baker 0"), "the largest share first"


def test_comments_behind_are_masked_and_lead_to_their_map(client, project, version):
    html = shown(client, project, "social-dynamics-comments", version=2, subject="muslim")
    assert "[email]" in html
    assert html.count("?engine=gradient_x_attention") == 3
    assert "30.0 %" in html


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 422),
        ({"version": "x"}, 422),
        ({"version": 1, "engine": "lime"}, 422),
        ({"version": 99}, 404),
        ({"version": 2, "cut": "month", "place": "x"}, 422),
    ],
)
def test_an_address_that_names_no_cell_is_refused_with_a_reason(client, project, version, query, status):
    shown(client, project, "social-dynamics-comments", status=status, **query)


@pytest.mark.parametrize("query", [{"version": "x"}, {"subject": "nobody"}, {"engine": "lime"}, {"version": "999"}])
def test_a_page_address_that_makes_no_sense_shows_the_default(client, project, version, query):
    assert "After v2 was promoted" in shown(client, project, **query)


def test_without_a_model_it_says_how_to_train_one(client, project, lead):
    assert reverse("modeling:first-training", args=[project.slug]) in shown(client, project)


def test_while_nothing_is_read_it_says_what_is_under_way(client, project, lead):
    version = make_version(project, champion=True)
    assert "No maps have been read yet" in shown(client, project)
    run = DynamicsRun.objects.create(version=version)
    assert "v1 waits for its turn" in shown(client, project)
    DynamicsRun.objects.update(state=WorkState.RUNNING, progress=0.4, message="40 of 100 comments", heartbeat_at=timezone.now())
    assert "40 of 100 comments" in shown(client, project, "social-dynamics-progress")
    DynamicsRun.objects.update(state=WorkState.DONE)
    response = client.get(reverse("modeling:social-dynamics-progress", args=[project.slug]))
    assert (response.status_code, response["HX-Refresh"]) == (286, "true"), run


def test_a_failure_says_its_cause_and_a_lead_asks_again(client, project, lead):
    version = make_version(project, champion=True)
    DynamicsRun.objects.create(version=version, state=WorkState.FAILED, error="NoSuchMapError: words replaced")
    assert "words replaced" in shown(client, project)
    client.post(reverse("modeling:social-dynamics-again", args=[project.slug]))
    assert version.dynamics_runs.filter(state=WorkState.REQUESTED).count() == 1
    assert "words replaced" not in shown(client, project)


def test_the_page_asks_no_more_of_the_database_for_more_rows(client, project, version, django_assert_max_num_queries):
    for subject in ("jewish", "black", "white", "gay", "hindu"):
        ShareSummary.objects.create(version=version, engine="gradient_x_attention", subject=subject, cut="all", n=90, families=50, share=0.2)
    with django_assert_max_num_queries(20):
        shown(client, project)
    with django_assert_max_num_queries(12):
        shown(client, project, "social-dynamics-comments", version=2, subject="muslim")


def test_comments_of_the_pool_are_asked_after_all_at_once(client, project, version, django_assert_max_num_queries):
    """Whether the reader is to judge one of them first is a question for each, and one for the page."""
    for _ in range(6):
        make_prediction(version, make_comment(project.datasets.get(name="letters"), mentions=["muslim", "female"]))
    with django_assert_max_num_queries(12):
        assert shown(client, project, "social-dynamics-comments", version=2, first="female").count("Map<span") == 7


def test_comments_that_were_kept_are_not_searched_for(client, project, version):
    dataset = project.datasets.get(name="letters")
    mild, high, gone = (make_prediction(version, make_comment(dataset), p) for p in ((0.6, 0.4, 0), (0, 0.1, 0.9), (0, 0, 1)))
    of_pair = CoMention.objects.get(version=version, first="female", second="muslim")
    CoMention.objects.filter(pk=of_pair.pk).update(highest=[gone.comment_id, high.comment_id, mild.comment_id])
    type(gone.comment).objects.filter(pk=gone.comment_id).update(split="gate")
    for pair in (("female", "muslim"), ("muslim", "female")):
        html = shown(client, project, "social-dynamics-comments", version=2, **dict(zip(("first", "second"), pair, strict=True)))
        assert "The 2 highest of 9 are kept to be looked at." in html, "what gate holds by now is left alone"
        assert html.index(high.comment.text) < html.index(mild.comment.text)
        assert gone.comment.text not in html


@pytest.mark.parametrize("name", ["dynamics-versions", "dynamics-months", "subjects", "thread", "dataset", "mentions", "dynamics-network"])
def test_every_table_can_be_downloaded_and_the_page_leads_to_it(client, project, version, name):
    assert f"csv={name}" in shown(client, project)
    response = client.get(reverse("modeling:social-dynamics", args=[project.slug]), {"csv": name})
    assert response["Content-Type"].startswith("text/csv")
    assert len(list(csv.DictReader(io.StringIO(response.content.decode())))) > 0
    assert client.get(reverse("modeling:social-dynamics", args=[project.slug]), {"csv": "nothing"}).status_code == 404


def test_threads_without_enough_data_are_folded_with_the_originals_that_are_too_few(client, project, version):
    assert "more have not enough data" not in shown(client, project)
    thread = ShareSummary.objects.get(version=version, cut="thread", subject="", engine=ATTRIBUTION)
    for place in range(3):
        ShareSummary.objects.create(version=version, engine=thread.engine, subject="", cut="thread", place=f"{thread.place}{place}", n=9, families=3)
    html = shown(client, project)
    folded = html.split("3 more have not enough data: fewer than 8 comments or 5 originals")[1].split("</details>")[0]
    assert folded.count("3 originals") == 3


def test_the_first_chart_says_which_subgroups_it_draws(client, project, version):
    assert "Drawn are" not in shown(client, project)
    assert "Drawn are" in shown(client, project, subject="muslim")
    assert "The table has all 4." in shown(client, project, subject="muslim")


def test_the_network_names_who_is_mentioned_together(client, project, version):
    html = shown(client, project)
    assert html.count("The intervals count each comment for one, so many near-duplicates make them too narrow.") == 2
    lines, points = spec_of(html, "dynamics-network")["layer"][:2]
    assert [(row["pair"], row["n"]) for row in lines["data"]["values"]] == [("female + Muslim", 9)], "two comments are no line"
    assert {row["name"] for row in points["data"]["values"]} == {"female", "Jewish", "Muslim"}
    assert {row["step"] for row in points["data"]["values"]} == {".20 to .35"}
    assert "Who is mentioned together, and what v2 says of it" in html
    listed = shown(client, project, "social-dynamics-comments", version=2, first="female", second="muslim")
    assert "the muslim woman bakes bread" in listed
    assert "baker" not in listed

"""The page "What people do, over time": from stored rows alone, and nothing that its reader must not know yet."""

import csv
import io
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from feedback.models import Annotation, AnnotationItem, AnnotationRound, Assignment, RoundSummary
from feedback.over_time.tables import TABLES
from feedback.pipeline.guidelines import edit_guidelines
from feedback.pipeline.summarise_rounds import summarise_rounds
from modeling.labels import BiasType
from modeling.models import Role
from tests.factories import make_member, make_project
from tests.feedback.over_time_rows import make_months
from tests.feedback.worlds import BIASED, CORRECT, World, answer_next, make_annotator, make_round
from tests.modeling.decided import make_decided_cycle

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(client: Client, world: World) -> Client:
    client.force_login(world.lead)
    return client


def page(client: Client, world: World, **query) -> str:
    return client.get(reverse("feedback:over-time", args=[world.project.slug]), query).content.decode()


def table(client: Client, world: World, name: str, **query) -> list[dict[str, str]]:
    response = client.get(reverse("feedback:over-time-table", args=[world.project.slug, name]), query)
    assert response["Content-Disposition"] == f'attachment; filename="{world.project.slug}-people-{name}.csv"'
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def test_an_empty_project_is_told_how_to_fill_the_page(lead: Client, world: World) -> None:
    said = page(lead, world)
    assert "Nothing to show over time yet" in said
    assert "No cycle was asked for" in said


def test_it_says_in_words_what_the_newest_month_shows_against_the_one_before(lead: Client, world: World) -> None:
    make_months(world)
    said = page(lead, world)
    assert "Of the 36 items judged in 2026-09, 16.7\N{NO-BREAK SPACE}% were reported as biased (7.9" in said
    assert "In 2026-08 it was 33.3\N{NO-BREAK SPACE}%: no clear difference (\N{MINUS SIGN}16.7 points, between \N{MINUS SIGN}35" in said


def test_shares_by_type_come_with_n_and_interval_by_month_and_by_round(lead: Client, world: World) -> None:
    make_months(world)
    rows = [row for row in table(lead, world, "bias") if row["bias"] == "Religious"]
    assert [(row["period"], row["judged"], round(float(row["reported_value"]), 3)) for row in rows] == [
        ("2026-08", "36", 0.333),
        ("2026-09", "36", 0.167),
    ]
    assert float(rows[0]["reported_low"]) < 0.333 < float(rows[0]["reported_high"])
    by_round = [row for row in table(lead, world, "bias", by="round") if row["bias"] == "Any bias"]
    assert [row["period"] for row in by_round] == ["1", "2"]
    assert "confirmed 33.3\N{NO-BREAK SPACE}% (20.2\N{NO-BREAK SPACE}% to 49.7\N{NO-BREAK SPACE}%)" in page(lead, world)


def test_each_type_of_bias_and_any_of_them_is_drawn_in_a_way_of_its_own(lead: Client, world: World) -> None:
    make_months(world)
    Annotation.objects.exclude(bias_types=[]).update(bias_types=list(BiasType))
    summarise_rounds(anew=True)
    found = lead.get(reverse("feedback:over-time", args=[world.project.slug])).context["found"]
    encoding = found.charts["bias"].spec["layer"][1]["encoding"]
    colours, dashes = (encoding[name]["scale"]["range"] for name in ("color", "strokeDash"))
    assert len(encoding["color"]["scale"]["domain"]) == len(colours) == len(dashes) == 1 + len(BiasType)
    assert len(set(colours)) == len(colours)
    assert dashes[0] not in dashes[1:]


def test_it_tells_whom_reports_concern(lead: Client, world: World) -> None:
    make_months(world)
    found = table(lead, world, "subgroups")
    mentioned = AnnotationItem.objects.filter(comment__mentions__subgroup="muslim")
    assert [(row["subgroup"], row["judged"]) for row in found] == [("Muslim", str(mentioned.count()))]
    assert "Muslim <span" in page(lead, world)


def test_agreement_is_the_rounds_own_and_of_each_panel_and_of_months_worked_out_plainly(lead: Client, world: World) -> None:
    first, _ = make_months(world)
    frozen = next(row for row in first.joining.agreement if row["question"] == "level" and row["panel"] is None)
    of_level = [row for row in table(lead, world, "agreement", by="round") if row["question"] == "level" and row["period"] == "1"]
    assert of_level[0]["panel"] == "Everybody"
    assert len(of_level) == 3
    assert float(of_level[0]["ac1_value"]) == pytest.approx(frozen["ac1"])
    of_month = next(row for row in table(lead, world, "agreement") if (row["panel"], row["question"]) == ("Everybody", "biased"))
    assert (of_month["ac1_value"], of_month["ac1_n"]) == ("1.0", "36")


def test_cost_counts_minutes_for_a_label_and_for_a_confirmed_bias(lead: Client, world: World) -> None:
    make_months(world)
    first = table(lead, world, "cost")[0]
    assert (first["answers"], first["labels"], first["confirmed"]) == ("72", "36", "12")
    assert float(first["minutes"]) == pytest.approx(72 * 12 / 60)
    assert float(first["minutes_per_label_value"]) == pytest.approx(2 * 12 / 60)
    assert float(first["minutes_per_confirmed_value"]) == pytest.approx(72 * 12 / 60 / 12)
    assert float(first["minutes_per_confirmed_low"]) < 1.2 < float(first["minutes_per_confirmed_high"])
    assert '<span class="value">12.0</span> <span class="aside">12.0 to 12.0</span> <span class="aside">n = 72</span>' in page(lead, world)


def test_work_below_a_minute_is_told_in_seconds(lead: Client, world: World) -> None:
    make_months(world)
    found = lead.get(reverse("feedback:over-time", args=[world.project.slug])).context["found"]
    axis = found.charts["cost"].spec["layer"][1]["encoding"]["y"]["axis"]
    assert axis["values"][0] == pytest.approx(1 / 60)
    assert "' s'" in axis["labelExpr"]
    assert '<span class="value">24\N{NO-BREAK SPACE}s</span>' in page(lead, world)


def test_the_menu_counts_it_among_the_dashboards(lead: Client, world: World) -> None:
    nav = re.search(r'<nav class="sections".*?</nav>', page(lead, world), re.DOTALL)[0]
    assert re.findall(r'aria-current="page">(\w+)</a>', nav) == ["Dashboard"]


def test_where_nobody_said_a_level_first_it_says_what_to_do(lead: Client, world: World) -> None:
    make_months(world)
    AnnotationRound.objects.update(blind_share=0)
    Assignment.objects.update(blind=False, own_level="")
    summarise_rounds()
    assert "Set “Own level first, in %” among the settings of the next round" in page(lead, world)


def test_following_needs_thirty_answers(lead: Client, world: World) -> None:
    make_months(world)
    first = table(lead, world, "following")[0]
    assert (first["as_model_blind_n"], first["as_model_shown_n"], first["moved_n"]) == ("36", "36", "18")
    assert first["as_model_blind_value"]
    assert not first["moved_value"], "18 are not enough"


def test_rounds_without_blind_items_say_nothing_of_who_follows_the_machine(lead: Client, world: World) -> None:
    """Nothing asked for people's own level in the second round, and in it everybody says what the model says."""
    first, second = make_months(world, months=(8, 8))
    Assignment.objects.filter(round=second).update(blind=False, own_level="")
    Annotation.objects.filter(item__round=second).update(verdict="correct", corrected_label="")
    AnnotationRound.objects.filter(pk=second.pk).update(blind_share=0)
    summarise_rounds()
    (month,), (one, two) = table(lead, world, "following"), table(lead, world, "following", by="round")
    figures = [name for name in month if name not in ("period", "rounds", "simulated", "open")]
    assert (month["rounds"], month["as_model_shown_n"]) == (f"{first.number};{second.number}", "36")
    assert [month[name] for name in figures] == [one[name] for name in figures]
    assert (two["as_model_shown_n"], two["as_model_shown_value"], two["difference_value"]) == ("0", "", "")


def test_a_month_weighs_its_rounds_where_a_sum_would_hold_hard_comments_against_easy_ones(lead: Client, world: World) -> None:
    """Whoever answers the first round says what the model says, seen or not; in the second nobody does. Of the first, three of four places are
    blind, of the second one of four: the sums differ by half."""
    rounds = make_months(world, items=48, months=(8, 8))
    for round, blind_of_four, own, verdict in ((rounds[0], 3, "mild", ("correct", "")), (rounds[1], 1, "low", ("incorrect", "low"))):
        Annotation.objects.filter(item__round=round).update(verdict=verdict[0], corrected_label=verdict[1])
        for number, place in enumerate(Assignment.objects.filter(round=round, state="done").order_by("pk")):
            is_blind = number % 4 < blind_of_four
            Assignment.objects.filter(pk=place.pk).update(blind=is_blind, own_level=own if is_blind else "")
    summarise_rounds(anew=True)
    (month,) = table(lead, world, "following")
    assert (month["as_model_blind_n"], month["as_model_shown_n"]) == ("96", "96")
    assert (float(month["as_model_blind_value"]), float(month["as_model_shown_value"])) == (0.5, 0.5)
    assert float(month["difference_low"]) < float(month["difference_value"]) == 0 < float(month["difference_high"])
    assert "weighed as Mantel and Haenszel do" in page(lead, world)


def test_a_panel_and_months_are_chosen_in_the_address(lead: Client, world: World) -> None:
    make_months(world)
    panel = world.project.panels.get(kind="crowd")
    assert [row["answers"] for row in table(lead, world, "cost", panel=panel.pk)] == ["36", "36"]
    assert [row["period"] for row in table(lead, world, "cost", first="2026-09")] == ["2026-09"]
    assert [row["period"] for row in table(lead, world, "cost", last="2026-08", by="round")] == ["1"]
    assert [row["period"] for row in table(lead, world, "cost", first="2026-13", by="day", panel="x")] == ["2026-08", "2026-09"]


def test_scripted_rounds_stand_apart_and_say_so(lead: Client, world: World) -> None:
    make_months(world)
    assert "scripted annotators answered" not in page(lead, world)
    AnnotationRound.objects.filter(number=2).update(simulated=True)
    summarise_rounds()
    assert [row["period"] for row in table(lead, world, "cost", by="round")] == ["1"]
    scripted = table(lead, world, "cost", by="round", kind="scripted")
    assert [(row["period"], row["simulated"]) for row in scripted] == [("2", "true")]
    assert "scripted annotators answered, not people" in page(lead, world, kind="scripted")


def test_rows_that_are_of_no_round_say_what_is_simulated_too(lead: Client, world: World) -> None:
    make_months(world)
    cycle = make_decided_cycle(world.project)

    def marks(name: str) -> set[tuple[str, str]]:
        return {(row["simulated"], row["dealt_dates"]) for row in table(lead, world, name)}

    assert {mark for name in TABLES for mark in marks(name)} == {("false", "false")}
    world.project.datasets.update(dealt_dates=True)
    assert {mark for name in TABLES for mark in marks(name)} == {("false", "true")}
    cycle.batches.add(world.project.feedback_batches.create(provenance="round 7", sha256="1" * 64, simulated=True))
    assert [marks(name) for name in ("cycles", "events", "cost")] == [{("true", "true")}, {("true", "true")}, {("false", "true")}]
    assert f'Cycle {cycle.number}</a> <span class="aside">simulated</span>' in page(lead, world)


def test_where_all_rounds_are_scripted_the_page_shows_them_marked(lead: Client, world: World) -> None:
    make_months(world)
    AnnotationRound.objects.update(simulated=True)
    summarise_rounds()
    said = page(lead, world)
    assert "scripted annotators answered, not people" in said
    assert "simulated</span>" in said


def test_an_open_round_counts_so_far_but_not_for_a_lead_who_is_at_work_in_it_blind(lead: Client, world: World) -> None:
    make_months(world, months=(8,))
    for _ in range(4):
        make_annotator(world.project)
    round = make_round(world, items=4, overlap=2)
    AnnotationRound.objects.filter(pk=round.pk).update(blind_share=0.5)
    answer_next(round, make_annotator(world.project), BIASED)
    summarise_rounds()
    assert [(row["period"], row["open"]) for row in table(lead, world, "cost", by="round")] == [("1", "false"), ("2", "true")]
    assert len(table(lead, world, "cost")) == 2
    place = round.assignments.filter(state="free").first()
    person = make_annotator(world.project)
    type(person).objects.filter(pk=person.pk).update(user=world.lead)
    Assignment.objects.filter(pk=place.pk).update(state="claimed", annotator=person, slot=0, claimed_at=timezone.now())
    assert [row["period"] for row in table(lead, world, "cost", by="round")] == ["1"]
    assert [row["period"] for row in table(lead, world, "cost")] == ["2026-08"]
    assert "Its figures are not shown to you until it is closed" in page(lead, world)


def test_rows_of_an_open_gate_round_are_not_shown_even_if_they_are_there(lead: Client, world: World) -> None:
    """As between its being opened again and the next look of the worker."""
    cycle = make_decided_cycle(world.project, eligible=False)
    make_months(world)
    AnnotationRound.objects.filter(number=2).update(kind="gate", judges=cycle, batch=None, state="open", closed_at=None)
    assert RoundSummary.objects.filter(round__number=2).exists()
    assert [row["period"] for row in table(lead, world, "cost", by="round")] == ["1"]


def test_cycles_and_events_stand_beside(lead: Client, world: World) -> None:
    first, _ = make_months(world)
    cycle = make_decided_cycle(world.project)
    AnnotationRound.objects.filter(pk=first.pk).update(state="open")
    edit_guidelines(round=first, text="Read twice.", by=world.lead)
    edit_guidelines(round=first, text="Read thrice.", by=world.lead)
    said = page(lead, world)
    assert f"guidelines of round {first.number} changed (version 2)" in said
    assert f"{world.version}: installed" in said
    line = table(lead, world, "cycles")[0]
    assert (line["cycle"], line["state"], line["measure"], line["real_minus_echo_value"]) == (str(cycle.number), "eligible", "jigsaw_score", "0.031")
    assert line["verdict"] in said
    assert "guidelines of round" in str(table(lead, world, "events"))


def test_no_annotator_is_named(lead: Client, world: World) -> None:
    make_months(world)
    names = set(world.project.annotators.values_list("user__username", flat=True))
    for by in ("month", "round"):
        everything = page(lead, world, by=by) + "".join(str(table(lead, world, name, by=by)) for name in TABLES)
        assert not [name for name in names if name in everything]


def test_it_reads_stored_rows_alone_in_few_statements(lead: Client, world: World) -> None:
    make_months(world)
    make_decided_cycle(world.project)
    page(lead, world)
    with CaptureQueriesContext(connection) as seen:
        page(lead, world, by="round")
    asked = [query["sql"] for query in seen.captured_queries]
    assert len(asked) <= 20
    assert not [sql for sql in asked if f'FROM "{Annotation._meta.db_table}"' in sql]


def test_a_table_that_is_none_is_not_found_and_a_formula_does_not_run(lead: Client, world: World) -> None:
    assert lead.get(reverse("feedback:over-time-table", args=[world.project.slug, "people"])).status_code == 404
    make_months(world, months=(8,))
    world.project.panels.filter(kind="crowd").update(name="=cmd()")
    assert "'=cmd()" in {row["panel"] for row in table(lead, world, "agreement")}


def test_it_is_linked_from_the_rounds_and_the_dashboard(lead: Client, world: World) -> None:
    url = reverse("feedback:over-time", args=[world.project.slug])
    for name in ("feedback:round-list", "modeling:dashboard"):
        assert f'href="{url}"' in lead.get(reverse(name, args=[world.project.slug])).content.decode()


def test_another_projects_figures_stay_there(client: Client, world: World) -> None:
    make_months(world)
    other = make_project()
    client.force_login(make_member(other, Role.LEAD))
    assert client.get(reverse("feedback:over-time", args=[world.project.slug])).status_code == 404
    assert "Nothing to show over time yet" in client.get(reverse("feedback:over-time", args=[other.slug])).content.decode()


def test_below_ten_items_there_is_no_share(lead: Client, world: World) -> None:
    round = make_round(world, items=4, overlap=1)
    answer_next(round, make_annotator(world.project), CORRECT)
    summarise_rounds()
    assert "Not enough data yet: 1 judged items, and a share needs 10" in page(lead, world)

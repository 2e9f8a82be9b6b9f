"""Paper and this system: every table with the paper's numbers, what was measured beside it, and the reckoning of each contradiction."""

import json
import re

import pytest
from django.urls import reverse
from django.utils.functional import Promise

from modeling.models import Dataset, Role, VersionChange
from modeling.paper.beside import BESIDE, MONTHS, NOTES
from modeling.paper.claims import claims
from modeling.paper.printed import printed_tables
from modeling.reports import paper_page
from modeling.reports.results import _figures, read_results
from tests.factories import make_dataset, make_member, make_project
from tests.modeling.decided import make_decided_cycle

pytestmark = pytest.mark.django_db
COUNTS = {
    "splits": {"train": 50, "pool": 20, "gate": 12, "test": 12, "audit": 6},
    "levels": {"low": 70, "mild": 20, "high": 10},
    "mentions": {"muslim": 9, "christian": 4, "muslim~lexicon": 2},
    "axes": {"religion": 11, "gender": 0},
}


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def results(tmp_path, settings):
    """A folder of result files of the test's own: `results("study", [{...}])` writes one."""
    settings.BASE_DIR = tmp_path
    folder = tmp_path / "benchmarks" / "results"
    folder.mkdir(parents=True)

    def write(name, rows):
        row = {"value": None, "low": None, "high": None, "n": 0, "data": "demo"}
        content = {"name": name, "command": f"python -m benchmarks.{name} --seeds 5", "made_at": "2026-11-23T10:00:00Z"}
        (folder / f"{name}.json").write_text(json.dumps({**content, "rows": [{**row, **fields} for fields in rows]}))

    return write


def shown(client, user, project=None):
    client.force_login(user)
    response = client.get(reverse("modeling:project-paper", args=[project.slug]) if project else reverse("modeling:paper"))
    assert response.status_code == 200
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def text_of(html, anchor):
    """The words of one section."""
    part = re.search(rf'id="{anchor}">.*?</(?:section|article)>', html, re.DOTALL)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", part).split())


def test_every_table_and_every_contradiction_has_its_place(client, project):
    html = shown(client, make_member(project, Role.ANNOTATOR))
    for key, table in printed_tables().items():
        assert f'id="paper-{key}"' in html
        assert table.name in html
    for claim in claims():
        assert f'id="{claim.key}"' in html
    assert "1,971,916" in text_of(html, "paper-1")
    assert "Proposed method .925 .932 .921 .926" in text_of(html, "paper-3")
    assert "−33.33" in text_of(html, "paper-6")
    assert "KL at P = .75; P − U = .25 .25 .131" in text_of(html, "kl-is-a-subtraction")


def test_each_table_says_what_is_done_here():
    assert set(NOTES) == set(printed_tables())
    assert set(BESIDE) <= set(printed_tables())


def test_a_measured_figure_stands_with_data_n_interval_and_command(client, project, results):
    results("feedback_effect", [{"arm": "real", "metric": "accuracy", "value": 0.682, "low": 0.62, "high": 0.737, "n": 1630}])
    said = text_of(shown(client, make_member(project, Role.ANNOTATOR)), "paper-6")
    assert "measured 2026-11-23: python -m benchmarks.feedback_effect --seeds 5" in said
    assert "after simulated feedback On demonstration data, made up Accuracy .682 .620 to .737 n = 1,630" in said


def test_what_scripted_annotators_did_is_said_to_be_simulated(client, project, results):
    """Beside Table 6 and Figure 4 no benchmark has people in it."""
    for name, arms in (("feedback_effect", ("champion", "real")), ("main_job", ("default_no_feedback", "default_with_feedback"))):
        results(name, [{"arm": arm, "metric": "accuracy", "value": 0.7, "n": 9, "data": data} for arm in arms for data in ("demo", "real")])
    results("study", [{"arm": "slope_real", "metric": "accuracy", "value": 0.001, "n": 6}])
    html = shown(client, make_member(project, Role.ANNOTATOR))
    assert text_of(html, "paper-6").count("before simulated feedback after simulated feedback") == 2
    assert "the feedback is simulated: scripted annotators" in text_of(html, "paper-6")
    assert "slope a month, with scripted annotators’ labels" in text_of(html, "paper-F4")
    assert "the feedback of each month is simulated: scripted panels" in text_of(html, "paper-F4")


def test_what_was_never_measured_says_so_with_the_command_that_would(client, project, results):
    html = shown(client, make_member(project, Role.ANNOTATOR))
    assert "Not measured yet. This would: python -m benchmarks.study" in text_of(html, "paper-F4")
    assert "python -m benchmarks.loss_ablation" in text_of(html, "paper-3")
    assert read_results("study") is None


def test_a_value_that_could_not_be_measured_is_no_number(client, project, results):
    results("main_job", [{"arm": "default_no_feedback", "metric": "accuracy", "data": "real", "n": 7}])
    assert "Accuracy not enough data n = 7" in text_of(shown(client, make_member(project, Role.ANNOTATOR)), "paper-6")


def test_a_file_that_has_changed_is_read_anew(results):
    results("study", [{"arm": "month_1", "metric": "accuracy", "value": 0.5}])
    first = read_results("study")
    results("study", [{"arm": "month_1", "metric": "accuracy", "value": 0.75, "n": 12}])
    assert first.of("demo", "month_1", "accuracy").value == 0.5
    assert read_results("study").of("demo", "month_1", "accuracy").value == 0.75


def test_an_interval_ends_where_the_measure_ends_but_a_difference_may_be_below_nothing(results):
    rows = [{"arm": arm, "metric": "worst_fpr", "value": 0.2, "low": -0.01, "high": 1.1, "n": 9} for arm in ("real", "real_minus_echo", "slope_real")]
    results("feedback_effect", [*rows, {"arm": "real", "metric": "mcc", "value": 0.1, "low": -0.2, "high": 0.3, "n": 9}])
    found = read_results("feedback_effect")
    of_arms = {arm: found.of("demo", arm, "worst_fpr") for arm in ("real", "real_minus_echo", "slope_real")}
    limits = {arm: (figure.low, figure.high) for arm, figure in of_arms.items()}
    assert limits == {"real": (0, 1), "real_minus_echo": (-0.01, 1.1), "slope_real": (-0.01, 1.1)}
    assert found.of("demo", "real", "mcc").low == -0.2


@pytest.mark.parametrize("content", ['{"name": "feedb', "[]", '{"name": "x"}', '{"name": "x", "command": "", "made_at": "", "rows": [{}]}'])
def test_a_file_that_is_half_written_is_as_if_it_was_never_measured(client, project, results, settings, content):
    (settings.BASE_DIR / "benchmarks" / "results" / "feedback_effect.json").write_text(content)
    said = text_of(shown(client, make_member(project, Role.LEAD)), "paper-6")
    assert "Not measured yet. This would: python -m benchmarks.feedback_effect demo" in said


@pytest.mark.parametrize("figure", ["F2", "F3"])
def test_curves_and_confusion_matrices_of_a_project_are_linked(client, project, figure):
    lead, link = make_member(project, Role.LEAD), f'href="{reverse("modeling:dashboard-curves", args=[project.slug])}">The curves'
    part = re.search(rf'id="paper-{figure}">.*?</section>', shown(client, lead, project), re.DOTALL)[0]
    assert link in part
    assert link not in shown(client, lead)


def test_the_names_of_months_are_translated_when_they_are_shown():
    assert all(isinstance(name, Promise) for name in MONTHS.values())
    assert str(MONTHS["month_3"]) == "month 3"


def test_tables_1_2_and_4_are_those_of_the_projects_own_data(client, project):
    make_dataset(project, name="Threads", counts=COUNTS)
    html = shown(client, make_member(project, Role.LEAD), project)
    assert "As imported from Threads." in text_of(html, "paper-1")
    assert "Total 100 train 50 pool 20 gate 12 test 12 audit 6" in text_of(html, "paper-1")
    assert "low 70 70.00 % mild 20 20.00 % high 10 10.00 %" in text_of(html, "paper-2")
    assert "religion anybody 11 11.00 % Christian 4 4.00 % Muslim 9 9.00 % Muslim (by term list) 2 2.00 %" in text_of(html, "paper-4")


def test_measured_tables_are_those_of_its_versions(client, project):
    cycle = make_decided_cycle(project)
    VersionChange.objects.create(project=project, version=cycle.candidate, previous=cycle.champion, kind="promoted", cycle=cycle)
    project.champion = cycle.candidate
    project.save()
    html = shown(client, make_member(project, Role.LEAD), project)
    assert f"{cycle.candidate} .840 .820 to .860 n = 1,204" in text_of(html, "paper-3")
    assert f"Cycle {cycle.number}, on test." in text_of(html, "paper-6")
    assert "Accuracy .800 .780 to .820 n = 1,204 .840 .820 to .860 n = 1,204" in text_of(html, "paper-6")
    assert str(cycle.champion) in text_of(html, "paper-F4")


def test_table_7_is_ten_steps_of_the_version_in_use(client, project):
    cycle = make_decided_cycle(project)
    version = cycle.champion
    version.loss_steps = [{"step": step, "total": 1 / step, "ce": 0.9 / step, "pairing": 0.1 / step} for step in range(1, 41)]
    version.save()
    project.champion = version
    project.save()
    said = text_of(shown(client, make_member(project, Role.LEAD), project), "paper-7")
    assert "L_CE pairing L" in said
    assert "4 .225 .025 .250" in said
    assert said.count("40 .022 .003 .025") == 1


def test_simulated_and_made_up_are_said(client, project):
    lead = make_member(project, Role.LEAD)
    assert "scripted annotators gave labels" not in shown(client, lead, project)
    make_dataset(project, made_up=True)
    project.feedback_batches.create(provenance="round 1: study", sha256="0" * 64, simulated=True)
    html = shown(client, lead, project)
    assert "made up for the demonstration" in html
    assert "Simulated: scripted annotators gave labels" in html


def test_leads_find_their_projects_on_the_general_page(client, project):
    other = make_project("Elsewhere")
    html = shown(client, make_member(project, Role.LEAD))
    assert reverse("modeling:project-paper", args=[project.slug]) in html
    assert other.slug not in html
    assert reverse("modeling:project-paper", args=[project.slug]) not in shown(client, make_member(project, Role.ANNOTATOR))


def test_the_page_asks_the_database_little(client, project, django_assert_max_num_queries):
    make_dataset(project, counts=COUNTS)
    make_decided_cycle(project)
    client.force_login(make_member(project, Role.LEAD))
    with django_assert_max_num_queries(20):
        client.get(reverse("modeling:project-paper", args=[project.slug]))


def test_an_import_counts_what_it_brought(import_file):
    dataset = import_file(
        "id,comment_text,target,muslim,christian,male\n1,One fine thing,0.1,1,1,0\n2,Another thing here,0.9,0.8,0,0\n3,Third,,0.4,0,0\n"
    )
    counts = Dataset.objects.get(pk=dataset.pk).counts
    assert sum(counts["splits"].values()) == 3
    assert counts["levels"] == {"low": 1, "high": 1}
    assert counts["mentions"] == {"muslim": 2, "christian": 1}
    assert counts["axes"]["religion"] == 2
    assert counts["axes"]["gender"] == 0


def test_sections_stand_in_the_order_of_the_paper():
    keys = [section.table.key for section in paper_page().sections]
    assert keys.index("3") < keys.index("F2") < keys.index("4") < keys.index("6") < keys.index("8")


def test_data_sets_stand_under_each_other_in_one_table(results):
    rows = [{"arm": "default", "metric": "accuracy", "data": data, "value": 0.5, "n": 9} for data in ("edos", "civil")]
    results("loss_ablation", rows)
    (measured,) = next(section.measured for section in paper_page().sections if section.table.key == "3")
    assert [str(data) for data, _lines in measured.groups] == ["Civil Comments", "EDOS"]
    assert [str(column) for column in measured.columns] == ["Accuracy"]
    assert all(len(lines) == 1 for _data, lines in measured.groups)


@pytest.mark.parametrize("arm", ["slope_real", "middle_slope_real", "middle_slope_real_minus_echo"])
def test_the_interval_of_a_slope_may_lie_below_zero(arm):
    (figure,) = dict(_figures([{"data": "demo", "arm": arm, "metric": "accuracy", "value": -0.003, "low": -0.013, "high": 0.008, "n": 6}])).values()
    assert figure.low == -0.013

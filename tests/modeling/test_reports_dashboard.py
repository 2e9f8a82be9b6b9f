"""What the dashboard shows: charts, trend, matrix, heat."""

import pytest

from modeling.models import Evaluation, VersionChange
from modeling.reports import DashboardFilter, dashboard, dashboard_choices
from modeling.reports.charts import month_chart, sparkline
from tests.factories import make_project, make_version
from tests.modeling.decided import MONTHS, make_decided_cycle

pytestmark = pytest.mark.django_db
EVERYTHING = DashboardFilter(version=None, measure="accuracy", split="test", first="", last="")


class TestCharts:
    def test_a_line_needs_two_points(self):
        assert sparkline([1.0]) is None
        assert sparkline([1.0, 1.0]).points == "3.0,33.0 157.0,33.0"

    def test_missing_values_stay_missing_in_the_chart(self):
        spec = month_chart(
            rows=[{"month": "2026-03", "series": "v1", "value": None, "low": None, "high": None, "n": 3}], series=["v1"], axis_title="x"
        )
        assert spec["data"]["values"][0]["value"] is None
        assert len(spec["layer"]) == 3

    def test_champion_changes_are_drawn_as_a_rule(self):
        spec = month_chart(rows=[], series=["v1"], axis_title="x", marks=[{"month": "2026-03", "text": "v1 promoted"}])
        assert spec["layer"][3]["data"]["values"] == [{"month": "2026-03", "text": "v1 promoted"}]


class TestDashboard:
    def test_only_what_was_measured_can_be_chosen(self):
        project = make_project()
        assert dashboard_choices(project).versions == ()
        cycle = make_decided_cycle(project)
        make_version(project)
        choices = dashboard_choices(project)
        assert list(choices.versions) == [cycle.candidate, cycle.champion], "control arms stand on their cycle's page"
        assert choices.splits == ("gate", "test")
        assert choices.months == MONTHS

    def shown(self, project, **chosen):
        return dashboard(project=project, choices=dashboard_choices(project), chosen=DashboardFilter(**{**vars(EVERYTHING), **chosen}))

    def test_the_matrix_has_a_row_per_version_and_a_cell_per_month(self):
        project = make_project()
        cycle = make_decided_cycle(project)
        shown = self.shown(project)
        assert [row.version for row in shown.matrix] == [cycle.candidate, cycle.champion]
        assert [cell.value for cell in shown.matrix[1].cells] == pytest.approx([0.81, 0.82, 0.83, 0.84])
        assert shown.matrix[1].overall.n == 1204
        assert shown.focus == cycle.champion

    def test_it_narrows_to_a_version_and_to_months(self):
        project = make_project()
        cycle = make_decided_cycle(project)
        shown = self.shown(project, version=cycle.candidate.number, first="2026-04", last="2026-05")
        assert [row.version for row in shown.matrix] == [cycle.candidate]
        assert shown.months == ("2026-04", "2026-05")
        assert shown.focus == cycle.candidate

    def test_the_trend_says_when_intervals_overlap(self):
        project = make_project()
        make_decided_cycle(project)
        trend = self.shown(project).trend
        assert trend.change == pytest.approx(0.03)
        assert trend.may_be_chance
        Evaluation.objects.filter(month="2026-06").update(value=0.95, low=0.93, high=0.97)
        assert not self.shown(project).trend.may_be_chance

    def test_a_month_without_enough_data_is_left_out_of_the_trend_and_open_in_the_chart(self):
        project = make_project()
        make_decided_cycle(project)
        Evaluation.objects.filter(month="2026-06").update(value=None, low=None, high=None)
        shown = self.shown(project)
        assert shown.trend.last_month == "2026-05"
        assert [row["value"] for row in shown.charts[0].spec["data"]["values"] if row["month"] == "2026-06"] == [None, None]

    def test_a_chart_without_any_value_is_not_drawn(self):
        project = make_project()
        make_decided_cycle(project)
        Evaluation.objects.exclude(month="").update(value=None, low=None, high=None)
        shown = self.shown(project)
        assert [chart.spec for chart in shown.charts] == [None, None, None]
        assert shown.trend is None

    def test_changes_of_the_champion_are_marked_in_months_that_are_shown(self):
        project = make_project()
        make_decided_cycle(project)
        VersionChange.objects.update(at="2026-05-14T12:00Z")
        assert self.shown(project).charts[0].spec["layer"][3]["data"]["values"] == [{"month": "2026-05", "text": "v1 installed"}]
        assert len(self.shown(project, last="2026-04").charts[0].spec["layer"]) == 3

    def test_heat_says_in_a_word_how_far_from_the_ideal_a_subgroup_is(self):
        project = make_project()
        make_decided_cycle(project)
        rows = {row.subgroup: row for axis in self.shown(project).subgroups for row in axis.rows}
        false_alarms, found, *_ = rows["muslim"].cells
        assert (false_alarms.word, false_alarms.shade) == ("far", 3)
        assert (found.word, found.shade) == ("unsure", -1), "its interval reaches from near to off"
        assert (rows["hindu"].cells[0].word, rows["hindu"].cells[0].shade) == ("", -1)

    def test_many_versions_are_capped_and_it_says_how_many_are_left_out(self):
        project = make_project()
        for _ in range(10):
            version = make_version(project)
            Evaluation.objects.create(version=version, split="test", measure="accuracy", value=0.8, low=0.7, high=0.9, n=50)
        shown = self.shown(project)
        assert (len(shown.matrix), shown.left_out) == (8, 2)

    def test_its_queries_do_not_grow_with_versions(self, django_assert_num_queries):
        project = make_project()
        for _ in range(3):
            make_decided_cycle(project)
        choices = dashboard_choices(project)
        with django_assert_num_queries(5):
            dashboard(project=project, choices=choices, chosen=EVERYTHING)

    def test_probes_are_those_of_the_version_in_focus(self):
        project = make_project()
        make_decided_cycle(project)
        for chosen, value in ((None, 0.12), (5, 0.07)):
            table = self.shown(project, version=chosen).probes
            assert table.columns == (f"v{chosen or 1}",)
            assert [row.figures[0].value for row in table.rows] == [value] * 3

"""What the dashboard shows: charts, trend, matrix, heat."""

import pytest
from django.db import transaction

from modeling import ledger
from modeling.models import Evaluation, LedgerEntry, ModelVersion, VersionChange
from modeling.reports import DashboardFilter, dashboard, dashboard_choices
from modeling.reports.charts import month_chart, sparkline
from modeling.reports.events import GUIDELINES_CHANGED
from modeling.reports.matrix import MatrixRow, drawn
from tests.factories import make_dataset, make_project, make_version
from tests.modeling.decided import MONTHS, make_decided_cycle

pytestmark = pytest.mark.django_db
BIAS_LABELS = ("Mean false alarms", "Worst false alarms", "False-alarm gap")
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

    def test_what_happened_is_drawn_as_a_rule_with_signs_above(self):
        mark = {"month": "2026-03", "text": "v1 promoted", "signs": "▲ v1"}
        spec = month_chart(rows=[], series=["v1"], axis_title="x", marks=[mark])
        assert spec["layer"][3]["data"]["values"] == [mark]
        assert [layer["mark"]["type"] for layer in spec["layer"][3]["layer"]] == ["rule", "text"]


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
        assert [row["value"] for row in shown.versions.spec["data"]["values"] if row["month"] == "2026-06"] == [None, None]

    def test_a_chart_without_any_value_is_not_drawn(self):
        project = make_project()
        make_decided_cycle(project)
        Evaluation.objects.exclude(month="").update(value=None, low=None, high=None)
        shown = self.shown(project)
        assert (shown.overview.spec, shown.versions.spec) == (None, None)
        assert shown.trend is None

    def test_what_happened_is_marked_in_months_that_are_shown(self):
        project = make_project()
        make_decided_cycle(project)
        VersionChange.objects.update(at="2026-05-14T12:00Z")
        make_dataset(project, name="letters", finished_at="2026-05-02T12:00Z", made_up=True)
        make_dataset(make_project(), name="of others", finished_at="2026-05-02T12:00Z")
        with transaction.atomic():
            for slug in (project.slug, "another"):
                ledger.append(actor="system", action=GUIDELINES_CHANGED, subject=f"round 3 of {slug}", payload={})
        LedgerEntry.objects.update(at="2026-06-01T12:00Z")
        shown = self.shown(project)
        said = [event.text for event in shown.events]
        assert said == ["import of letters, made up for the demonstration", "v1 installed", "guidelines of round 3 changed"]
        may = {"month": "2026-05", "signs": "+ ▲ v1", "text": "import of letters, made up for the demonstration; v1 installed"}
        june = {"month": "2026-06", "signs": "✎", "text": "guidelines of round 3 changed"}
        for chart in (shown.overview, shown.versions):
            assert chart.spec["layer"][-1]["data"]["values"] == [may, june]
        assert self.shown(project, last="2026-04").events == ()

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

    def test_one_chart_has_performance_on_the_left_axis_and_bias_on_the_right(self):
        project = make_project()
        make_decided_cycle(project)
        chart = self.shown(project).overview
        sides = {row["series"]: row["axis"] for row in chart.data}
        assert [name for name, side in sides.items() if side == "left"] == ["Accuracy", "Precision (macro)", "Recall (macro)", "F1 (macro)"]
        assert [name for name, side in sides.items() if side == "right"] == [f"{name} (right)" for name in BIAS_LABELS]
        assert chart.spec["resolve"] == {"scale": {"y": "independent"}}
        assert [layer["layer"][0]["encoding"]["y"]["axis"]["orient"] for layer in chart.spec["layer"]] == ["left", "right"]

    def test_each_month_is_measured_by_the_version_that_was_in_use_at_its_end(self):
        project = make_project()
        cycle = make_decided_cycle(project)
        VersionChange.objects.update(at="2026-04-02T12:00Z")
        first, second = cycle.champion, cycle.candidate
        change = VersionChange.objects.create(project=project, version=second, previous=first, kind="promoted", at="2026-05-31T23:00Z")
        shown = self.shown(project)
        assert shown.timeline.versions == (first, first, second, second)
        assert shown.timeline.in_use == (False, True, True, True)
        accuracy = [row["value"] for row in shown.overview.data if row["series"] == "Accuracy"]
        assert accuracy == pytest.approx([0.81, 0.82, 0.87, 0.88])
        assert self.shown(project, version=1).timeline.versions == (first,) * 4
        change.delete()
        VersionChange.objects.update(at="2027-01-01T12:00Z")
        assert not self.shown(project).timeline.follows_use

    def test_a_month_beyond_the_control_limits_is_named(self):
        project = make_project()
        make_decided_cycle(project)
        of_v1 = Evaluation.objects.filter(version__number=1, split="test", measure="accuracy")
        of_v1.exclude(month="").update(value=0.8, low=0.78, high=0.82)
        assert self.shown(project).limits.beyond == ()
        of_v1.filter(month="2026-06").update(value=0.7, low=0.68, high=0.72)
        limits = self.shown(project).limits
        assert limits.first == ("2026-03", "2026-04", "2026-05")
        assert [one.month for one in limits.beyond] == ["2026-06"]
        of_v1.filter(month="2026-03").update(value=None, low=None, high=None)
        assert self.shown(project).limits is None, "three months are too few"

    def test_its_queries_do_not_grow_with_versions(self, django_assert_num_queries):
        project = make_project()
        for _ in range(3):
            make_decided_cycle(project)
        choices = dashboard_choices(project)
        with django_assert_num_queries(8):
            dashboard(project=project, choices=choices, chosen=EVERYTHING)

    def test_probes_are_those_of_the_version_in_focus(self):
        project = make_project()
        make_decided_cycle(project)
        for chosen, value in ((None, 0.12), (5, 0.07)):
            table = self.shown(project, version=chosen).probes
            assert table.columns == (f"v{chosen or 1}",)
            assert [row.figures[0].value for row in table.rows] == [value] * 3


def test_the_version_in_focus_is_drawn_however_many_are_newer():
    """Its control limits are drawn, which would belong to no line without it."""
    versions = [ModelVersion(pk=pk, number=pk) for pk in range(12, 0, -1)]
    rows = tuple(MatrixRow(version, is_champion=False, overall=None, cells=()) for version in versions)
    assert [row.version.pk for row in drawn(rows, versions[0])] == [12, 11, 10, 9, 8, 7, 6, 5]
    assert [row.version.pk for row in drawn(rows, versions[-1])] == [12, 11, 10, 9, 8, 7, 6, 1]

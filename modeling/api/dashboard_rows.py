"""What the dashboards' endpoints answer: the objects that the pages show, with every value's interval and n."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from modeling.labels import SPLIT_SHARES
from modeling.measure_texts import OVERALL_TEXTS
from modeling.reports import CurvesReport, Dashboard, VersionLosses
from modeling.reports.curves import VersionCurves

NUMBER = {"min_value": 1, "max_value": 2**31 - 1, "required": False}
SPLITS = [split.value for split in SPLIT_SHARES]
MONTH = r"^\d{4}-(0[1-9]|1[0-2])\Z"


class DashboardQuery(serializers.Serializer):
    version = serializers.IntegerField(**NUMBER, help_text="Number of a measured version; left out: all, with the one in use in focus.")
    measure = serializers.ChoiceField(choices=list(OVERALL_TEXTS), required=False, help_text="Left out: accuracy.")
    split = serializers.ChoiceField(choices=SPLITS, required=False, help_text="Left out: audit, or test where audit was not measured.")
    first = serializers.RegexField(MONTH, required=False, help_text="YYYY-MM, a month that was measured.")
    last = serializers.RegexField(MONTH, required=False, help_text="YYYY-MM")


class CurvesQuery(serializers.Serializer):
    version = serializers.IntegerField(**NUMBER, help_text="Left out: the one in use.")
    against = serializers.IntegerField(**NUMBER, help_text="Number of another version, to stand beside it.")
    split = serializers.ChoiceField(choices=SPLITS, required=False, help_text="Left out: test.")
    of = serializers.CharField(max_length=60, required=False, help_text="A subgroup, or a month (YYYY-MM); left out: all comments.")


class CompareQuery(serializers.Serializer):
    a = serializers.IntegerField(**NUMBER, help_text="Left out: the version in use.")
    b = serializers.IntegerField(**NUMBER, help_text="Left out: the newest other one. Both left out: the version in use and the one before it.")
    split = serializers.ChoiceField(choices=SPLITS, required=False, help_text="Left out: test.")
    subgroup = serializers.CharField(max_length=60, required=False, help_text="Left out: all comments.")


class LossesQuery(serializers.Serializer):
    version = serializers.IntegerField(**NUMBER, help_text="Any version, control arms too; left out: the one in use.")


class DashboardFigureSerializer(serializers.Serializer):
    """`value` is null where there are too few comments, `low` and `high` where there is no interval."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()


def figure(**more: Any) -> DashboardFigureSerializer:
    """Null: not measured."""
    return DashboardFigureSerializer(allow_null=True, **more)


class SimulatedSerializer(serializers.Serializer):
    """With what is simulated about the project's figures, as the context has it."""

    simulated = serializers.SerializerMethodField(help_text="Scripted annotators gave labels that the project trains on.")
    dealt_dates = serializers.SerializerMethodField(help_text="Dates of some comments were dealt by a seed.")

    def get_simulated(self, _: Any) -> bool:
        return bool(self.context["simulated"])

    def get_dealt_dates(self, _: Any) -> bool:
        return bool(self.context["dealt_dates"])


class OfSplitSerializer(SimulatedSerializer):
    split = serializers.SerializerMethodField(help_text="That was read.")

    def get_split(self, _: Any) -> str:
        return str(self.context["chosen"].split)


class DashboardVersionSerializer(serializers.Serializer):
    version = serializers.IntegerField(source="version.number")
    is_champion = serializers.BooleanField()
    overall = figure(help_text="All months together.")
    cells = serializers.ListField(child=figure(), help_text="In the order of `months`.")


class DashboardSeriesSerializer(serializers.Serializer):
    measure = serializers.CharField(source="measure.name")
    is_bias = serializers.BooleanField()
    cells = serializers.ListField(child=figure(), help_text="In the order of `months`, each of the version in `measured_by`.")


class MonthLimitsSerializer(serializers.Serializer):
    month = serializers.CharField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    is_beyond = serializers.BooleanField()


class DashboardEventSerializer(serializers.Serializer):
    at = serializers.DateTimeField()
    text = serializers.CharField()


class HeatCellSerializer(serializers.Serializer):
    measure = serializers.CharField(source="measure.name")
    figure = figure()
    word = serializers.CharField(help_text="close, near, off, far or unsure; empty without an interval.")


class HeatRowSerializer(serializers.Serializer):
    subgroup = serializers.CharField()
    n_toxic = serializers.IntegerField()
    n_non_toxic = serializers.IntegerField()
    cells = HeatCellSerializer(many=True)


class HeatAxisSerializer(serializers.Serializer):
    axis = serializers.CharField()
    rows = HeatRowSerializer(many=True)


class DashboardSerializer(OfSplitSerializer):
    version = serializers.IntegerField(source="focus.number", help_text="In focus: of control limits and subgroups.")
    measure = serializers.CharField(source="measure.name", help_text="Of `versions` and `limits`.")
    months = serializers.ListField(child=serializers.CharField())
    versions = DashboardVersionSerializer(many=True, source="matrix", help_text="Newest first, at most eight.")
    left_out = serializers.IntegerField(help_text="Older versions beside those.")
    series = DashboardSeriesSerializer(many=True, source="overview.rows", help_text="Performance and bias month by month.")
    measured_by = serializers.SerializerMethodField(help_text="Of `series`: number of the version that measures each month.")
    limits = MonthLimitsSerializer(many=True, source="limits.months", default=[], help_text="Control limits; empty below four months.")
    events = DashboardEventSerializer(many=True)
    subgroups = HeatAxisSerializer(many=True)
    uneven = serializers.ListField(child=serializers.CharField(), help_text="Months in which the versions read different numbers of comments.")

    def get_measured_by(self, shown: Dashboard) -> list[int]:
        return [version.number for version in shown.timeline.versions]


class ComparedMeasureSerializer(serializers.Serializer):
    measure = serializers.CharField(source="measure.name")
    a = figure()
    b = figure()
    difference = figure(help_text="b - a; without an interval where no cycle has compared the two.")
    said = serializers.CharField(help_text="better, worse or no clear difference; empty where the two are not paired.")
    is_paired = serializers.BooleanField()
    same_n = serializers.BooleanField(help_text="False: the figures rest on different numbers of comments.")


class VersionComparisonSerializer(OfSplitSerializer):
    a = serializers.IntegerField(source="a.number")
    b = serializers.IntegerField(source="b.number")
    cycle = serializers.IntegerField(source="cycle.number", default=None, allow_null=True, help_text="That compared the two on this split.")
    rows = ComparedMeasureSerializer(many=True)


class RocPointSerializer(serializers.Serializer):
    false_alarms = serializers.FloatField(help_text="Share of the harmless comments that is flagged.")
    found = serializers.FloatField(help_text="Share of the toxic ones that is found.")
    from_score = serializers.FloatField()


class ConfusionCellSerializer(serializers.Serializer):
    n = serializers.IntegerField()
    share = figure(help_text="Of its row; null where the row has fewer than ten.")
    is_right = serializers.BooleanField()


class ConfusionRowSerializer(serializers.Serializer):
    level = serializers.CharField(help_text="What raters said.")
    n = serializers.IntegerField()
    cells = ConfusionCellSerializer(many=True, help_text="What the version said: low, mild, high.")


class CalibrationBinSerializer(serializers.Serializer):
    start = serializers.FloatField()
    end = serializers.FloatField()
    confidence = serializers.FloatField(help_text="Mean of what it gave.")
    right = DashboardFigureSerializer(help_text="How often it was right.")


class VersionCurvesSerializer(serializers.Serializer):
    version = serializers.IntegerField(source="version.number")
    is_stored = serializers.BooleanField(help_text="False: measured before curves were kept, or no such comment; measure it again.")
    n = serializers.IntegerField()
    n_toxic = serializers.IntegerField()
    roc = serializers.SerializerMethodField(help_text="Empty where there are too few comments of either kind.")
    auc = figure()
    confusion = ConfusionRowSerializer(many=True)
    bins = CalibrationBinSerializer(many=True)
    calibration_error = figure()

    @extend_schema_field(RocPointSerializer(many=True))
    def get_roc(self, one: VersionCurves) -> list[dict[str, float]]:
        return [dict(zip(("false_alarms", "found", "from_score"), point, strict=True)) for point in one.roc]


class CurvesSerializer(OfSplitSerializer):
    of = serializers.SerializerMethodField(help_text="Subgroup or month; empty: all comments.")
    fewest = serializers.IntegerField(help_text="Of each kind, below which there is no curve.")
    versions = VersionCurvesSerializer(many=True, source="shown")

    def get_of(self, _: CurvesReport) -> str:
        return str(self.context["chosen"].of)


class LossTermSerializer(serializers.Serializer):
    name = serializers.CharField()
    weight = serializers.FloatField(allow_null=True)


class LossPartSerializer(serializers.Serializer):
    first = serializers.IntegerField(help_text="Step.")
    last = serializers.IntegerField()
    total = serializers.FloatField(allow_null=True)
    values = serializers.ListField(child=serializers.FloatField(allow_null=True), help_text="Means before the weights, in the order of `terms`.")


class VersionLossesSerializer(SimulatedSerializer):
    """Means over ten parts of the training: the form of the paper's Table 7. The fast lane's steps are Newton's."""

    version = serializers.IntegerField(source="version.number")
    steps = serializers.IntegerField()
    terms = serializers.SerializerMethodField()
    parts = LossPartSerializer(many=True)

    @extend_schema_field(LossTermSerializer(many=True))
    def get_terms(self, losses: VersionLosses) -> list[dict[str, Any]]:
        return [{"name": str(name), "weight": weight} for name, weight in losses.components]

"""Stored measures of versions, each with its interval and n."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from modeling.access import project_for
from modeling.api.marks import MARKS, MarkedSerializer
from modeling.labels import SPLIT_SHARES
from modeling.measure_texts import text_of
from modeling.models import Evaluation, ProbeScore, Role, SubgroupScore
from modeling.reports.simulated import simulated_marks


class ProbeMeasureQuery(serializers.Serializer):
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False, help_text="Number of a model version.")


class SubgroupMeasureQuery(ProbeMeasureQuery):
    split = serializers.ChoiceField(choices=[split.value for split in SPLIT_SHARES], required=False)


class MeasureQuery(SubgroupMeasureQuery):
    month = serializers.RegexField(r"^\d{4}-(0[1-9]|1[0-2])\Z", required=False, help_text="YYYY-MM; left out: the whole split, and each month.")


class MeasureSerializer(MarkedSerializer):
    """`value` is null where there are too few comments. `source` is a data set's name, `month` YYYY-MM; empty means all."""

    version = serializers.IntegerField(source="version.number")

    class Meta:
        model = Evaluation
        fields = ["version", "split", "source", "month", "measure", "value", "low", "high", "n", *MARKS]


class SubgroupMeasureSerializer(MarkedSerializer):
    version = serializers.IntegerField(source="version.number")

    class Meta:
        model = SubgroupScore
        fields = ["version", "split", "subgroup", "measure", "value", "low", "high", "n", "n_toxic", "n_non_toxic", *MARKS]


class ProbeMeasureSerializer(MarkedSerializer):
    """Of the same made-up sentences about other people; `counted` says what `n` counts."""

    version = serializers.IntegerField(source="version.number")
    counted = serializers.SerializerMethodField()

    class Meta:
        model = ProbeScore
        fields = ["version", "measure", "value", "low", "high", "n", "counted", *MARKS]

    def get_counted(self, score: ProbeScore) -> str:
        return text_of(score.measure).counted


class Measures(GenericAPIView):
    queryset = Evaluation.objects.none()

    @extend_schema(parameters=[MeasureQuery], responses=MeasureSerializer(many=True), summary="Overall measures of versions")
    def get(self, request: Request, slug: str) -> Response:
        project = project_for(request.user, slug, Role.LEAD)
        wanted = _wanted(MeasureQuery(data=request.query_params))
        rows = Evaluation.objects.filter(version__project=project, **wanted).select_related("version").order_by("-version__number", "id")
        rows = rows.annotate(**simulated_marks(project))
        return self.get_paginated_response(MeasureSerializer(self.paginate_queryset(rows), many=True).data)


class SubgroupMeasures(GenericAPIView):
    queryset = SubgroupScore.objects.none()

    @extend_schema(parameters=[SubgroupMeasureQuery], responses=SubgroupMeasureSerializer(many=True), summary="Measures per subgroup")
    def get(self, request: Request, slug: str) -> Response:
        project = project_for(request.user, slug, Role.LEAD)
        wanted = _wanted(SubgroupMeasureQuery(data=request.query_params))
        rows = SubgroupScore.objects.filter(version__project=project, **wanted).select_related("version").order_by("-version__number", "id")
        rows = rows.annotate(**simulated_marks(project))
        return self.get_paginated_response(SubgroupMeasureSerializer(self.paginate_queryset(rows), many=True).data)


class ProbeMeasures(GenericAPIView):
    queryset = ProbeScore.objects.none()

    @extend_schema(
        parameters=[ProbeMeasureQuery],
        responses=ProbeMeasureSerializer(many=True),
        summary="Measures on the same sentences about other people",
    )
    def get(self, request: Request, slug: str) -> Response:
        project = project_for(request.user, slug, Role.LEAD)
        wanted = _wanted(ProbeMeasureQuery(data=request.query_params))
        rows = ProbeScore.objects.filter(version__project=project, **wanted).select_related("version").order_by("-version__number", "id")
        rows = rows.annotate(**simulated_marks(project))
        return self.get_paginated_response(ProbeMeasureSerializer(self.paginate_queryset(rows), many=True).data)


def _wanted(query: serializers.Serializer) -> dict[str, Any]:
    query.is_valid(raise_exception=True)
    values = dict(query.validated_data)
    return {"version__number" if name == "version" else name: value for name, value in values.items()}

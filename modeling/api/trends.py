"""Trends of measures over months, and before/after tables of changes of the version in use."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from modeling.access import project_for
from modeling.api.dynamics import VersionQuery
from modeling.api.marks import MARKS, MarkedSerializer
from modeling.models import BeforeAfter, Role, Trend
from modeling.reports.simulated import simulated_marks


class TrendSerializer(MarkedSerializer):
    """`version` null: each month by the version that was in use when it ended, or is so far. Figures are null below four months.

    `..._holm`: after Holm over the measures of the same version.
    """

    version = serializers.IntegerField(source="version.number", default=None, allow_null=True)

    class Meta:
        model = Trend
        fields = ["version", "measure", "slope", "low", "high", "slope_p", "slope_p_holm", "n", "month_count", "first_month", "last_month"]
        fields += ["tau", "p", "p_holm", "change_month", "change_p", "change_p_holm", "pettitt_p", "pettitt_p_holm", *MARKS]


class BeforeAfterSerializer(MarkedSerializer):
    """After minus before, on the comments of audit that both versions have scored."""

    version = serializers.IntegerField(source="change.version.number")
    previous = serializers.IntegerField(source="change.previous.number")
    kind = serializers.CharField(source="change.kind")
    at = serializers.DateTimeField(source="change.at")

    class Meta:
        model = BeforeAfter
        fields = ["version", "previous", "kind", "at", "measure", "before", "after", "difference", "low", "high", "n", "unit", "units"]
        fields += ["test", "p", "p_holm", *MARKS]


class Trends(GenericAPIView):
    queryset = Trend.objects.none()

    @extend_schema(parameters=[VersionQuery], responses=TrendSerializer(many=True), summary="Trends of measures over the months of audit")
    def get(self, request: Request, slug: str) -> Response:
        project = project_for(request.user, slug, Role.LEAD)
        query = VersionQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        rows = Trend.objects.filter(project=project).select_related("version").defer("version__loss_steps", "version__manifest").order_by("id")
        rows = rows.annotate(**simulated_marks(project))
        if "version" in query.validated_data:
            rows = rows.filter(version__number=query.validated_data["version"])
        return self.get_paginated_response(TrendSerializer(self.paginate_queryset(rows), many=True).data)


class Changes(GenericAPIView):
    queryset = BeforeAfter.objects.none()

    @extend_schema(
        parameters=[VersionQuery], responses=BeforeAfterSerializer(many=True), summary="Before and after each change of the version in use"
    )
    def get(self, request: Request, slug: str) -> Response:
        project = project_for(request.user, slug, Role.LEAD)
        query = VersionQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        rows = BeforeAfter.objects.filter(change__project=project).select_related("change__version", "change__previous").order_by("-change", "id")
        rows = rows.defer(*(f"change__{which}__{heavy}" for which in ("version", "previous") for heavy in ("loss_steps", "manifest")))
        rows = rows.annotate(**simulated_marks(project))
        if "version" in query.validated_data:
            rows = rows.filter(change__version__number=query.validated_data["version"])
        return self.get_paginated_response(BeforeAfterSerializer(self.paginate_queryset(rows), many=True).data)

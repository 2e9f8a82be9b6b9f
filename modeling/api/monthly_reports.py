"""Monthly reports: ask for one, watch it, take out its page or the data behind it."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modeling.access import project_for
from modeling.bodies import AnyAccept, Body
from modeling.models import MonthlyReport, Role, WorkState
from modeling.pipeline.request_reports import request_report
from modeling.reports.report_files import KINDS, as_file, no_such_month, report_months

FILES = {(200, content_type.split(";")[0]): OpenApiResponse(OpenApiTypes.BINARY) for content_type in KINDS.values()}


class MonthBody(Body):
    month = serializers.RegexField(r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$", help_text="YYYY-MM")


class ReportFileQuery(serializers.Serializer):
    kind = serializers.ChoiceField(choices=list(KINDS), default="json")


class MonthlyReportSerializer(serializers.ModelSerializer):
    class Meta:
        model = MonthlyReport
        fields = ["id", "month", "state", "stage", "progress", "message", "error", "scheduled", "requested_at", "finished_at", "sha256"]
        read_only_fields = fields


class MonthlyReports(GenericAPIView):
    queryset = MonthlyReport.objects.none()

    @extend_schema(responses=MonthlyReportSerializer(many=True), summary="Monthly reports of a project")
    def get(self, request: Request, slug: str) -> Response:
        rows = project_for(request.user, slug, Role.LEAD).monthly_reports.defer("html", "data", "pdf")
        return self.get_paginated_response(MonthlyReportSerializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(request=MonthBody, responses={202: MonthlyReportSerializer}, summary="Make a monthly report")
    def post(self, request: Request, slug: str) -> Response:
        """In the background, of a month that was measured or that the project has lived in; 409 while another one is being made."""
        project = project_for(request.user, slug, Role.LEAD)
        month: str = MonthBody.read(request.data)["month"]
        if month not in (months := report_months(project)):
            raise serializers.ValidationError({"month": [no_such_month(month, months)]})
        shown: dict[str, Any] = MonthlyReportSerializer(request_report(project=project, month=month, by=request.user)).data  # type: ignore[arg-type]  # signed in
        return Response(shown, status=202)


class MonthlyReportFile(APIView):
    content_negotiation_class = AnyAccept

    @extend_schema(parameters=[ReportFileQuery], responses=FILES, summary="The page of a monthly report, or the data behind it")
    def get(self, request: Request, slug: str, pk: int) -> HttpResponse:
        """404 while it is being made, and for a PDF where none could be."""
        project = project_for(request.user, slug, Role.LEAD)
        query = ReportFileQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        kind = query.validated_data["kind"]
        report = get_object_or_404(project.monthly_reports, pk=pk, state=WorkState.DONE)
        content, content_type = as_file(report, kind)
        if content is None:
            raise Http404("This report has no such file.")
        headers = {"Content-Disposition": f'attachment; filename="{slug}-{report.month}.{kind}"', "X-SHA256": report.sha256}
        return HttpResponse(content, content_type=content_type, headers=headers)

"""Import, and what became of it."""

from typing import Any

from drf_spectacular.utils import OpenApiTypes, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import GenericAPIView, get_object_or_404
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from modeling.access import project_for
from modeling.bodies import Body
from modeling.labels import LevelKind
from modeling.lifecycle import fail_lost
from modeling.models import Dataset, RejectedRow, Role
from modeling.pipeline.request_import import request_import
from modeling.reports import progress_of

SHOWN_REJECTED_ROWS = 20


class ImportBody(Body):
    file = serializers.FileField(
        allow_empty_file=True, max_length=255, help_text="CSV, JSON Lines or Parquet with the Jigsaw header, plain or gzipped."
    )
    name = serializers.CharField(max_length=120, help_text="How people will know it; once per project.")
    level_kind = serializers.ChoiceField(choices=[kind.value for kind in LevelKind], default=LevelKind.TOXICITY.value)


class DatasetSerializer(serializers.ModelSerializer):
    status_url = serializers.SerializerMethodField()

    class Meta:
        model = Dataset
        fields = [
            "id",
            "name",
            "state",
            "stage",
            "progress",
            "message",
            "error",
            "level_kind",
            "file_name",
            "sha256",
            "row_count",
            "rejected_count",
            "masked_count",
            "requested_at",
            "started_at",
            "finished_at",
            "status_url",
        ]
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.URI)
    def get_status_url(self, dataset: Dataset) -> str:
        return reverse("api:dataset-detail", [dataset.project.slug, dataset.pk], request=self.context["request"])


class RejectedRowSerializer(serializers.ModelSerializer):
    class Meta:
        model = RejectedRow
        fields = ["line", "reason", "excerpt"]


class DatasetDetailSerializer(DatasetSerializer):
    rejected_rows = serializers.SerializerMethodField()
    rejected_rows_url = serializers.SerializerMethodField()

    class Meta(DatasetSerializer.Meta):
        fields = [*DatasetSerializer.Meta.fields, "rejected_rows", "rejected_rows_url"]
        read_only_fields = fields

    @extend_schema_field(RejectedRowSerializer(many=True))
    def get_rejected_rows(self, dataset: Dataset) -> Any:
        return RejectedRowSerializer(dataset.rejected_rows.all()[:SHOWN_REJECTED_ROWS], many=True).data

    @extend_schema_field(OpenApiTypes.URI)
    def get_rejected_rows_url(self, dataset: Dataset) -> str:
        return reverse("api:rejected-row-list", [dataset.project.slug, dataset.pk], request=self.context["request"])


class Datasets(GenericAPIView):
    parser_classes = [MultiPartParser]
    queryset = Dataset.objects.none()

    @extend_schema(responses=DatasetSerializer(many=True), summary="Data sets of a project")
    def get(self, request: Request, slug: str) -> Response:
        project = project_for(request.user, slug, Role.LEAD)
        rows = self.paginate_queryset(project.datasets.select_related("project"))
        return self.get_paginated_response(DatasetSerializer(rows, many=True, context={"request": request}).data)

    @extend_schema(request={"multipart/form-data": ImportBody}, responses={202: DatasetSerializer}, summary="Import a file of comments")
    def post(self, request: Request, slug: str) -> Response:
        """The file is read in the background; ask `status_url` how far it is and which rows were rejected."""
        project = project_for(request.user, slug, Role.LEAD)
        values = ImportBody.read(request.data)
        dataset = request_import(
            project=project, name=values["name"], upload=values["file"], level_kind=LevelKind(values["level_kind"]), by=request.user
        )
        shown: dict[str, Any] = DatasetSerializer(dataset, context={"request": request}).data
        return Response(shown, status=202, headers={"Location": shown["status_url"]})


class DatasetDetail(APIView):
    @extend_schema(responses=DatasetDetailSerializer, summary="One data set: state, progress, counts, first rejected rows")
    def get(self, request: Request, slug: str, pk: int) -> Response:
        dataset = get_object_or_404(project_for(request.user, slug, Role.LEAD).datasets.select_related("project"), pk=pk)
        if progress_of(dataset).is_silent:
            fail_lost()
            dataset.refresh_from_db()
        return Response(DatasetDetailSerializer(dataset, context={"request": request}).data)


class RejectedRows(GenericAPIView):
    queryset = RejectedRow.objects.none()

    @extend_schema(responses=RejectedRowSerializer(many=True), summary="Rows that were not imported, and why")
    def get(self, request: Request, slug: str, pk: int) -> Response:
        dataset = get_object_or_404(project_for(request.user, slug, Role.LEAD).datasets, pk=pk)
        return self.get_paginated_response(RejectedRowSerializer(self.paginate_queryset(dataset.rejected_rows.all()), many=True).data)

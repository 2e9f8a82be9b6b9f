"""Annotations out, as a stream."""

from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from feedback.access import project_for
from feedback.pipeline.export import export_annotations
from modeling.bodies import AnyAccept
from modeling.models import Role

CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


class ExportQuery(serializers.Serializer):
    format = serializers.ChoiceField(choices=list(CONTENT_TYPES), default="csv")
    round = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False, help_text="Number of one round; left out: all.")


class Export(APIView):
    content_negotiation_class = AnyAccept

    @extend_schema(
        parameters=[ExportQuery],
        responses={
            (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "One row per annotation."),
            (200, "application/x-ndjson"): OpenApiResponse(OpenApiTypes.STR, "One JSON object per line."),
        },
        summary="All annotations, pseudonymised",
    )
    def get(self, request: Request, slug: str) -> StreamingHttpResponse:
        """Each export has pseudonyms of its own and is written into the ledger."""
        project = project_for(request.user, slug, Role.ADMIN)
        query = ExportQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        kind, number = query.validated_data["format"], query.validated_data.get("round")
        found = None
        if number is not None and (found := project.rounds.filter(number=number).first()) is None:
            raise serializers.ValidationError({"round": ["There is no such round in this project."]})
        chunks = export_annotations(project=project, round=found, format=kind, by=request.user)
        name = f"{project.slug}-annotations-{timezone.localdate():%Y-%m-%d}.{kind}"
        return StreamingHttpResponse(chunks, content_type=CONTENT_TYPES[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'})

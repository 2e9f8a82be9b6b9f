"""Social dynamics: shares of the versions' maps on words, what changes of the version in use did to them, and who is mentioned with whom."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from modeling.access import project_for
from modeling.api.marks import MARKS, MarkedSerializer
from modeling.models import CoMention, Role, ShareChange, ShareSummary
from modeling.models.dynamics import ENGINE_CHOICES, SUBJECT_HELP
from modeling.reports.simulated import simulated_marks


class VersionQuery(serializers.Serializer):
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False, help_text="Number of a model version.")


class ChangeQuery(VersionQuery):
    engine = serializers.ChoiceField(choices=ENGINE_CHOICES, required=False)
    subject = serializers.CharField(max_length=60, allow_blank=True, required=False, help_text=SUBJECT_HELP)


class ShareQuery(ChangeQuery):
    cut = serializers.ChoiceField(choices=ShareSummary.Cut.choices, required=False)


class WordShareSerializer(MarkedSerializer):
    """`share` is null where there are too few comments. `chance`: the same figures handed out among each comment's words by chance."""

    version = serializers.IntegerField(source="version.number")

    class Meta:
        model = ShareSummary
        fields = ["version", "engine", "subject", "cut", "place", "share", "low", "high", "chance", "chance_low", "chance_high", "n", "families"]
        fields += MARKS


class ShareChangeSerializer(MarkedSerializer):
    """After minus before, on the comments that both versions were read on."""

    version = serializers.IntegerField(source="change.version.number")
    previous = serializers.IntegerField(source="change.previous.number")
    kind = serializers.CharField(source="change.kind")
    at = serializers.DateTimeField(source="change.at")

    class Meta:
        model = ShareChange
        fields = ["version", "previous", "kind", "at", "engine", "subject", "before", "after", "difference", "low", "high", "n", "families", *MARKS]


class CoMentionSerializer(MarkedSerializer):
    """`second` is empty for a subgroup by itself; `lift` is null then."""

    version = serializers.IntegerField(source="version.number")

    class Meta:
        model = CoMention
        fields = ["version", "first", "second", "n", "score", "score_low", "score_high", "flag_rate", "flag_low", "flag_high"]
        fields += ["lift", "lift_low", "lift_high", *MARKS]


class WordShares(GenericAPIView):
    queryset = ShareSummary.objects.none()

    @extend_schema(parameters=[ShareQuery], responses=WordShareSerializer(many=True), summary="Shares of maps on identity words and watched words")
    def get(self, request: Request, slug: str) -> Response:
        project = project_for(request.user, slug, Role.LEAD)
        wanted = _wanted(ShareQuery(data=request.query_params), "version__number")
        rows = ShareSummary.objects.filter(version__project=project, **wanted).select_related("version").order_by("-version__number", "id")
        rows = rows.annotate(**simulated_marks(project))
        return self.get_paginated_response(WordShareSerializer(self.paginate_queryset(rows), many=True).data)


class ShareChanges(GenericAPIView):
    queryset = ShareChange.objects.none()

    @extend_schema(parameters=[ChangeQuery], responses=ShareChangeSerializer(many=True), summary="What each change of the version in use did to them")
    def get(self, request: Request, slug: str) -> Response:
        project = project_for(request.user, slug, Role.LEAD)
        wanted = _wanted(ChangeQuery(data=request.query_params), "change__version__number")
        rows = ShareChange.objects.filter(change__project=project, **wanted).select_related("change__version", "change__previous")
        rows = rows.annotate(**simulated_marks(project))
        return self.get_paginated_response(ShareChangeSerializer(self.paginate_queryset(rows.order_by("-change", "id")), many=True).data)


class CoMentions(GenericAPIView):
    queryset = CoMention.objects.none()

    @extend_schema(parameters=[VersionQuery], responses=CoMentionSerializer(many=True), summary="Subgroups that comments mention, alone and in pairs")
    def get(self, request: Request, slug: str) -> Response:
        project = project_for(request.user, slug, Role.LEAD)
        wanted = _wanted(VersionQuery(data=request.query_params), "version__number")
        rows = CoMention.objects.filter(version__project=project, **wanted).select_related("version").order_by("-version__number", "-n", "id")
        rows = rows.annotate(**simulated_marks(project))
        return self.get_paginated_response(CoMentionSerializer(self.paginate_queryset(rows), many=True).data)


def _wanted(query: serializers.Serializer, version: str) -> dict[str, Any]:
    query.is_valid(raise_exception=True)
    return {version if name == "version" else name: value for name, value in query.validated_data.items()}

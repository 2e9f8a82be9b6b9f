"""Rounds: list, open, look at, close."""

from dataclasses import asdict
from math import isnan
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from drf_spectacular.utils import OpenApiTypes, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from feedback.access import project_for
from feedback.crowd.agreement import Agreement
from feedback.deadline import require_still_to_come
from feedback.models import AnnotationRound, Panel, SamplingStrategy
from feedback.pipeline.close_round import close_round
from feedback.pipeline.sample import open_round
from feedback.progress import round_progress
from modeling.bodies import Body
from modeling.models import Project, Role
from modeling.primary_measures import PRIMARY_MEASURES


class RoundBody(Body):
    name = serializers.CharField(max_length=80)
    item_count = serializers.IntegerField(min_value=1, max_value=100_000)
    overlap = serializers.IntegerField(min_value=1, max_value=20, default=2, help_text="Answers per item.")
    strategy = serializers.ChoiceField(choices=SamplingStrategy.choices, default=SamplingStrategy.BIAS_SEEKING.value)
    random_share = serializers.FloatField(min_value=0.1, max_value=1, default=0.25)
    panels = serializers.ListField(
        child=serializers.CharField(max_length=80), default=list, max_length=50, help_text="Names of panels that may answer; empty means all."
    )
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    primary_measure = serializers.ChoiceField(
        choices=list(PRIMARY_MEASURES),
        required=False,
        help_text="What the next candidate must gain on, for good; of several rounds the one that opened last decides. Without it, the first of "
        "these that gate can tell of the model in use; refused while that is still being measured.",
    )
    guidelines = serializers.CharField(max_length=10_000, allow_blank=True, default="")
    deadline = serializers.DateField(allow_null=True, default=None, validators=[require_still_to_come])
    gold_rate = serializers.FloatField(min_value=0, max_value=0.5, default=0, help_text="Share of known answers, mixed in unseen.")
    repeat_rate = serializers.FloatField(min_value=0, max_value=0.5, default=0, help_text="Share of comments shown to the same person again.")
    blind_share = serializers.FloatField(min_value=0, max_value=1, default=0, help_text="Share of which people say a level before the prediction.")
    time_floor = serializers.FloatField(min_value=0, max_value=60, default=0, help_text="Seconds below which nobody can have read a comment.")
    exposure_budget = serializers.IntegerField(min_value=0, max_value=1_000, default=40, help_text="Hard reading until a break; 0: no budget.")
    break_minutes = serializers.IntegerField(min_value=0, max_value=480, default=45, help_text="Until a break is proposed; 0: never by time.")


class CloseBody(Body):
    start_cycle = serializers.BooleanField(default=True, help_text="Request a retraining cycle on what was handed in.")


class RoundSerializer(serializers.ModelSerializer):
    version = serializers.IntegerField(source="version.number", help_text="Number of the version whose predictions are judged.")
    cycle = serializers.IntegerField(source="cycle.number", default=None, allow_null=True, help_text="Number of the cycle that closing it requested.")
    handed_in = serializers.SerializerMethodField(help_text="Its labels are joined and frozen.")
    url = serializers.SerializerMethodField()

    class Meta:
        model = AnnotationRound
        fields = [
            "id",
            "number",
            "name",
            "kind",
            "state",
            "strategy",
            "item_count",
            "overlap",
            "random_share",
            "primary_measure",
            "effective_n",
            "drawn_from",
            "draw_error",
            "version",
            "guidelines",
            "deadline",
            "gold_rate",
            "repeat_rate",
            "blind_share",
            "time_floor",
            "exposure_budget",
            "break_minutes",
            "simulated",
            "joining_method",
            "opened_at",
            "closed_at",
            "handed_in",
            "cycle",
            "url",
        ]
        read_only_fields = fields

    def get_handed_in(self, found: AnnotationRound) -> bool:
        return found.is_handed_in

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, found: AnnotationRound) -> str:
        return reverse("api:round-detail", [found.pk], request=self.context["request"])


class ProgressQuery(serializers.Serializer):
    agreement = serializers.BooleanField(default=False, help_text="Work agreement out as well: leave it out where you ask every few seconds.")


class AgreementSerializer(serializers.Serializer):
    """Krippendorff's alpha and Gwet's AC1, each with its 95 % interval; null where there is not enough data."""

    alpha = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    ac1 = serializers.FloatField(allow_null=True)
    ac1_low = serializers.FloatField(allow_null=True)
    ac1_high = serializers.FloatField(allow_null=True)
    items = serializers.IntegerField(help_text="Items answered at least twice.")

    def to_representation(self, instance: Agreement) -> dict[str, Any]:
        return {name: None if isnan(value) else value for name, value in asdict(instance).items()}


class ProgressSerializer(serializers.Serializer):
    wanted = serializers.IntegerField(help_text="Annotations in all.")
    done = serializers.IntegerField()
    extra = serializers.IntegerField(help_text="Of these, answers beyond those that their item was to get.")
    held = serializers.IntegerField()
    skipped = serializers.IntegerField()
    flagged = serializers.IntegerField()
    items = serializers.IntegerField()
    complete_items = serializers.IntegerField()
    annotators = serializers.IntegerField()
    verdicts = serializers.DictField(child=serializers.FloatField(), help_text="Verdict -> share of the annotations.")
    biased_share = serializers.FloatField()
    bias_types = serializers.DictField(child=serializers.IntegerField(), help_text="How many annotations report each.")
    agreement = serializers.DictField(child=AgreementSerializer(), help_text="Per question.")


class RoundDetailSerializer(RoundSerializer):
    progress = serializers.SerializerMethodField(help_text="For leads; null for annotators, whom what others said would sway.")

    class Meta(RoundSerializer.Meta):
        fields = [*RoundSerializer.Meta.fields, "progress"]
        read_only_fields = fields

    @extend_schema_field(ProgressSerializer(allow_null=True))
    def get_progress(self, found: AnnotationRound) -> Any:
        wanted = self.context["with_agreement"]
        return None if wanted is None else ProgressSerializer(round_progress(found, with_agreement=wanted)).data


class Rounds(GenericAPIView):
    queryset = AnnotationRound.objects.none()

    @extend_schema(responses=RoundSerializer(many=True), summary="Rounds of a project, newest first")
    def get(self, request: Request, slug: str) -> Response:
        project = project_for(request.user, slug)
        rows = self.paginate_queryset(project.rounds.select_related("version", "cycle"))
        return self.get_paginated_response(RoundSerializer(rows, many=True, context={"request": request}).data)

    @extend_schema(request=RoundBody, responses={201: RoundSerializer}, summary="Open a round")
    def post(self, request: Request, slug: str) -> Response:
        """A large pool is drawn from in the background: the round is `drawing` until then, and `failed` with a `draw_error` where it cannot be."""
        project = project_for(request.user, slug, Role.LEAD)
        values = RoundBody.read(request.data)
        values["panels"] = named_panels(project, values["panels"])
        opened = open_round(project=project, by=request.user, in_background=True, **values)
        return Response(RoundSerializer(opened, context={"request": request}).data, status=201)


class RoundDetail(APIView):
    @extend_schema(parameters=[ProgressQuery], responses=RoundDetailSerializer, summary="One round, with its progress for leads")
    def get(self, request: Request, pk: int) -> Response:
        found = round_by_id(request, pk)
        query = ProgressQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        context = {"request": request, "with_agreement": query.validated_data["agreement"] if _is_lead(request, found) else None}
        return Response(RoundDetailSerializer(found, context=context).data)


class Close(APIView):
    @extend_schema(request=CloseBody, responses={202: RoundSerializer}, summary="Close a round and hand its labels in")
    def post(self, request: Request, pk: int) -> Response:
        """No more answers from now on. Labels are joined in the background: `handed_in` and `cycle` tell when that is done."""
        found = round_by_id(request, pk, Role.LEAD)
        closed = close_round(round=found, by=request.user, start_cycle=CloseBody.read(request.data)["start_cycle"], in_background=True)
        return Response(RoundSerializer(closed, context={"request": request}).data, status=202)


def round_by_id(request: Request, pk: int, at_least: str = Role.ANNOTATOR) -> AnnotationRound:
    """A round of a project that the user is a member of with that role; for outsiders it does not exist."""
    found = AnnotationRound.objects.select_related("project", "version", "cycle").filter(pk=pk).first()
    if found is None:
        raise Http404("No such round.")
    project_for(request.user, found.project.slug, at_least)
    return found


def _is_lead(request: Request, found: AnnotationRound) -> bool:
    try:
        project_for(request.user, found.project.slug, Role.LEAD)
    except PermissionDenied:
        return False
    return True


def named_panels(project: Project, names: list[str]) -> list[Panel]:
    panels = {panel.name: panel for panel in project.panels.filter(name__in=names)}
    unknown = [name for name in names if name not in panels]
    if unknown:
        raise ValidationError({"panels": [f"There is no panel {name!r} in this project." for name in unknown]})
    return list(panels.values())

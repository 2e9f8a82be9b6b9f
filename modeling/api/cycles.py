"""Retraining cycles: start, watch, read the verdict, promote, cancel, roll back."""

from collections.abc import Callable
from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiTypes, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from modeling import lifecycle
from modeling.access import project_for
from modeling.api.verdicts import DecisionSerializer, DifferenceSerializer, LossSerializer
from modeling.bodies import Body
from modeling.intake import request_cycle
from modeling.labels import SPLIT_SHARES, Lane
from modeling.models import Difference, GateLook, RetrainingCycle, Role, VersionChange
from modeling.reports import cycle_losses, progress_of


class CycleBody(Body):
    lane = serializers.ChoiceField(choices=[lane.value for lane in Lane], default=Lane.MIDDLE.value)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)


class ReasonBody(Body):
    reason = serializers.CharField(max_length=2000, allow_blank=True, default="", help_text="Needed to promote a held candidate.")


class RollBackBody(Body):
    in_use = serializers.IntegerField(min_value=1, max_value=2**31 - 1, help_text="Number of the version that is in use, and should go.")
    reason = serializers.CharField(max_length=2000, allow_blank=True, default="")


class DifferenceQuery(serializers.Serializer):
    split = serializers.ChoiceField(choices=[split.value for split in SPLIT_SHARES], required=False)
    subgroup = serializers.CharField(max_length=60, required=False)


class CycleSerializer(serializers.ModelSerializer):
    champion = serializers.IntegerField(source="champion.number", help_text="Number of the version in use when it was requested.")
    candidate = serializers.IntegerField(source="candidate.number", default=None, allow_null=True, help_text="Number of the version that it made.")
    simulated = serializers.SerializerMethodField(help_text="Scripted annotators gave labels that it was given.")
    status_url = serializers.SerializerMethodField()

    class Meta:
        model = RetrainingCycle
        fields = [
            "number",
            "state",
            "lane",
            "stage",
            "progress",
            "message",
            "error",
            "champion",
            "candidate",
            "provenance",
            "simulated",
            "cancel_requested",
            "requested_at",
            "started_at",
            "finished_at",
            "decided_at",
            "status_url",
        ]
        read_only_fields = fields

    def get_simulated(self, cycle: RetrainingCycle) -> bool:
        return any(batch.simulated for batch in cycle.batches.all())  # as they were read ahead for a list

    @extend_schema_field(OpenApiTypes.URI)
    def get_status_url(self, cycle: RetrainingCycle) -> str:
        return reverse("api:cycle-detail", [cycle.project.slug, cycle.number], request=self.context["request"])


class LookSerializer(serializers.ModelSerializer):
    """One look at gate, which spends a share of the year's alpha; 0 where the year's looks were spent."""

    class Meta:
        model = GateLook
        fields = ["year", "number", "alpha", "provenance", "taken_at", "decided_at"]
        read_only_fields = fields


class CycleDetailSerializer(CycleSerializer):
    primary_measure = serializers.CharField(source="gate_config.primary_measure", default="", help_text="What the candidate must gain on.")
    looks = LookSerializer(many=True, read_only=True)
    losses = serializers.SerializerMethodField(help_text="The newest loss components of each arm that has begun.")
    decision = serializers.SerializerMethodField(help_text="What the gate decided; null until then.")
    differences = serializers.SerializerMethodField(help_text="Overall measures; subgroups stand in `differences_url`.")
    differences_url = serializers.SerializerMethodField()

    class Meta(CycleSerializer.Meta):
        fields = [*CycleSerializer.Meta.fields, "primary_measure", "looks", "losses", "decision", "differences", "differences_url"]
        read_only_fields = fields

    @extend_schema_field(LossSerializer(many=True))
    def get_losses(self, cycle: RetrainingCycle) -> Any:
        return LossSerializer(cycle_losses(cycle), many=True).data

    @extend_schema_field(DecisionSerializer(allow_null=True))
    def get_decision(self, cycle: RetrainingCycle) -> Any:
        return DecisionSerializer(cycle.decision).data if cycle.decision else None

    @extend_schema_field(DifferenceSerializer(many=True))
    def get_differences(self, cycle: RetrainingCycle) -> Any:
        return DifferenceSerializer(_differences(cycle).filter(subgroup=""), many=True).data

    @extend_schema_field(OpenApiTypes.URI)
    def get_differences_url(self, cycle: RetrainingCycle) -> str:
        return reverse("api:cycle-differences", [cycle.project.slug, cycle.number], request=self.context["request"])


class ChangeSerializer(serializers.ModelSerializer):
    version = serializers.IntegerField(source="version.number")
    previous = serializers.IntegerField(source="previous.number", default=None, allow_null=True)

    class Meta:
        model = VersionChange
        fields = ["kind", "version", "previous", "reason", "at"]


class Cycles(GenericAPIView):
    queryset = RetrainingCycle.objects.none()

    @extend_schema(responses=CycleSerializer(many=True), summary="Cycles of a project, newest first")
    def get(self, request: Request, slug: str) -> Response:
        project = project_for(request.user, slug, Role.LEAD)
        rows = self.paginate_queryset(
            project.cycles.select_related("project", "champion", "candidate").defer("live_losses", "decision").prefetch_related("batches")
        )
        return self.get_paginated_response(CycleSerializer(rows, many=True, context={"request": request}).data)

    @extend_schema(request=CycleBody, responses={202: CycleSerializer}, summary="Start a cycle on all feedback handed in so far")
    def post(self, request: Request, slug: str) -> Response:
        """It runs in the background; ask `status_url` how far it is. 409 while another one waits or runs."""
        project = project_for(request.user, slug, Role.LEAD)
        values = CycleBody.read(request.data)
        cycle = request_cycle(project=project, provenance="by API", by=request.user, lane=Lane(values["lane"]), seed=values["seed"])
        shown: dict[str, Any] = CycleSerializer(cycle, context={"request": request}).data
        return Response(shown, status=202, headers={"Location": shown["status_url"]})


class CycleDetail(APIView):
    @extend_schema(responses=CycleDetailSerializer, summary="One cycle: stage, losses, verdict")
    def get(self, request: Request, slug: str, number: int) -> Response:
        cycle = _cycle(request, slug, number)
        if progress_of(cycle).is_silent:
            lifecycle.fail_lost()
            cycle.refresh_from_db()
        return Response(CycleDetailSerializer(cycle, context={"request": request}).data)


class CycleDifferences(GenericAPIView):
    queryset = Difference.objects.none()

    @extend_schema(parameters=[DifferenceQuery], responses=DifferenceSerializer(many=True), summary="Paired differences, overall and per subgroup")
    def get(self, request: Request, slug: str, number: int) -> Response:
        cycle = _cycle(request, slug, number)
        query = DifferenceQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        rows = self.paginate_queryset(_differences(cycle).filter(**query.validated_data))
        return self.get_paginated_response(DifferenceSerializer(rows, many=True).data)


class Promote(APIView):
    @extend_schema(request=ReasonBody, responses=ChangeSerializer, summary="Bring a cycle's candidate into use")
    def post(self, request: Request, slug: str, number: int) -> Response:
        """An eligible candidate as it is; a held one only with a written reason."""
        cycle = _cycle(request, slug, number)
        change = lifecycle.promote(cycle=cycle, by=request.user, reason=ReasonBody.read(request.data)["reason"])
        return Response(ChangeSerializer(change).data)


class Cancel(APIView):
    @extend_schema(request=None, responses={202: CycleSerializer}, summary="Ask a waiting or running cycle to stop")
    def post(self, request: Request, slug: str, number: int) -> Response:
        return _moved(request, _cycle(request, slug, number), lifecycle.cancel)


class Retry(APIView):
    @extend_schema(request=None, responses={202: CycleSerializer}, summary="Start a failed cycle again")
    def post(self, request: Request, slug: str, number: int) -> Response:
        """It goes on where it died: arms that were trained are kept."""
        return _moved(request, _cycle(request, slug, number), lifecycle.retry)


class JudgeAgain(APIView):
    @extend_schema(request=None, responses={202: CycleSerializer}, summary="Judge a held candidate again")
    def post(self, request: Request, slug: str, number: int) -> Response:
        """On what gate rounds have added since. Nothing is trained; it spends another of the year's looks at gate."""
        return _moved(request, _cycle(request, slug, number), lifecycle.judge_again)


class RollBack(APIView):
    @extend_schema(request=RollBackBody, responses=ChangeSerializer, summary="Bring the version before the one in use back")
    def post(self, request: Request, slug: str) -> Response:
        """409 where another version than `in_use` is in use: asked twice, it goes back once."""
        return _brought(request, slug, lifecycle.roll_back)


class UndoRollBack(APIView):
    @extend_schema(request=RollBackBody, responses=ChangeSerializer, summary="Undo the roll-back that was the last change")
    def post(self, request: Request, slug: str) -> Response:
        """409 where the last change was no roll-back, or another version than `in_use` is in use."""
        return _brought(request, slug, lifecycle.undo_roll_back)


def _brought(request: Request, slug: str, bring: Callable[..., VersionChange]) -> Response:
    project = project_for(request.user, slug, Role.LEAD)
    return Response(ChangeSerializer(bring(project=project, by=request.user, **RollBackBody.read(request.data))).data)


def _moved(request: Request, cycle: RetrainingCycle, transition: Callable[..., None]) -> Response:
    """202: it is asked for, and the queue does it."""
    transition(cycle=cycle, by=request.user)
    return Response(CycleSerializer(cycle, context={"request": request}).data, status=202)


def _cycle(request: Request, slug: str, number: int) -> RetrainingCycle:
    project = project_for(request.user, slug, Role.LEAD)
    cycle = project.cycles.select_related("project", "champion", "candidate").filter(number=number).first()
    if cycle is None:
        raise Http404("No such cycle.")
    return cycle


def _differences(cycle: RetrainingCycle) -> Any:
    return cycle.differences.select_related("version", "against")

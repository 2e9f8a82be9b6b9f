"""Gate rounds: experts label fresh comments, so that a held verdict can be settled."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feedback.access import project_for
from feedback.api.rounds import RoundSerializer, named_panels, round_by_id
from feedback.pipeline.open_gate_round import open_gate_round
from feedback.pipeline.reopen_round import cancel_round, reopen_round
from modeling.bodies import Body
from modeling.models import Role


class GateRoundBody(Body):
    item_count = serializers.IntegerField(min_value=1, max_value=10_000, help_text="Drawn at random from what nobody has met.")
    overlap = serializers.IntegerField(min_value=1, max_value=20, default=2, help_text="Answers per comment.")
    panels = serializers.ListField(
        child=serializers.CharField(max_length=80), min_length=1, max_length=50, help_text="Names of panels of experts that may answer."
    )
    guidelines = serializers.CharField(max_length=10_000, allow_blank=True, default="")


class GateRounds(APIView):
    @extend_schema(request=GateRoundBody, responses={201: RoundSerializer}, summary="Open a gate round for a held cycle")
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Its comments leave the pool for good. Closed like any round, its answers become truth, and the cycle is judged again. A large pool is
        drawn from in the background: the round is `drawing` until then, and `failed` with a `draw_error` where it cannot be."""
        project = project_for(request.user, slug, Role.LEAD)
        cycle = project.cycles.select_related("champion", "project").filter(number=number).first()
        if cycle is None:
            raise Http404("No such cycle.")
        values: dict[str, Any] = GateRoundBody.read(request.data)
        values["panels"] = named_panels(project, values["panels"])
        opened = open_gate_round(cycle=cycle, by=request.user, in_background=True, **values)
        return Response(RoundSerializer(opened, context={"request": request}).data, status=201)


class Cancel(APIView):
    @extend_schema(request=None, responses=RoundSerializer, summary="Cancel a round that nobody has answered")
    def post(self, request: Request, pk: int) -> Response:
        """Its comments can be shown in another round. Those of a gate round stay in gate without a truth, and the next one asks about them first."""
        found = round_by_id(request, pk, Role.LEAD)
        return Response(RoundSerializer(cancel_round(round=found, by=request.user), context={"request": request}).data)


class Reopen(APIView):
    @extend_schema(request=None, responses=RoundSerializer, summary="Open a closed round again")
    def post(self, request: Request, pk: int) -> Response:
        """As long as no cycle was given its labels: those that were frozen are taken back."""
        found = round_by_id(request, pk, Role.LEAD)
        return Response(RoundSerializer(reopen_round(round=found, by=request.user), context={"request": request}).data)

"""How well people answer in a round, and how far they follow the machine: for leads. Pauses, and what is decided about them."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feedback.api.rounds import round_by_id
from feedback.following import following
from feedback.models import Annotator, Pause
from feedback.pipeline.pauses import decide
from feedback.quality import NOTHING, quality_by_person
from modeling.access import project_for
from modeling.bodies import Body
from modeling.models import Role


class ShareSerializer(serializers.Serializer):
    """A share with its 95 % interval; null where there is not enough data."""

    count = serializers.IntegerField()
    n = serializers.IntegerField()
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class ShareDifferenceSerializer(serializers.Serializer):
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class FollowingSerializer(serializers.Serializer):
    moved = ShareSerializer(help_text="Of own levels, given blind, that were not the model's: those whose answer was the model's in the end.")
    kept = serializers.IntegerField(help_text="How many of those stayed.")
    agree_blind = ShareSerializer(help_text="Own levels, given blind, that were the model's.")
    agree_shown = ShareSerializer(help_text="Levels given in sight of the prediction that were the model's.")
    pull = ShareDifferenceSerializer(help_text="agree_shown - agree_blind.")


class PersonQualitySerializer(serializers.Serializer):
    annotator = serializers.IntegerField()
    gold_accuracy = ShareSerializer(help_text="Known answers met that were answered rightly.")
    consistency = ShareSerializer(help_text="Repeats that were answered as before.")


class PauseSerializer(serializers.ModelSerializer):
    annotator = serializers.IntegerField(source="participation.annotator_id")

    class Meta:
        model = Pause
        fields = ["id", "annotator", "kind", "bad", "count", "time_floor", "began_at", "appeal", "appealed_at", "decision", "reply", "decided_at"]
        read_only_fields = fields


class PauseDecisionBody(Body):
    decision = serializers.ChoiceField(choices=Pause.Decision.choices)
    reply = serializers.CharField(max_length=2000, allow_blank=True, default="", help_text="The annotator reads it.")


class Following(APIView):
    @extend_schema(responses=FollowingSerializer, summary="How far people follow the machine")
    def get(self, request: Request, pk: int) -> Response:
        """From items whose prediction was hidden until people gave a level of their own. Null below 30 answers."""
        return Response(FollowingSerializer(following(round_by_id(request, pk, Role.LEAD))).data)


class RoundQuality(GenericAPIView):
    queryset = Annotator.objects.none()

    @extend_schema(responses=PersonQualitySerializer(many=True), summary="How well and how steadily each person answers")
    def get(self, request: Request, pk: int) -> Response:
        """For leads: everybody who takes part. Null below 10 known answers, or 10 repeats."""
        found = round_by_id(request, pk, Role.LEAD)
        people = self.paginate_queryset(Annotator.objects.filter(assignments__round=found).distinct().order_by("pk").values_list("pk", flat=True))
        by_person = quality_by_person(found, people)
        rows = [{"annotator": who, **vars(by_person.get(who, NOTHING))} for who in people]
        return self.get_paginated_response(PersonQualitySerializer(rows, many=True).data)


class Pauses(GenericAPIView):
    queryset = Pause.objects.none()

    @extend_schema(responses=PauseSerializer(many=True), summary="Pauses of a round, newest first")
    def get(self, request: Request, pk: int) -> Response:
        """For leads, with the figures that each rests on."""
        found = round_by_id(request, pk, Role.LEAD)
        rows = self.paginate_queryset(Pause.objects.filter(participation__round=found).select_related("participation"))
        return self.get_paginated_response(PauseSerializer(rows, many=True).data)


class PauseDecision(APIView):
    @extend_schema(request=PauseDecisionBody, responses=PauseSerializer, summary="Lift a pause, or uphold it")
    def post(self, request: Request, pk: int) -> Response:
        pause = Pause.objects.select_related("participation__round__project", "participation__annotator").filter(pk=pk).first()
        if pause is None:
            raise Http404("No such pause.")
        project_for(request.user, pause.participation.round.project.slug, Role.LEAD)
        body = PauseDecisionBody.read(request.data)
        decided = decide(pause=pause, decision=body["decision"], reply=body["reply"], by=request.user)
        return Response(PauseSerializer(decided).data)

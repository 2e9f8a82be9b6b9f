"""Decisions on disputed items, and what a lead does about people: what the pages do, for scripts."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feedback.api.rounds import round_by_id
from feedback.disputes import disputes_for
from feedback.models import Adjudication, AnnotationItem, AnnotationRound, Annotator
from feedback.pipeline.adjudicate import adjudicate, note_read, take_back
from feedback.pipeline.reassign import give_back, move_to_panel
from feedback.too_early import too_early_for
from modeling.bodies import Body
from modeling.labels import LEVELS, BiasType
from modeling.models import Role

IDS = {"min_value": 1, "max_value": 2**63 - 1}


class AdjudicationBody(Body):
    item = serializers.IntegerField(**IDS, help_text="Id of the item, as in `disputed-so-far`.")
    level = serializers.ChoiceField(choices=[(level.value, level.value) for level in LEVELS])
    bias_types = serializers.ListField(child=serializers.ChoiceField(choices=[b.value for b in BiasType]), default=list, max_length=len(BiasType))
    severity = serializers.IntegerField(min_value=1, max_value=3, allow_null=True, default=None, help_text="If there are bias types.")
    reason = serializers.CharField(max_length=2000, allow_blank=True, default="")

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if values["bias_types"] and values["severity"] is None:
            raise serializers.ValidationError({"severity": ["Say how bad the bias is, from 1 to 3."]})
        return values


class TakeBackBody(Body):
    item = serializers.IntegerField(**IDS, allow_null=True, default=None, help_text="Without it: your own newest decision.")


class PersonBody(Body):
    annotator = serializers.IntegerField(**IDS)


class MoveBody(PersonBody):
    panel = serializers.CharField(max_length=80, help_text="Name of a panel of the project.")


class AdjudicationSerializer(serializers.ModelSerializer):
    comment = serializers.IntegerField(source="item.comment_id")

    class Meta:
        model = Adjudication
        fields = ["item", "comment", "level", "bias_types", "severity", "reason", "decided_at"]
        read_only_fields = fields


class DisputeSerializer(serializers.Serializer):
    item = serializers.IntegerField()
    comment = serializers.IntegerField()
    text = serializers.CharField()
    share = serializers.FloatField(help_text="Of the answers that name a level, those that name the commonest.")
    reasons = serializers.ListField(child=serializers.CharField())


class ItemSerializer(serializers.Serializer):
    item = serializers.IntegerField()


class PlacesSerializer(serializers.Serializer):
    places = serializers.IntegerField(help_text="How many places others can take now.")


class MovedSerializer(serializers.ModelSerializer):
    panel = serializers.CharField(source="panel.name")

    class Meta:
        model = Annotator
        fields = ["id", "panel"]


class Disputed(GenericAPIView):
    queryset = AnnotationItem.objects.none()

    @extend_schema(responses=DisputeSerializer(many=True), summary="Items to decide, before labels are frozen; least clear first")
    def get(self, request: Request, pk: int) -> Response:
        """For adjudicators. People name different levels, panels prefer different ones, nobody is sure of one, or somebody flagged it. Items
        about which you may still be asked yourself are left out; what you have answered yourself to those listed can't be taken back any more."""
        page = self.paginate_queryset(disputes_for(request.user, round_by_id(request, pk, Role.ADJUDICATOR)))
        note_read(items=[dispute.item for dispute in page], by=request.user)
        items = AnnotationItem.objects.select_related("comment").in_bulk([dispute.item for dispute in page])
        rows = [
            {
                "item": one.item,
                "comment": items[one.item].comment_id,
                "text": items[one.item].comment.text,
                "share": one.share,
                "reasons": one.reasons,
            }
            for one in page
        ]
        return self.get_paginated_response(DisputeSerializer(rows, many=True).data)


class Adjudications(GenericAPIView):
    queryset = Adjudication.objects.none()

    @extend_schema(responses=AdjudicationSerializer(many=True), summary="What was decided in a round, newest first")
    def get(self, request: Request, pk: int) -> Response:
        found = round_by_id(request, pk, Role.ADJUDICATOR)
        made = Adjudication.objects.filter(item__round=found).exclude(item__in=too_early_for(request.user, found))
        rows = self.paginate_queryset(made.select_related("item").order_by("-decided_at", "-pk"))
        note_read(items=[row.item_id for row in rows], by=request.user)
        return self.get_paginated_response(AdjudicationSerializer(rows, many=True).data)

    @extend_schema(request=AdjudicationBody, responses={201: AdjudicationSerializer}, summary="Decide an item")
    def post(self, request: Request, pk: int) -> Response:
        """The decision becomes the item's label when the round is joined, in the place of what people say together."""
        found, values = round_by_id(request, pk, Role.ADJUDICATOR), AdjudicationBody.read(request.data)
        made = adjudicate(round=found, item_id=values.pop("item"), by=request.user, **values)
        return Response(AdjudicationSerializer(made).data, status=201)


class UndoAdjudication(APIView):
    @extend_schema(request=TakeBackBody, responses=ItemSerializer, summary="Take a decision back")
    def post(self, request: Request, pk: int) -> Response:
        found = round_by_id(request, pk, Role.ADJUDICATOR)
        undone = take_back(round=found, by=request.user, item_id=TakeBackBody.read(request.data)["item"])
        return Response({"item": undone.item_id})


class GiveBack(APIView):
    @extend_schema(request=PersonBody, responses=PlacesSerializer, summary="Give a person's held items back")
    def post(self, request: Request, pk: int) -> Response:
        """Others can take them then. What the person has answered stays, and they may go on."""
        found = round_by_id(request, pk, Role.LEAD)
        person = _person(found, PersonBody.read(request.data)["annotator"])
        return Response({"places": give_back(round=found, annotator=person, by=request.user)})


class Move(APIView):
    @extend_schema(request=MoveBody, responses=MovedSerializer, summary="Move a person to another panel, for rounds that they begin from now on")
    def post(self, request: Request, pk: int) -> Response:
        found, values = round_by_id(request, pk, Role.LEAD), MoveBody.read(request.data)
        panel = found.project.panels.filter(name=values["panel"]).first()
        if panel is None:
            raise ValidationError({"panel": [f"There is no panel {values['panel']!r} in this project."]})
        return Response(MovedSerializer(move_to_panel(annotator=_person(found, values["annotator"]), panel=panel, by=request.user)).data)


def _person(found: AnnotationRound, annotator: int) -> Annotator:
    person = Annotator.objects.select_related("panel").filter(pk=annotator, project=found.project_id).first()
    if person is None:
        raise ValidationError({"annotator": ["There is no such person in this project."]})
    return person

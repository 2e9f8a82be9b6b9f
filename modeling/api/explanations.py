"""What a prediction rests on: a map of its comment, by any engine, with what it is worth against chance."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modeling.access import explained_prediction
from modeling.errors import NoSuchMapError
from modeling.map_engines import DEFAULT_MAP, MOST_LAYERS, SLOW, MapEngine, MapKey
from modeling.models import Explanation, Prediction
from modeling.pipeline.explain import explain
from modeling.reports import map_report
from modeling.reports.explanations import Piece

ASK_AGAIN_AFTER, ASK_AGAIN_AFTER_SLOW = 2, 20
"""Seconds, told as Retry-After."""


class MapQuery(serializers.Serializer):
    engine = serializers.ChoiceField(choices=[engine.value for engine in MapEngine], default=DEFAULT_MAP.engine.value)
    layer = serializers.IntegerField(min_value=1, max_value=MOST_LAYERS, required=False, help_text="Of `attention`; left out: the last.")
    head = serializers.IntegerField(min_value=1, max_value=MOST_LAYERS, required=False, help_text="Of that layer; left out: the mean of all.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"key": MapKey(MapEngine(attrs["engine"]), attrs.get("layer"), attrs.get("head"))}
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error


class WordsSerializer(serializers.Serializer):
    start = serializers.IntegerField(help_text="In characters of the comment.")
    end = serializers.IntegerField()
    text = serializers.CharField()
    attribution = serializers.FloatField(
        help_text="A share of the whole where `is_share`; by `occlusion` how far the score falls when it is hidden; else the engine's own part."
    )


class AgainstChanceSerializer(serializers.Serializer):
    value = serializers.FloatField()
    chance = serializers.FloatField(help_text="Mean of orders of the same words by chance.")
    limit = serializers.FloatField(help_text="What 95 % of these stay within.")
    passes = serializers.BooleanField(allow_null=True, help_text="null where every order has the same figure.")


class FaithfulnessSerializer(serializers.Serializer):
    comprehensiveness = AgainstChanceSerializer()
    sufficiency = AgainstChanceSerializer()
    loo_tau = AgainstChanceSerializer(allow_null=True, help_text="null where it cannot be taken; never of occlusion.")
    words = serializers.IntegerField()
    orders = serializers.IntegerField()
    beats_chance = serializers.BooleanField(allow_null=True, help_text="false: the pages grey this map; null: it cannot be told.")


class MapSerializer(serializers.Serializer):
    model_version = serializers.IntegerField()
    engine = serializers.CharField(help_text="As it is stored: `attention.6.12` is head 12 of layer 6.")
    is_share = serializers.BooleanField()
    sentence = serializers.CharField()
    words = WordsSerializer(many=True)
    is_measured = serializers.BooleanField(help_text="Whether `faithfulness` has been taken; it is null too for a comment without words.")
    faithfulness = FaithfulnessSerializer(allow_null=True)
    convergence_delta = serializers.FloatField(allow_null=True, help_text="Of integrated gradients: what the words miss of `difference`.")
    difference = serializers.FloatField(allow_null=True)


class WaitingSerializer(serializers.Serializer):
    detail = serializers.CharField()


class PredictionExplanation(APIView):
    @extend_schema(
        parameters=[MapQuery],
        responses={
            200: MapSerializer,
            202: OpenApiResponse(WaitingSerializer, description="It is being made; ask again after `Retry-After` seconds."),
        },
        summary="What a prediction rests on",
    )
    def get(self, request: Request, slug: str, pk: int) -> Response:
        """Annotators see predictions of the pool, and not before they have given a level of their own where a round asks for it first."""
        prediction = explained_prediction(request.user, pk, slug)
        query = MapQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        key: MapKey = query.validated_data["key"]
        try:
            made = explain(prediction=prediction, key=key, measured=True)
        except NoSuchMapError as error:
            raise serializers.ValidationError(str(error)) from error
        if made is None:
            wait = ASK_AGAIN_AFTER_SLOW if key.engine in SLOW else ASK_AGAIN_AFTER
            return Response({"detail": "This map is being made. Ask again."}, status=202, headers={"Retry-After": str(wait)})
        return Response(MapSerializer(_shown(made, prediction)).data)


def _shown(made: Explanation, prediction: Prediction) -> dict[str, Any]:
    report = map_report(made, prediction.comment.text)
    figures = {name: made.figures.get(name) for name in ("faithfulness", "convergence_delta", "difference")}
    return {
        **figures,
        "model_version": prediction.version.number,
        "engine": made.engine,
        "is_share": report.shaded.kind != "changes",
        "sentence": report.shaded.sentence,
        "words": [_words(start, piece) for start, piece in report.shaded.placed],
        "is_measured": made.is_measured,
    }


def _words(start: int, piece: Piece) -> dict[str, Any]:
    return {"start": start, "end": start + len(piece.text), "text": piece.text, "attribution": piece.change}

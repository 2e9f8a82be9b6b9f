"""Scores for texts that are not kept: masked here, scored by the model server."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modeling.access import is_scoring_veiled, project_for
from modeling.bodies import Body
from modeling.errors import NoChampionError, NotScoredError
from modeling.labels import LEVELS, predicted_level, toxicity_score
from modeling.ml.masking import mask
from modeling.models import ModelVersion
from modeling.pipeline.score_texts import score_texts

MOST_TEXTS = 256
LONGEST_TEXT = 20_000
TIMEOUT_SECONDS = 60.0


class ModelServerAway(APIException):
    status_code = 503
    default_code = "model_server_away"
    wait = 10
    """Seconds, told as Retry-After."""


class ScoreBody(Body):
    texts = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_TEXT), min_length=1, max_length=MOST_TEXTS, help_text="Masked before they are scored."
    )


class ProbabilitiesSerializer(serializers.Serializer):
    low = serializers.FloatField()
    mild = serializers.FloatField()
    high = serializers.FloatField()


class TextScoreSerializer(serializers.Serializer):
    level = serializers.ChoiceField(choices=[level.value for level in LEVELS])
    probabilities = ProbabilitiesSerializer()
    score = serializers.FloatField(help_text=".5 p(mild) + p(high)")
    flagged = serializers.BooleanField(help_text="score >= threshold")
    masked_count = serializers.IntegerField(help_text="How many private details were masked in it.")


class ScoresSerializer(serializers.Serializer):
    model_version = serializers.IntegerField()
    threshold = serializers.FloatField()
    scores = TextScoreSerializer(many=True, help_text="One per text, in their order.")


class Score(APIView):
    @extend_schema(
        request=ScoreBody,
        responses={200: ScoresSerializer, 503: OpenApiResponse(description="The model server is away; `detail` says why.")},
        summary="Score texts with the model in use",
    )
    def post(self, request: Request, slug: str) -> Response:
        project = project_for(request.user, slug)
        if is_scoring_veiled(request.user, project):
            raise PermissionDenied("You annotate in a round that asks for your own level first. Texts are scored for you again when it is closed.")
        version = project.champion
        texts = ScoreBody.read(request.data)["texts"]
        if version is None:
            raise NoChampionError("There is no model in use yet, so nothing can be scored.")
        masked = [mask(text) for text in texts]
        # Masks may be longer than what they cover, and the server takes no longer text than we do.
        probabilities = _probabilities(version, [text[:LONGEST_TEXT] for text, _ in masked])
        scores = [_score(version, p, count) for p, (_, count) in zip(probabilities, masked, strict=True)]
        return Response({"model_version": version.number, "threshold": version.threshold, "scores": scores})


def _probabilities(version: ModelVersion, texts: list[str]) -> list[list[float]]:
    try:
        return score_texts(version=version, texts=texts, timeout=TIMEOUT_SECONDS)
    except NotScoredError as error:
        raise ModelServerAway(str(error)) from error


def _score(version: ModelVersion, probabilities: list[float], masked_count: int) -> dict[str, Any]:
    score = toxicity_score(probabilities[1], probabilities[2])
    return {
        "level": predicted_level(probabilities).value,
        "probabilities": dict(zip((level.value for level in LEVELS), probabilities, strict=True)),
        "score": score,
        "flagged": score >= version.threshold,
        "masked_count": masked_count,
    }

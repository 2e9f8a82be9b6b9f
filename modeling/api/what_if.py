"""What if, for scripts: a text, its variants, what the model says of each; and what people report of them."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modeling.access import project_for
from modeling.api.scoring import ModelServerAway, ProbabilitiesSerializer
from modeling.asking import ask_model, pair_asked_about, prediction_asked_about, report, require_may_ask
from modeling.bodies import Body
from modeling.errors import NoChampionError, NotScoredError, PairRefusedError
from modeling.labels import LEVELS
from modeling.ml.what_if import VariantKind
from modeling.models import CounterfactualPair, ModelVersion, Prediction, Project
from modeling.pipeline.report_pair import take_back_pair
from modeling.pipeline.what_if import LONGEST_TEXT
from modeling.reports.what_if import Compared, Said, WhatIf

MOST_REPORTS = 100
LONGEST_VARIANT = 2 * LONGEST_TEXT
"""Longer than any: a swap may make a text longer, as catholic church is than mosque."""
LEVEL_VALUES = [level.value for level in LEVELS]


class WhatIfBody(Body):
    text = serializers.CharField(max_length=LONGEST_TEXT, help_text="Masked before it is scored. Of a longer comment send the beginning.")
    kind = serializers.ChoiceField(
        choices=[kind.value for kind in VariantKind],
        help_text="swap: about others of the same axis; ablation: without a word; edit: worded as `edited`.",
    )
    edited = serializers.CharField(required=False, max_length=LONGEST_TEXT, help_text="Of edit; masked too.")
    word = serializers.CharField(required=False, max_length=100, help_text="Of ablation: the only one to leave out. Without it, each in turn.")
    prediction = serializers.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, help_text="The version that made it answers, not the one in use."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["kind"] == VariantKind.EDIT and not attrs.get("edited"):
            raise serializers.ValidationError({"edited": ["Say how the text would be worded."]})
        return attrs


class ReportBody(WhatIfBody):
    variant = serializers.CharField(max_length=LONGEST_VARIANT, help_text="The text of one of the variants that are made of what is asked.")
    verdict = serializers.ChoiceField(choices=CounterfactualPair.Verdict.choices)


class SaidSerializer(serializers.Serializer):
    text = serializers.CharField(help_text="Masked.")
    level = serializers.ChoiceField(choices=LEVEL_VALUES)
    probabilities = ProbabilitiesSerializer()
    score = serializers.FloatField(help_text=".5 p(mild) + p(high)")
    flagged = serializers.BooleanField(help_text="score >= threshold")


class VariantSerializer(SaidSerializer):
    key = serializers.CharField(help_text="Of the pair; the same in either order.")
    before = serializers.CharField(help_text="The words that were exchanged or left out.")
    after = serializers.CharField()
    flips = serializers.BooleanField(help_text="Its level is another than the text's.")
    score_difference = serializers.FloatField(help_text="Variant minus text.")
    divergence = serializers.FloatField(help_text="Jensen-Shannon, in bits.")
    verdict = serializers.CharField(help_text="What you have reported of this pair; empty: nothing.")


class WhatIfSerializer(serializers.Serializer):
    model_version = serializers.IntegerField()
    threshold = serializers.FloatField()
    masked_count = serializers.IntegerField(help_text="How many private details were masked.")
    original = SaidSerializer()
    variants = VariantSerializer(many=True)
    known_count = serializers.IntegerField(
        allow_null=True, help_text="How many swaps there are, with those beyond the limit and those that are left out; of swaps only."
    )
    swap_rate = serializers.FloatField(allow_null=True, help_text="Share of the variants whose level is another; of swaps only.")
    mean_jsd = serializers.FloatField(allow_null=True, help_text="Of swaps only.")


class PairReportSerializer(serializers.ModelSerializer):
    key = serializers.CharField(source="pair_key")
    kind = serializers.CharField()

    class Meta:
        model = CounterfactualPair
        fields = ("key", "verdict", "text", "twin", "kind", "before", "after", "created_at")


class WhatIfView(APIView):
    @extend_schema(
        request=WhatIfBody,
        responses={200: WhatIfSerializer, 503: OpenApiResponse(description="The model server is away; `detail` says why.")},
        summary="Ask what the model would say of variants of a text",
    )
    def post(self, request: Request, slug: str) -> Response:
        project = project_for(request.user, slug)
        values = WhatIfBody.read(request.data)
        version, prediction = _about(request, project, values)
        try:
            result = ask_model(project=project, version=version, prediction=prediction, asked=values, by=request.user)
        except NotScoredError as error:
            raise ModelServerAway(str(error)) from error
        return Response(_told(result))


class PairReports(APIView):
    @extend_schema(responses={200: PairReportSerializer(many=True)}, summary="List the newest pairs that you have reported")
    def get(self, request: Request, slug: str) -> Response:
        project = project_for(request.user, slug)
        own = CounterfactualPair.objects.filter(project=project, reporter=request.user).order_by("-created_at", "-pk")
        return Response(PairReportSerializer(own[:MOST_REPORTS], many=True).data)

    @extend_schema(
        request=ReportBody,
        responses={200: PairReportSerializer, 503: OpenApiResponse(description="The model server is away; nothing was reported.")},
        summary="Report a pair as bias, or as not equivalent",
        description="Bias is reported of a variant whose level is another; the model is asked once more. That a swap is not equivalent is a"
        " proposal, of which a lead decides; a lead's own report decides at once.",
    )
    def post(self, request: Request, slug: str) -> Response:
        project = project_for(request.user, slug)
        values = ReportBody.read(request.data)
        version, prediction = _about(request, project, values)
        pair = pair_asked_about(project=project, asked=values, variant=values["variant"])
        try:
            kept = report(project=project, version=version, prediction=prediction, pair=pair, verdict=values["verdict"], by=request.user)
        except NotScoredError as error:
            raise ModelServerAway(str(error)) from error
        return Response(PairReportSerializer(kept).data)


class PairReport(APIView):
    @extend_schema(responses={204: None}, summary="Take a report back")
    def delete(self, request: Request, slug: str, key: str) -> Response:
        try:
            take_back_pair(project=project_for(request.user, slug), key=key, by=request.user)
        except PairRefusedError as error:
            raise NotFound(str(error)) from error
        return Response(status=204)


def _about(request: Request, project: Project, values: dict[str, Any]) -> tuple[ModelVersion, Prediction | None]:
    prediction = prediction_asked_about(request.user, project, values.get("prediction"))
    require_may_ask(request.user, project, prediction, values)
    version = prediction.version if prediction else project.champion
    if version is None:
        raise NoChampionError("There is no model in use yet, so nothing can be asked.")
    return version, prediction


def _told(result: WhatIf) -> dict[str, Any]:
    version, measured = result.version, result.is_of_swaps
    return {
        "model_version": version.number,
        "threshold": version.threshold,
        "masked_count": result.masked_count,
        "original": _said(result.original),
        "variants": [_variant(row) for row in result.rows],
        "known_count": result.known_count if measured else None,
        "swap_rate": result.swap_rate if measured else None,
        "mean_jsd": result.mean_jsd if measured else None,
    }


def _variant(row: Compared) -> dict[str, Any]:
    pair = row.pair
    changed = {"key": pair.key, "before": pair.variant.before, "after": pair.variant.after, "verdict": pair.verdict}
    return {**_said(row.said), **changed, "flips": row.flips, "score_difference": row.difference, "divergence": row.divergence}


def _said(said: Said) -> dict[str, Any]:
    probabilities = dict(zip(LEVEL_VALUES, said.p, strict=True))
    return {"text": said.text, "level": said.level, "probabilities": probabilities, "score": said.score, "flagged": said.is_flagged}

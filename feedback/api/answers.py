"""What an annotator's client does: accept the content warning, claim a place, answer it or skip it."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feedback.access import annotator_for, project_for
from feedback.api.rounds import round_by_id
from feedback.models import Annotation, Annotator, Assignment
from feedback.pipeline.annotate import skip, submit_annotation
from feedback.pipeline.answer import Answer
from feedback.pipeline.assign import claim_next
from feedback.pipeline.own_level import say_own_level
from feedback.pipeline.rights import give_consent
from feedback.rationale import MOST_SPANS, merge_spans
from modeling.bodies import Body
from modeling.labels import LEVELS, BiasType, Verdict


class ConsentBody(Body):
    accepted = serializers.BooleanField(help_text="true: the annotator has read that comments may be hateful, and agrees to read them.")

    def validate_accepted(self, accepted: bool) -> bool:
        if not accepted:
            raise serializers.ValidationError("Nothing can be claimed without it.")
        return accepted


class AnswerBody(Body):
    key = serializers.UUIDField(help_text="Made by the client, once per answer: the same answer sent twice is stored once.")
    verdict = serializers.ChoiceField(choices=[verdict.value for verdict in Verdict])
    corrected_label = serializers.ChoiceField(
        choices=[level.value for level in LEVELS], allow_blank=True, default="", help_text="If and only if the verdict is `incorrect`."
    )
    bias_types = serializers.ListField(child=serializers.ChoiceField(choices=[b.value for b in BiasType]), default=list, max_length=len(BiasType))
    subgroup = serializers.CharField(max_length=60, allow_blank=True, default="")
    pattern = serializers.ChoiceField(choices=Annotation._meta.get_field("pattern").choices, allow_blank=True, default="")
    severity = serializers.IntegerField(min_value=1, max_value=3, allow_null=True, default=None, help_text="If and only if there are bias types.")
    rationale = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(min_value=0), min_length=2, max_length=2),
        default=list,
        max_length=MOST_SPANS,
        help_text="Words that prove it: [[start, end], ...] in characters (Unicode code points) of the comment, end not included.",
    )
    note = serializers.CharField(max_length=2000, allow_blank=True, default="")
    seconds = serializers.FloatField(
        min_value=0, allow_null=True, default=None, help_text="What it took, as the client measured it; at most the time since the claim is stored."
    )


class OwnLevelBody(Body):
    level = serializers.ChoiceField(choices=[level.value for level in LEVELS])


class SkipBody(Body):
    reason = serializers.CharField(max_length=200)
    flagged = serializers.BooleanField(default=False, help_text="Have the lead look at it.")


LEVEL_CHOICES = [level.value for level in LEVELS]
OF_THE_PREDICTION = ("predicted_label", "probabilities", "score", "flagged")


class ConsentSerializer(serializers.ModelSerializer):
    panel = serializers.CharField(source="panel.name")

    class Meta:
        model = Annotator
        fields = ["panel", "consented_at"]


class ProbabilitiesOfItemSerializer(serializers.Serializer):
    low = serializers.FloatField(source="p_low")
    mild = serializers.FloatField(source="p_mild")
    high = serializers.FloatField(source="p_high")


class ClaimSerializer(serializers.Serializer):
    """A place that the annotator holds until its lease expires. What the model says is null while it is hidden: say an own level first."""

    assignment = serializers.IntegerField(source="pk")
    item = serializers.IntegerField(source="item_id")
    comment_text = serializers.CharField(source="item.comment.text")
    needs_own_level = serializers.SerializerMethodField(help_text="Whether `own-level/` must be said before the prediction is shown.")
    predicted_label = serializers.ChoiceField(choices=LEVEL_CHOICES, source="item.prediction.predicted_label", allow_null=True)
    probabilities = ProbabilitiesOfItemSerializer(source="item.prediction", allow_null=True)
    score = serializers.FloatField(source="item.prediction.score", allow_null=True)
    flagged = serializers.BooleanField(source="item.prediction.flagged", allow_null=True)
    lease_expires_at = serializers.DateTimeField()

    def get_needs_own_level(self, place: Assignment) -> bool:
        return place.blind and not place.own_level

    def to_representation(self, place: Assignment) -> dict[str, Any]:
        told: dict[str, Any] = super().to_representation(place)
        return {**told, **dict.fromkeys(OF_THE_PREDICTION)} if told["needs_own_level"] else told


class AnnotationSerializer(serializers.ModelSerializer):
    bias_types = serializers.ListField(child=serializers.ChoiceField(choices=[bias.value for bias in BiasType]))
    rationale = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2))

    class Meta:
        model = Annotation
        fields = [
            "id",
            "key",
            "assignment",
            "item",
            "verdict",
            "corrected_label",
            "biased",
            "bias_types",
            "subgroup",
            "pattern",
            "severity",
            "rationale",
            "note",
            "seconds",
            "created_at",
        ]


class Consent(APIView):
    @extend_schema(request=ConsentBody, responses=ConsentSerializer, summary="Accept the content warning, once per project")
    def post(self, request: Request, pk: int) -> Response:
        annotator = annotator_for(request.user, round_by_id(request, pk))
        ConsentBody.read(request.data)
        give_consent(annotator=annotator)
        return Response(ConsentSerializer(annotator).data)


class Claim(APIView):
    @extend_schema(request=None, responses={200: ClaimSerializer, 204: None}, summary="Claim the next place")
    def post(self, request: Request, pk: int) -> Response:
        """The place that is held already, if there is one; 204 when nothing is left for this annotator."""
        found = round_by_id(request, pk)
        annotator = annotator_for(request.user, found)
        if not annotator.has_consented:
            raise PermissionDenied("Comments may be hateful. Read and accept the content warning first (`consent/`, or on the site).")
        assignment = claim_next(round=found, annotator=annotator)
        return Response(status=204) if assignment is None else Response(ClaimSerializer(assignment).data)


class Submit(APIView):
    @extend_schema(request=AnswerBody, responses={201: AnnotationSerializer, 200: AnnotationSerializer}, summary="Answer a place that is held")
    def post(self, request: Request, pk: int) -> Response:
        """201 when it was stored now, 200 when the same key was stored before."""
        annotator = _annotator_of_place(request, pk)
        values: dict[str, Any] = AnswerBody.read(request.data)
        key, seconds, bias_types = values.pop("key"), values.pop("seconds"), tuple(values.pop("bias_types"))
        rationale = merge_spans((start, end) for start, end in values.pop("rationale"))
        answer = Answer(bias_types=bias_types, rationale=rationale, **values)
        known = Annotation.of_any_purpose.filter(key=key).exists()
        annotation = submit_annotation(assignment_id=pk, annotator=annotator, key=key, answer=answer, seconds=seconds)
        return Response(AnnotationSerializer(annotation).data, status=200 if known else 201)


class OwnLevel(APIView):
    @extend_schema(request=OwnLevelBody, responses=ClaimSerializer, summary="Say an own level where the prediction is hidden")
    def post(self, request: Request, pk: int) -> Response:
        """Brings the prediction. Said again, it changes nothing: what was said first stands."""
        annotator = _annotator_of_place(request, pk)
        say_own_level(assignment_id=pk, annotator=annotator, level=OwnLevelBody.read(request.data)["level"])
        place = Assignment.objects.select_related("item__comment", "item__prediction").get(pk=pk)
        return Response(ClaimSerializer(place).data)


class Skip(APIView):
    @extend_schema(request=SkipBody, responses={204: None}, summary="Give a held place back without an answer")
    def post(self, request: Request, pk: int) -> Response:
        annotator = _annotator_of_place(request, pk)
        values = SkipBody.read(request.data)
        skip(assignment_id=pk, annotator=annotator, reason=values["reason"], flagged=values["flagged"])
        return Response(status=204)


def _annotator_of_place(request: Request, pk: int) -> Annotator:
    """The user as annotator of the place's round; for outsiders the place does not exist."""
    place = Assignment.objects.select_related("round__project").filter(pk=pk).first()
    if place is None:
        raise Http404("No such place.")
    project_for(request.user, place.round.project.slug)
    return annotator_for(request.user, place.round)

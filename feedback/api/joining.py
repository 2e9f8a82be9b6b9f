"""How a closed round's answers were joined, for leads: methods, weights with reasons, agreement, signs of brigading, doubtful labels."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feedback.api.rounds import RoundSerializer, round_by_id
from feedback.joining_report import annotator_weights, disputed_items, doubtful_labels
from feedback.models import AnnotatorWeight, DisputedItem, DoubtfulLabel, Joining, JoiningMethod, PanelWeight
from feedback.pipeline.plan_joining import choose_joining_method, set_known_answers
from modeling.bodies import Body
from modeling.labels import LEVELS
from modeling.models import Role

MOST_ANSWERS = 10_000


class MethodBody(Body):
    method = serializers.ChoiceField(choices=JoiningMethod.choices)


class KnownAnswersBody(Body):
    level = serializers.ChoiceField(
        choices=[(level.value, level.value) for level in LEVELS], allow_blank=True, help_text="Empty takes back what was said."
    )
    comments = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        allow_empty=False,
        max_length=MOST_ANSWERS,
        help_text="Ids of comments of the round for which this level is the right one.",
    )


class KnownCount(serializers.Serializer):
    count = serializers.IntegerField(help_text="How many answers were set.")


class PanelWeightSerializer(serializers.ModelSerializer):
    panel = serializers.CharField(source="panel.name")

    class Meta:
        model = PanelWeight
        fields = ["panel", "method", "method_reason", "annotator_count", "answer_count", "stated", "trust", "weight", "evidence", "reasons"]
        read_only_fields = fields


class MethodDifferenceSerializer(serializers.Serializer):
    first = serializers.CharField()
    second = serializers.CharField()
    share = serializers.FloatField(help_text="Of the items, on which the two prefer different levels.")
    low = serializers.FloatField(allow_null=True, help_text="Null where an older version has joined the answers; so are high and items.")
    high = serializers.FloatField(allow_null=True)
    items = serializers.IntegerField(allow_null=True, help_text="Items with a label.")


class QuestionAgreementSerializer(serializers.Serializer):
    """Krippendorff's alpha and Gwet's AC1, each with its 95 % interval; null where there is not enough data."""

    panel = serializers.IntegerField(allow_null=True, help_text="Id of the panel; null: among everybody.")
    question = serializers.CharField()
    alpha = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    ac1 = serializers.FloatField(allow_null=True)
    ac1_low = serializers.FloatField(allow_null=True)
    ac1_high = serializers.FloatField(allow_null=True)
    items = serializers.IntegerField(help_text="Items answered at least twice.")


class SignalSerializer(serializers.Serializer):
    kind = serializers.CharField(help_text="copies, notes, burst or rush.")
    sentence = serializers.CharField()
    reduces = serializers.BooleanField(help_text="Whether it costs weight.")
    p_value = serializers.FloatField(allow_null=True)
    accounts = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of annotators.")


class JoiningSerializer(serializers.ModelSerializer):
    panels = PanelWeightSerializer(source="panel_weights", many=True)
    differences = MethodDifferenceSerializer(many=True)
    agreement = QuestionAgreementSerializer(many=True)
    signals = SignalSerializer(many=True)

    class Meta:
        model = Joining
        fields = [
            "method",
            "panels",
            "differences",
            "agreement",
            "signals",
            "known_count",
            "disputed_count",
            "without_label_count",
            "doubt_method",
            "made_at",
        ]
        read_only_fields = fields


class AnnotatorWeightSerializer(serializers.ModelSerializer):
    panel = serializers.CharField(source="panel.name")

    class Meta:
        model = AnnotatorWeight
        fields = [
            "annotator",
            "panel",
            "answer_count",
            "shared_count",
            "reliability",
            "low",
            "high",
            "known_count",
            "known_right",
            "report_factor",
            "voice",
            "reasons",
        ]
        read_only_fields = fields


class PanelLevelSerializer(serializers.Serializer):
    panel = serializers.CharField()
    level = serializers.ChoiceField(choices=[(level.value, level.value) for level in LEVELS])


class DisputedItemSerializer(serializers.ModelSerializer):
    comment = serializers.IntegerField(source="item.comment_id")
    text = serializers.CharField(source="item.comment.text")
    panel_levels = PanelLevelSerializer(many=True, help_text="Each panel that answered, and the level that it prefers.")

    class Meta:
        model = DisputedItem
        fields = ["rank", "level", "confidence", "panel_levels", "item", "comment", "text"]
        read_only_fields = fields


class DoubtfulLabelSerializer(serializers.ModelSerializer):
    comment = serializers.IntegerField(source="item.comment_id")
    text = serializers.CharField(source="item.comment.text")
    predicted_label = serializers.CharField(source="item.prediction.predicted_label")

    class Meta:
        model = DoubtfulLabel
        fields = ["rank", "quality", "level", "item", "comment", "text", "predicted_label"]
        read_only_fields = fields


class RoundMethod(APIView):
    @extend_schema(request=MethodBody, responses=RoundSerializer, summary="Choose by which method an open round's answers will be joined")
    def post(self, request: Request, pk: int) -> Response:
        """Until the round is closed; `dawid_skene` unless chosen otherwise."""
        found = round_by_id(request, pk, Role.LEAD)
        chosen = choose_joining_method(round=found, method=MethodBody.read(request.data)["method"], by=request.user)
        return Response(RoundSerializer(chosen, context={"request": request}).data)


class KnownAnswers(APIView):
    @extend_schema(request=KnownAnswersBody, responses=KnownCount, summary="Say which answers of an open round are known beforehand")
    def post(self, request: Request, pk: int) -> Response:
        """Annotators never see them. They weigh annotators and panels, and are the labels of their comments, when the round closes."""
        found = round_by_id(request, pk, Role.LEAD)
        body = KnownAnswersBody.read(request.data)
        levels = dict.fromkeys(body["comments"], body["level"])
        return Response({"count": set_known_answers(round=found, levels=levels, by=request.user)})


class RoundJoining(APIView):
    @extend_schema(responses=JoiningSerializer, summary="How a closed round's answers were joined")
    def get(self, request: Request, pk: int) -> Response:
        """For leads. 404 until the round is closed and its answers are joined."""
        joining = _joining(request, pk)
        return Response(JoiningSerializer(Joining.objects.prefetch_related("panel_weights__panel").get(pk=joining.pk)).data)


class RoundWeights(GenericAPIView):
    queryset = AnnotatorWeight.objects.none()

    @extend_schema(responses=AnnotatorWeightSerializer(many=True), summary="What each person's answers weighed, least reliable first")
    def get(self, request: Request, pk: int) -> Response:
        """For leads; never shown to anybody else."""
        rows = self.paginate_queryset(annotator_weights(_joining(request, pk)))
        return self.get_paginated_response(AnnotatorWeightSerializer(rows, many=True).data)


class RoundDisputes(GenericAPIView):
    queryset = DisputedItem.objects.none()

    @extend_schema(responses=DisputedItemSerializer(many=True), summary="Items on which panels differ or no level is clear, least clear first")
    def get(self, request: Request, pk: int) -> Response:
        """For leads, to have an expert look at them."""
        rows = self.paginate_queryset(disputed_items(_joining(request, pk)))
        return self.get_paginated_response(DisputedItemSerializer(rows, many=True).data)


class RoundDoubts(GenericAPIView):
    queryset = DoubtfulLabel.objects.none()

    @extend_schema(responses=DoubtfulLabelSerializer(many=True), summary="Labels that deserve a second look, most doubtful first")
    def get(self, request: Request, pk: int) -> Response:
        """For leads. Nothing follows from being on the list: where the model is biased and people are right, it doubts the people."""
        rows = self.paginate_queryset(doubtful_labels(_joining(request, pk)))
        return self.get_paginated_response(DoubtfulLabelSerializer(rows, many=True).data)


def _joining(request: Request, pk: int) -> Joining:
    found = Joining.objects.filter(round=round_by_id(request, pk, Role.LEAD)).first()
    if found is None:
        raise Http404("The answers of this round have not been joined yet.")
    return found

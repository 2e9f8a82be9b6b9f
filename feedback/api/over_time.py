"""What people do, over time: one object per round or month. For leads; nobody is named."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from feedback.access import project_for
from feedback.api.quality import FollowingSerializer
from feedback.models import RoundSummary
from feedback.over_time.periods import OverTimeFilter, choices_of, periods_of
from feedback.over_time.report import PeriodRow, period_rows
from modeling.models import Role

MONTH = r"^(19|20)\d{2}-(0[1-9]|1[0-2])$"


class OverTimeQuery(serializers.Serializer):
    by = serializers.ChoiceField(choices=["month", "round"], default="month")
    panel = serializers.CharField(max_length=80, required=False, help_text="Name of a panel; left out: everybody.")
    scripted = serializers.BooleanField(default=False, help_text="Rounds with scripted annotators, in the place of people's.")
    first = serializers.RegexField(MONTH, required=False, help_text="YYYY-MM; with `by=round`: rounds that were open in these months.")
    last = serializers.RegexField(MONTH, required=False, help_text="YYYY-MM")


class PeopleFigureSerializer(serializers.Serializer):
    """A value with its 95 % interval and n; null where there is not enough data."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()


class ReportedBiasSerializer(serializers.Serializer):
    name = serializers.CharField()
    reported = PeopleFigureSerializer(help_text="Share of the judged items of which somebody reports it.")
    confirmed = PeopleFigureSerializer(help_text="Share of the judged items of which at least half of the voices do.")


class LabelCostSerializer(serializers.Serializer):
    answers = serializers.IntegerField()
    checks = serializers.IntegerField(help_text="Known answers and repeats.")
    labels = serializers.IntegerField(help_text="Items of which somebody names a level.")
    confirmed = serializers.IntegerField(help_text="Items with a confirmed bias.")
    minutes = serializers.FloatField(allow_null=True, help_text="Of work.")
    seconds = PeopleFigureSerializer(help_text="Of an answer.")
    per_label = PeopleFigureSerializer(help_text="Minutes.")
    per_confirmed = PeopleFigureSerializer(help_text="Minutes.")


class PanelAgreementSerializer(serializers.Serializer):
    panel = serializers.CharField()
    question = serializers.CharField()
    alpha = PeopleFigureSerializer()
    ac1 = PeopleFigureSerializer()


class PeriodSerializer(serializers.Serializer):
    period = serializers.CharField(source="period.key", help_text="YYYY-MM, or the round's number.")
    rounds = serializers.ListField(source="period.rounds", child=serializers.IntegerField())
    simulated = serializers.SerializerMethodField(help_text="Scripted annotators answered: as `scripted` in the query.")
    is_open = serializers.BooleanField(source="period.is_open", help_text="A round that still takes answers: figures so far.")
    judged = serializers.IntegerField(help_text="Items.")
    types = ReportedBiasSerializer(many=True, help_text="Any bias first.")
    cost = LabelCostSerializer()
    following = FollowingSerializer(help_text="Of a month: rounds weighted as Mantel and Haenszel do, so that `value` is not `count` / `n`.")
    agreement = PanelAgreementSerializer(many=True)

    def get_simulated(self, _: PeriodRow) -> bool:
        return bool(self.context["simulated"])


class OverTime(GenericAPIView):
    queryset = RoundSummary.objects.none()

    @extend_schema(parameters=[OverTimeQuery], responses=PeriodSerializer(many=True), summary="What people do, by month or by round")
    def get(self, request: Request, slug: str) -> Response:
        """From rows that the worker keeps up to date: the newest 24, oldest first. Open gate rounds are left out, and so is an open round with
        hidden predictions in which you are at work."""
        project = project_for(request.user, slug, Role.LEAD)
        query = OverTimeQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        choices = choices_of(project)
        chosen = OverTimeFilter(**{**query.validated_data, "panel": _panel(query.validated_data, {one.name: one.pk for one in choices.panels})})
        rows = period_rows(periods_of(project, chosen, request.user), choices)
        return self.get_paginated_response(PeriodSerializer(self.paginate_queryset(rows), many=True, context={"simulated": chosen.scripted}).data)


def _panel(query: dict[str, Any], panels: dict[str, int]) -> int | None:
    name = query.get("panel")
    if name is not None and name not in panels:
        raise serializers.ValidationError({"panel": ["There is no such panel in this project."]})
    return None if name is None else panels[name]

"""How a cycle's losses, differences and decision are shown."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from modeling.models import Difference


class LossComponentSerializer(serializers.Serializer):
    name = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    gradient_norm = serializers.FloatField(allow_null=True)


class LossSerializer(serializers.Serializer):
    """One arm's newest logged step."""

    arm = serializers.CharField()
    step = serializers.IntegerField()
    steps = serializers.IntegerField(allow_null=True)
    total = serializers.FloatField(allow_null=True)
    components = LossComponentSerializer(many=True)


class DifferenceSerializer(serializers.ModelSerializer):
    """`version` - `against`, with its 95 % interval; null where there are too few comments."""

    version = serializers.IntegerField(source="version.number")
    arm = serializers.CharField(source="version.arm")
    against = serializers.IntegerField(source="against.number")
    against_arm = serializers.CharField(source="against.arm")

    class Meta:
        model = Difference
        fields = ["measure", "subgroup", "split", "version", "arm", "against", "against_arm", "value", "low", "high", "n"]


class PrimarySerializer(serializers.Serializer):
    """The one test of superiority."""

    measure = serializers.CharField()
    champion = serializers.FloatField(allow_null=True)
    candidate = serializers.FloatField(allow_null=True)
    difference = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    alpha = serializers.FloatField()
    p_value = serializers.FloatField(allow_null=True)
    passed = serializers.BooleanField()


class CheckSerializer(serializers.Serializer):
    """One test of non-inferiority."""

    measure = serializers.CharField()
    champion = serializers.FloatField(allow_null=True)
    candidate = serializers.FloatField(allow_null=True)
    difference = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    margin = serializers.FloatField()
    passed = serializers.BooleanField()


class SubgroupCheckSerializer(serializers.Serializer):
    subgroup = serializers.CharField()
    measure = serializers.CharField()
    champion = serializers.FloatField(allow_null=True)
    candidate = serializers.FloatField(allow_null=True)
    difference = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n_toxic = serializers.IntegerField()
    n_non_toxic = serializers.IntegerField()
    p_value = serializers.FloatField(allow_null=True)
    status = serializers.ChoiceField(choices=["ok", "harmed", "cannot_tell"])


class DecisionSerializer(serializers.Serializer):
    """What the gate decided, and why."""

    eligible = serializers.BooleanField()
    primary = PrimarySerializer()
    checks = CheckSerializer(many=True)
    subgroups = SubgroupCheckSerializer(many=True)
    reasons = serializers.ListField(child=serializers.CharField())
    n = serializers.IntegerField()
    subgroups_counted = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_subgroups_counted(self, decision: dict[str, Any]) -> list[str]:
        return list(decision.get("subgroups_counted", ()))

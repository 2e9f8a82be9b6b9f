"""How a cycle's losses, differences and decision are shown."""

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


class ComparisonSerializer(serializers.Serializer):
    """Candidate - champion on the gate split; null where the measure cannot be taken. `error`: its standard error."""

    measure = serializers.CharField()
    champion = serializers.FloatField(allow_null=True)
    candidate = serializers.FloatField(allow_null=True)
    difference = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    error = serializers.FloatField(allow_null=True)


class RuleSerializer(ComparisonSerializer):
    """A test of a rule beside the primary one."""

    freedom = serializers.FloatField(
        allow_null=True, help_text="Degrees of freedom of the error where Student's t decides; null where resamples do, and in older decisions."
    )


class PrimarySerializer(ComparisonSerializer):
    """The one test of superiority. `low`, `high` have the level that decides; `low_95`, `high_95` are the ordinary interval."""

    low_95 = serializers.FloatField(allow_null=True)
    high_95 = serializers.FloatField(allow_null=True)
    alpha = serializers.FloatField()
    p_value = serializers.FloatField(allow_null=True)
    passed = serializers.BooleanField()
    critical = serializers.FloatField(
        allow_null=True,
        help_text="What the difference must exceed, in standard errors, where predictions are exchanged at random; null where resamples decide.",
    )


class CheckSerializer(RuleSerializer):
    """One test of non-inferiority; `passed` is null where the measure cannot be taken, and then decides nothing."""

    margin = serializers.FloatField()
    passed = serializers.BooleanField(allow_null=True)


class SubgroupCheckSerializer(RuleSerializer):
    """One test of harm to a subgroup."""

    subgroup = serializers.CharField()
    n_toxic = serializers.IntegerField()
    n_non_toxic = serializers.IntegerField()
    margin = serializers.FloatField()
    p_value = serializers.FloatField(allow_null=True)
    status = serializers.ChoiceField(choices=["ok", "harmed", "cannot_tell"])


class DecisionSerializer(serializers.Serializer):
    """What the gate decided, why, and what it could not tell."""

    eligible = serializers.BooleanField()
    primary = PrimarySerializer()
    checks = CheckSerializer(many=True)
    subgroups = SubgroupCheckSerializer(many=True)
    reasons = serializers.ListField(child=serializers.CharField())
    notes = serializers.ListField(child=serializers.CharField())
    n = serializers.IntegerField()
    subgroups_counted = serializers.ListField(child=serializers.CharField())

"""What a request to the API may bring."""

import pytest
from django.http import QueryDict
from rest_framework import serializers

from modeling.bodies import Body


class Order(Body):
    name = serializers.CharField(max_length=9)
    size = serializers.ChoiceField(choices=["small", "large"], default="small")
    count = serializers.IntegerField(min_value=1, default=1)
    share = serializers.FloatField(default=0.5)
    urgent = serializers.BooleanField(default=False)
    marks = serializers.ListField(child=serializers.CharField(), default=list)
    by = serializers.DateField(allow_null=True, default=None)


def test_what_is_left_out_has_its_default():
    assert Order.read({"name": "Ada", "by": None}) == {
        "name": "Ada",
        "size": "small",
        "count": 1,
        "share": 0.5,
        "urgent": False,
        "marks": [],
        "by": None,
    }


@pytest.mark.parametrize("value", [{"count": 3}, {"count": 3.0}, {"share": 1}, {"urgent": True}, {"marks": ["a", "b"]}, {"by": "2027-01-31"}])
def test_a_value_of_its_type_is_taken(value):
    assert Order.read({"name": "Ada", **value})


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": 7},
        {"name": True},
        {"name": ["Ada"]},
        {"name": {}},
        {"name": None},
        {"size": 1},
        {"count": "3"},
        {"count": 2.5},
        {"count": True},
        {"share": "half"},
        {"share": False},
        {"share": 10**400},
        {"share": float("inf")},
        {"urgent": "yes"},
        {"urgent": 1},
        {"marks": "a"},
        {"marks": ["a", 1]},
        {"marks": {"0": "a"}},
        {"by": 20270131},
        {"nmae": "Ada"},
    ],
    ids=str,
)
def test_a_value_of_another_type_is_refused_by_name(wrong):
    with pytest.raises(serializers.ValidationError) as refused:
        Order.read({"name": "Ada", **wrong})
    assert set(refused.value.detail) == set(wrong)


@pytest.mark.parametrize("body", [None, [], [1], "Ada", 7])
def test_what_is_no_object_is_refused(body):
    with pytest.raises(serializers.ValidationError):
        Order.read(body)


def test_a_form_may_only_send_strings_so_they_are_read():
    assert Order.read(QueryDict("name=7&count=3&urgent=true"))["count"] == 3


def test_it_says_which_fields_there_are():
    with pytest.raises(serializers.ValidationError, match="there are: name, size, count"):
        Order.read({"name": "Ada", "colour": "red"})

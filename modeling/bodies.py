"""What a request to the API may bring. A door: `feedback` reads its requests by the same rules.

REST framework forgives what a form would send: `"7"` for 7, 7 for `"7"`, a misspelt option. A script that sends such things has a
fault that should be told, and the schema says what is accepted.
"""

from typing import Any

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

STRINGS = (serializers.CharField, serializers.ChoiceField, serializers.DateField, serializers.UUIDField)


class AnyAccept(BaseContentNegotiation):
    """A file is what it is, whatever `Accept` says; refusals are JSON."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class Body(serializers.Serializer):
    """Refuses fields that it does not know and, in JSON, values of another type than the schema's."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if hasattr(data, "keys"):
            self._refuse_unknown(data)
            if not isinstance(data, QueryDict):
                self._refuse_mistyped(data)
        values: dict[str, Any] = super().to_internal_value(data)
        return values

    def _refuse_unknown(self, data: Any) -> None:
        unknown = sorted(set(data) - set(self.fields))
        if unknown:
            known = ", ".join(self.fields)
            raise serializers.ValidationError({name: [f"There is no such field; there are: {known}."] for name in unknown})

    def _refuse_mistyped(self, data: dict[str, Any]) -> None:
        errors = {name: _mistyped(self.fields[name], value) for name, value in data.items() if value is not None}
        if any(errors.values()):
            raise serializers.ValidationError({name: found for name, found in errors.items() if found})

    @classmethod
    def read(cls, data: Any) -> dict[str, Any]:
        """The checked values.

        Raises:
            ValidationError: told as 400, by field.
        """
        body = cls(data=data)
        body.is_valid(raise_exception=True)
        values: dict[str, Any] = body.validated_data
        return values


def _mistyped(field: serializers.Field, value: Any) -> list[str] | dict[int, Any]:
    """What is wrong with a value's JSON type; for a list, by place. Empty when it has the field's type."""
    if isinstance(field, serializers.ListField):
        if not isinstance(value, list):
            return ["Must be a list."]
        return {place: found for place, part in enumerate(value) if (found := _mistyped(field.child, part))}
    # Beyond 2 ** 63 is infinity, or what a float cannot hold.
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**63
    if isinstance(field, STRINGS):
        return [] if isinstance(value, str) else ["Must be a string."]
    if isinstance(field, serializers.BooleanField):
        return [] if isinstance(value, bool) else ["Must be true or false."]
    if isinstance(field, serializers.IntegerField):
        return [] if is_number and value == value // 1 else ["Must be a whole number."]
    return [] if is_number else ["Must be a number."]

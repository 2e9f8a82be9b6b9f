"""What a request may bring."""

from typing import Any

from rest_framework import serializers


class Body(serializers.Serializer[Any]):
    """Refuses fields that it does not know: a misspelt option must not be taken for its default."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        unknown = set(data) - set(self.fields) if hasattr(data, "keys") else set()
        if unknown:
            known = ", ".join(self.fields)
            raise serializers.ValidationError({name: [f"There is no such field; there are: {known}."] for name in sorted(unknown)})
        values: dict[str, Any] = super().to_internal_value(data)
        return values

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

"""How much one request may bring and take. Apart from `biasapp.api`, because REST framework's views import this while they load."""

from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.parsers import JSONParser


class Page(LimitOffsetPagination):
    """A request for a million rows gets a page of 500."""

    max_limit = 500


class JSONBody(JSONParser):
    """JSON of bounded depth; REST framework bounds its size by Django's DATA_UPLOAD_MAX_MEMORY_SIZE."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: dict[str, Any] | None = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("JSON parse error - nested too deeply") from None

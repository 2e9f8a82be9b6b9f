"""What all endpoints share: how refusals are told, and what the schema says of them."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException, NotFound, ParseError, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from feedback.errors import FeedbackError, InvalidAnswerError, InvalidRoundError, NotOnPanelError, NotQualifiedError, UnknownPlaceError
from modeling.errors import ImportRefusedError, ModelingError


class Conflict(APIException):
    status_code = 409
    default_code = "conflict"


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "too_large"
    default_detail = f"The body may have at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes besides files. Send less at a time."


TOLD_AS: tuple[tuple[type[Exception], type[APIException]], ...] = (
    (ImportRefusedError, ParseError),
    (UnknownPlaceError, NotFound),
    (NotOnPanelError, PermissionDenied),
    (NotQualifiedError, PermissionDenied),
    (ModelingError, Conflict),
    (FeedbackError, Conflict),
    (SuspiciousOperation, ParseError),
)
"""The first that fits. What a pipeline refuses is a conflict with what stands, unless its cause is what was sent, or who sent it."""


@extend_schema(exclude=True)
class Nowhere(APIView):
    """Says in JSON too that an address does not exist."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound("There is nothing at this address. Addresses end with a slash; see /api/docs/.")


def handle_exception(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal as `{"detail": "...", "errors": {field: [...]}}`; None leaves a fault of ours to Django's 500."""
    told = _as_api_error(exception)
    response = exception_handler(told, context)
    if response is None:
        return None
    if isinstance(told, ValidationError):
        response.data = {"detail": "The request is not valid; see errors.", "errors": _flat(told.detail)}
    else:
        response.data = {"detail": response.data["detail"], "errors": {}}
    return response


def _as_api_error(exception: Exception) -> Exception:
    if isinstance(exception, (InvalidAnswerError, InvalidRoundError)):
        return ValidationError({name: [message] for name, message in exception.errors.items()})
    if isinstance(exception, RequestDataTooBig):
        return BodyTooLarge()
    return next((told(str(exception)) for cause, told in TOLD_AS if isinstance(exception, cause)), exception)


def _flat(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Nested errors by path: `{"texts": {3: [...]}}` -> `{"texts.3": [...]}`; what concerns the whole body stands under `body`."""
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else str(name)
            found |= _flat(inner, ".".join(filter(None, [path, step])))
        return found
    if isinstance(detail, list) and any(isinstance(inner, dict) for inner in detail):
        return _flat({place: inner for place, inner in enumerate(detail) if inner}, path)
    messages = detail if isinstance(detail, list) else [detail]
    return {_printable(path) or "body": [_printable(str(message)) for message in messages]}


def _printable(text: str) -> str:
    """Without lone surrogates: messages quote what was sent, and JSON may send what UTF-8 cannot answer."""
    return text.encode(errors="replace").decode()


ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Why a request was refused.",
    "properties": {
        "detail": {"type": "string"},
        "errors": {
            "type": "object",
            "description": "What is wrong with which field, by path (`texts.3`).",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
    "required": ["detail", "errors"],
}
ALWAYS = {
    "400": "Not valid.",
    "401": "No token, or a wrong one.",
    "403": "Your role in this project does not allow it.",
    "404": "No such thing, or you are not a member of its project.",
    "406": "Only JSON is spoken here.",
}
WITH_A_METHOD_THAT_WRITES = {
    "409": "In conflict with what stands; `detail` says what to do.",
    "413": "The body is too large.",
    "415": "The body has a media type that is not read here.",
}


def document_errors(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Hook of drf-spectacular, which documents successes only: adds the refusals, and closes bodies to unknown fields."""
    schemas = result["components"]["schemas"]
    schemas["Error"] = ERROR_SCHEMA
    for methods in result["paths"].values():
        for method, operation in methods.items():
            refusals = ALWAYS if method == "get" else ALWAYS | WITH_A_METHOD_THAT_WRITES
            for status, text in refusals.items():
                operation["responses"].setdefault(status, {"description": text})
            for status, response in operation["responses"].items():
                if status >= "400":
                    response["content"] = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
            for content in operation.get("requestBody", {}).get("content", {}).values():
                name = content["schema"].get("$ref", "").rpartition("/")[2]
                if name:
                    schemas[name]["additionalProperties"] = False
    return result

"""Whose sign-in failed: behind a proxy, every client would otherwise share its address, and one could lock all others out."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address that our own proxy saw (the last one of X-Forwarded-For: clients can write the others), else the peer's."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return forwarded.split(",")[-1].strip() or request.META.get("REMOTE_ADDR", "")

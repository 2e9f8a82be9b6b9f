"""Somebody whose session has ended sends a form: they are asked to sign in, and come back to the page that they sent it from."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _


class BackToTheForm:
    """A form's own address answers no GET, so after signing in it would be an error, and nobody would know that nothing was stored."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        sign_in = resolve_url("login")
        is_asked = response.status_code == 302 and urlsplit(response["Location"]).path == sign_in
        # The stream keeps what it sends until it is stored, and signs in by itself.
        if request.method == "POST" and is_asked and request.path != sign_in and "X-Wants" not in request.headers:
            messages.warning(request, _("You were signed out meanwhile, so what you sent is not stored. Sign in, and send it again."))
            response["Location"] = f"{sign_in}?{urlencode({'next': _page_of(request)})}"
        return response


def _page_of(request: HttpRequest) -> str:
    """Where the form stood; the home page where the browser does not say."""
    referer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure()):
        return "/"
    parts = urlsplit(referer)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path

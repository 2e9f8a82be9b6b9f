"""Home by role, signing in, health."""

from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_safe

from biasapp.context import navigation_of
from biasapp.demonstration import ACCOUNTS, PASSWORD
from biasapp.home import open_rounds, waiting
from modeling.access import VeiledError


def sign_in(request: HttpRequest) -> HttpResponse:
    """In the demonstration its accounts are offered; nowhere else do they exist."""
    offered = {"accounts": ACCOUNTS, "password": PASSWORD} if settings.DEMO else {}
    return LoginView.as_view(redirect_authenticated_user=True, extra_context=offered)(request)


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    navigation = navigation_of(request)
    rounds = open_rounds(request.user, navigation.memberships)
    context = {
        "navigation": navigation,
        "rounds": rounds,
        "next_round": next((r for r in rounds if r.left), None),
        "waiting": waiting(navigation.memberships),
    }
    return render(request, "home.html", context)


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Of a hidden prediction the role is not the cause, and no admin can help."""
    template = "veiled.html" if isinstance(exception, VeiledError) else "403.html"
    return render(request, template, {"exception": str(exception)}, status=HTTPStatus.FORBIDDEN)


@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """For a load balancer: 200 while the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer"}, status=503)
    return JsonResponse({"status": "ok"})

"""One comment, its words shaded by what each did to the score: a fragment for htmx, a page without it. Other maps by `?engine=`."""

from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_htmx.http import reswap, retarget

from modeling.access import explained_prediction
from modeling.errors import NoSuchMapError
from modeling.forms import MapForm
from modeling.map_engines import SLOW, MapEngine, MapKey
from modeling.models import Explanation, Prediction
from modeling.names import MAP_NAMES
from modeling.pipeline.explain import explain
from modeling.pipeline.versions import attention_shape
from modeling.reports import map_report
from modeling.views.datasets import STOP_POLLING

MOST_ATTEMPTS = 20
"""A page asks every two seconds; after that it says that there is none now, instead of asking for ever."""
MOST_ATTEMPTS_SLOW = 90


@login_required
@require_safe
def explanation(request: HttpRequest, pk: int) -> HttpResponse:
    """Beside a comment only the default map, as quickly as it comes; its own page and other maps are measured against chance."""
    prediction = explained_prediction(request.user, pk)
    form = MapForm(request.GET)
    key = form.key
    wants_all = not request.htmx or "engine" in request.GET  # type: ignore[attr-defined]  # django-htmx's middleware adds it
    refused, made = "", None
    if form.is_valid():
        try:
            made = explain(prediction=prediction, key=key, measured=wants_all)
        except NoSuchMapError as error:
            refused = str(error)
    context = {**_context(request, prediction, key, made), "refused": refused or " ".join(said for errors in form.errors.values() for said in errors)}
    if not request.htmx:  # type: ignore[attr-defined]  # django-htmx's middleware adds it
        return render(request, "modeling/explanation.html", context, status=422 if context["refused"] else 200)
    status = 422 if context["refused"] else STOP_POLLING if context["is_last"] else 200
    if not wants_all:
        return render(request, "modeling/_explanation.html", context, status=status)
    if "attempt" not in request.GET:
        return render(request, "modeling/_map.html", context, status=status)
    if status == HTTPStatus.OK:  # still waited for: the rest of the page, and the focus in it, stay as they are
        return render(request, "modeling/_map_waiting.html", context)
    return reswap(retarget(render(request, "modeling/_map.html", context, status=status), "#map"), "outerHTML")


def _context(request: HttpRequest, prediction: Prediction, key: MapKey, made: Explanation | None) -> dict[str, Any]:
    attempt = request.GET.get("attempt", "")
    next_attempt = int(attempt) + 1 if attempt.isdecimal() and len(attempt) < 4 else 1
    most = MOST_ATTEMPTS_SLOW if key.engine in SLOW else MOST_ATTEMPTS
    layers, heads = attention_shape(prediction.version) if key.engine == MapEngine.ATTENTION else (0, 0)
    return {
        "prediction": prediction,
        "key": key,
        "map": map_report(made, prediction.comment.text) if made else None,
        "map_names": MAP_NAMES.items(),
        "layers": range(1, layers + 1),
        "heads": range(1, heads + 1),
        "next_attempt": next_attempt,
        "is_waiting": next_attempt <= most,
        "is_last": made is not None or next_attempt > most,
    }

"""One comment, its words shaded by what each did to the score: a fragment for htmx, a page without it."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from modeling.access import has_role, is_veiled
from modeling.labels import Split
from modeling.models import Prediction, Role
from modeling.pipeline.explain import explain
from modeling.reports import shade
from modeling.views.datasets import STOP_POLLING

MOST_ATTEMPTS = 20
"""A page asks every two seconds; after that it says that there is none now, instead of asking for ever."""


@login_required
@require_safe
def explanation(request: HttpRequest, pk: int) -> HttpResponse:
    prediction = _prediction(request, pk)
    attempt = request.GET.get("attempt", "")
    made = explain(prediction=prediction)
    context = {
        "prediction": prediction,
        "shaded": shade(prediction.comment.text, made.spans) if made else None,
        "next_attempt": int(attempt) + 1 if attempt.isdigit() and len(attempt) < 4 else 1,
        "most_attempts": MOST_ATTEMPTS,
    }
    if not request.htmx:  # type: ignore[attr-defined]  # django-htmx's middleware adds it
        return render(request, "modeling/explanation.html", context)
    is_last = made is not None or context["next_attempt"] > MOST_ATTEMPTS  # type: ignore[operator]  # context is untyped
    return render(request, "modeling/_explanation.html", context, status=STOP_POLLING if is_last else 200)


def _prediction(request: HttpRequest, pk: int) -> Prediction:
    """Annotators see the pool only: what the model says of gate and test comments is not theirs to learn."""
    related = Prediction.objects.select_related("comment", "version__project").defer("version__loss_steps", "version__manifest")
    prediction = get_object_or_404(related, pk=pk)
    at_least = Role.ANNOTATOR if prediction.comment.split == Split.POOL else Role.LEAD
    if not has_role(request.user, prediction.version.project, at_least):
        raise Http404(_("No such prediction."))
    if is_veiled(request.user, prediction):
        raise PermissionDenied(_("Say which level you would give first: this comment is asked about before its prediction is shown."))
    return prediction

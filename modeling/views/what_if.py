"""What if it were about somebody else: a text, its variants, and what the model says of each. A page, and the fragment within it."""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from modeling.access import explained_prediction, has_role, project_for
from modeling.asking import ask_model, prediction_asked_about, require_may_ask, text_asked_about
from modeling.errors import NotScoredError
from modeling.forms import WhatIfForm
from modeling.ml.what_if import VariantKind
from modeling.models import ModelVersion, Prediction, Project, Role
from modeling.pipeline.decide_swap import left_out, proposed
from modeling.pipeline.what_if import LONGEST_TEXT
from modeling.reported_pairs import biased_pairs, own_reports
from modeling.reports.what_if import Compared, WhatIf
from modeling.what_if_pins import Pin, pin, pins_of, unpin


@dataclass(frozen=True)
class Asked:
    """What somebody asked, as far as it could be answered. `version`: what the prediction is of, else the one in use."""

    project: Project
    form: WhatIfForm
    prediction: Prediction | None
    version: ModelVersion | None
    is_lead: bool = False
    result: WhatIf | None = None
    error: str = ""

    @property
    def is_complete(self) -> bool:
        return self.version is not None and self.form.is_bound and self.form.is_valid()

    @property
    def longest(self) -> int:
        """So many characters of the comment are asked about; 0: all of them."""
        is_cut = self.prediction is not None and len(self.prediction.comment.text) > LONGEST_TEXT
        return LONGEST_TEXT if is_cut else 0

    def row(self, key: str) -> Compared | None:
        """Of the pair with this key."""
        return next((row for row in self.result.rows if row.pair.key == key), None) if self.result else None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def what_if_page(request: HttpRequest, slug: str) -> HttpResponse:
    """With `?prediction=` it begins with that comment; what is typed comes by POST, so that it stands in no address."""
    return show(request, answer(request, read(request, project_for(request.user, slug))))


@login_required
@require_safe
def what_if_of(request: HttpRequest, pk: int) -> HttpResponse:
    """The panel beside a prediction, asked for when somebody opens it; without htmx, the page."""
    # Before anything is told, where to go included: a project's name in an address is not for outsiders.
    project = explained_prediction(request.user, pk).version.project
    if request.htmx:  # type: ignore[attr-defined]  # django-htmx's middleware adds it
        asked = answer(request, read(request, project_for(request.user, project.slug), prediction_id=pk))
        context = {"project": project, "asked": asked, "is_panel": True, "is_again": "again" in request.GET}
        return render(request, "modeling/_what_if.html", context)
    return redirect(f"{reverse('modeling:what-if', args=[project.slug])}?prediction={pk}")


@login_required
@require_POST
def what_if_pins(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug)
    asked = answer(request, read(request, project))
    if "unpin" in request.POST:
        unpin(request.session, project, request.POST["unpin"])
    elif asked.version and (row := asked.row(request.POST.get("pin", ""))):
        pin(request.session, project, Pin.of(row, asked.version))
    if request.htmx:  # type: ignore[attr-defined]  # django-htmx's middleware adds it
        return render(request, "modeling/_what_if_pins.html", {"project": project, "pins": pins_of(request.session, project)})
    return show(request, asked)


def read(request: HttpRequest, project: Project, prediction_id: int | None = None) -> Asked:
    """What somebody asks; `prediction_id`: of this one, whatever was sent. Raises as `modeling.asking` does."""
    sent = (request.POST if request.method == "POST" else request.GET).get("prediction", "")
    sent_id = int(sent) if sent.isdecimal() and len(sent) < 19 else None
    prediction = prediction_asked_about(request.user, project, prediction_id or sent_id)
    form = _form(request, prediction)
    require_may_ask(request.user, project, prediction, form.data)
    version = prediction.version if prediction else project.champion
    return Asked(project, form, prediction, version, is_lead=has_role(request.user, project, Role.LEAD))


def answer(request: HttpRequest, asked: Asked) -> Asked:
    """With what the model says, or why it says nothing."""
    if asked.version is None or not asked.is_complete:
        return asked
    about = {"project": asked.project, "version": asked.version, "prediction": asked.prediction}
    try:
        return replace(asked, result=ask_model(**about, asked=asked.form.cleaned_data, by=request.user))  # type: ignore[arg-type]  # signed in: login_required
    except NotScoredError as error:
        return replace(asked, error=str(error))


def _form(request: HttpRequest, prediction: Prediction | None) -> WhatIfForm:
    if request.method == "POST" and "text" in request.POST:
        return WhatIfForm(request.POST)
    if prediction is None:
        return WhatIfForm()
    text = text_asked_about(prediction)
    return WhatIfForm({"text": text, "kind": VariantKind.SWAP, "edited": text, "prediction": prediction.pk})


def show(request: HttpRequest, asked: Asked, **more: Any) -> HttpResponse:
    """The page with all that was typed; for htmx the answer alone."""
    context = {"project": asked.project, "asked": asked, **more}
    if request.htmx:  # type: ignore[attr-defined]  # django-htmx's middleware adds it
        return render(request, "modeling/_what_if.html", {**context, "is_answer": True}, status=422 if asked.form.errors else 200)
    context["pins"] = pins_of(request.session, asked.project)
    context["own_reports"] = own_reports(asked.project, request.user)  # type: ignore[arg-type]  # signed in: login_required
    if asked.is_lead:
        rules, count = proposed(asked.project)
        pairs, pair_count = biased_pairs(asked.project)
        context |= {"left_out": left_out(asked.project), "proposed": rules, "proposed_count": count, "pairs": pairs, "pair_count": pair_count}
    status = 422 if asked.form.errors else 503 if asked.error else 200
    return render(request, "modeling/what_if.html", context, status=status)

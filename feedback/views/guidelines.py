"""Guidelines of a round: read beside the work, and edited by leads, version by version."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from feedback.access import round_for, table_for
from feedback.care import participation_of
from feedback.errors import GuidelinesError
from feedback.markdown import render as render_markdown
from feedback.models import AnnotationRound
from feedback.pipeline.guidelines import compare, edit_guidelines, mark_read
from modeling.models import Role


@login_required
@never_cache
@require_safe
def guidelines(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The page; for htmx what its dialog shows. To have it before one counts as having read it: nobody is made to tick that."""
    found, annotator = table_for(request.user, slug, number)
    part = participation_of(found, annotator)
    before = found.guideline_versions.filter(number=part.guidelines_read).first()
    changes = compare(before.text, found.guidelines) if before and before.number < found.guidelines_version else []
    mark_read(participation=part, version=found.guidelines_version)
    context = {"round": found, "project": found.project, "html": render_markdown(found.guidelines), "changes": changes}
    return render(request, "feedback/_guidelines.html" if request.htmx else "feedback/guidelines.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def guidelines_edit(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """For leads: the newest text to change, what it looks like, and what each version changed."""
    found = round_for(request.user, slug, number, Role.LEAD)
    text, error = found.guidelines, ""
    if request.method == "POST":
        text = request.POST.get("text", "")
        if "preview" not in request.POST:
            try:
                made = edit_guidelines(round=found, text=text, by=request.user)  # type: ignore[arg-type]  # signed in: login_required
            except GuidelinesError as refused:
                error = str(refused)
            else:
                messages.success(request, _say(made.number if made else None))
                return redirect("feedback:guidelines-edit", slug, number)
    context = {"round": found, "project": found.project, "text": text, "error": error, "html": render_markdown(text), "versions": _versions(found)}
    return render(request, "feedback/guidelines_edit.html", context, status=422 if error else 200)


def _say(number: int | None) -> str:
    if number is None:
        return _("Nothing was different, so there is no new version.")
    return _("Version %(number)s is in force. Whoever works in this round is told at their next answer.") % {"number": number}


def _versions(round: AnnotationRound) -> list[dict[str, Any]]:
    """Newest first, each with what it changed in the one before."""
    versions = list(round.guideline_versions.select_related("author"))
    texts = {version.number: version.text for version in versions}
    return [{"version": one, "changes": compare(texts.get(one.number - 1, ""), one.text)} for one in versions]

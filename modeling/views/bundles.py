"""The sealed bundle of a cycle, as a file."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from modeling.access import project_for
from modeling.errors import NotSealedError
from modeling.lifecycle import enqueue_cycle
from modeling.models import Role
from modeling.take_out import open_bundle


@login_required
@require_POST
def cycle_bundle(request: HttpRequest, slug: str, number: int) -> HttpResponse | FileResponse:
    """POST, because each download is written into the ledger."""
    project = project_for(request.user, slug, Role.ADMIN)
    cycle = get_object_or_404(project.cycles, number=number)
    try:
        file, _ = open_bundle(cycle=cycle, by=request.user)  # type: ignore[arg-type]  # signed in: login_required
    except NotSealedError as error:
        messages.error(request, str(error))
        return redirect("modeling:cycle-detail", slug, number)
    return FileResponse(file, as_attachment=True, filename=f"{slug}-cycle-{number}.zip", content_type="application/zip")


@login_required
@require_POST
def cycle_seal(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """For a decided cycle whose process died before its bundle was written: the queue, given it again, finds that alone missing."""
    project = project_for(request.user, slug, Role.LEAD)
    cycle = get_object_or_404(project.cycles, number=number)
    if cycle.decision:
        enqueue_cycle(cycle.pk)
        messages.success(request, gettext("The bundle is being made. Load this page again in a minute."))
    else:
        messages.error(request, gettext("This cycle has no verdict, so there is nothing to seal."))
    return redirect("modeling:cycle-detail", slug, number)

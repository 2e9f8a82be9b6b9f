"""What a person may ask of their own data: take it out, withdraw consent, have it erased. And for leads, who asked for erasure."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from feedback.access import project_for
from feedback.errors import FeedbackError
from feedback.models import Annotation, Annotator, ErasureRequest, Withdrawal
from feedback.pipeline import rights
from feedback.pipeline.end_sessions import end_sessions
from feedback.pipeline.take_out import take_out
from modeling.models import Project, Role

PAGE_SIZE = 50


@login_required
@require_safe
def my_data(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, project_for(request.user, slug))


@login_required
@require_POST
def my_data_take_out(request: HttpRequest, slug: str) -> HttpResponse | FileResponse:
    """A POST, because it is written into the ledger."""
    annotator = _annotator(request, slug)
    name = f"{slug}-my-data-{timezone.localdate():%Y-%m-%d}.zip"
    return FileResponse(take_out(annotator=annotator), as_attachment=True, filename=name, content_type="application/zip")


@login_required
@require_POST
def withdraw(request: HttpRequest, slug: str) -> HttpResponse:
    annotator = _annotator(request, slug)
    rights.withdraw_consent(annotator=annotator)
    end_sessions(user=annotator.user, own=request.session)
    messages.success(request, _("You have withdrawn your consent. You are given no more comments; what you answered is kept."))
    return redirect("feedback:my-data", slug)


@login_required
@require_POST
def withdraw_undo(request: HttpRequest, slug: str) -> HttpResponse:
    if rights.end_withdrawal(annotator=_annotator(request, slug)):
        messages.success(request, _("Your withdrawal is taken back. You are asked for your consent again before the next comment."))
    return redirect("feedback:my-data", slug)


@login_required
@require_POST
def erase(request: HttpRequest, slug: str) -> HttpResponse:
    """Nothing is lost unless it was confirmed on the page that says what is lost."""
    annotator = _annotator(request, slug)
    if request.POST.get("confirmed") != "yes":
        return _page(request, annotator.project, status=422, is_unconfirmed=True)
    rights.request_erasure(annotator=annotator)
    end_sessions(user=annotator.user, own=request.session)
    messages.success(request, _("Your request is recorded, and what you wrote in words of your own is removed."))
    return redirect("feedback:my-data", slug)


@login_required
@require_POST
def erase_undo(request: HttpRequest, slug: str) -> HttpResponse:
    try:
        rights.take_back_erasure(annotator=_annotator(request, slug))
    except FeedbackError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Your request for erasure is taken back. The notes that were removed do not come back."))
    return redirect("feedback:my-data", slug)


@login_required
@require_safe
def erasure_requests(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    found = project.erasure_requests.select_related("annotator__user", "annotator__panel")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    waiting = found.filter(state=ErasureRequest.State.WAITING).count()
    return render(request, "feedback/erasure_requests.html", {"project": project, "page": page, "waiting": waiting})


def _page(request: HttpRequest, project: Project, status: int = 200, is_unconfirmed: bool = False) -> HttpResponse:
    annotator = Annotator.objects.filter(project=project, user=request.user).first()
    withdrawal = Withdrawal.objects.filter(annotator=annotator, ended_at=None).first() if annotator else None
    erasure = ErasureRequest.objects.filter(annotator=annotator, state=ErasureRequest.State.WAITING).first() if annotator else None
    context = {
        "project": project,
        "annotator": annotator,
        "answers": Annotation.of_any_purpose.filter(annotator=annotator).count() if annotator else 0,
        "withdrawal": withdrawal,
        "erasure": erasure,
        "is_unconfirmed": is_unconfirmed,
    }
    return render(request, "feedback/my_data.html", context, status=status)


def _annotator(request: HttpRequest, slug: str) -> Annotator:
    project = project_for(request.user, slug)
    annotator = Annotator.objects.select_related("user", "project").filter(project=project, user=request.user).first()
    if annotator is None:
        raise Http404(_("Nothing is kept about you in this project."))
    return annotator

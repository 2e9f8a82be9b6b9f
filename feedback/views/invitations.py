"""Invitations by link: a lead's page of them, and the page that a link leads to."""

from typing import Any

from axes.helpers import get_client_ip_address
from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import UserCreationForm
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from feedback.access import crowd_of, project_for
from feedback.errors import InvitationError
from feedback.models import Invitation, Panel
from feedback.pipeline.invitations import MOST_DAYS, MOST_USES, accept, count_try, find_invitation, make_invitation, revoke
from modeling.models import Project, Role

PAGE_SIZE = 25
BACKEND = "django.contrib.auth.backends.ModelBackend"


class InvitationForm(forms.Form):
    panel = forms.ModelChoiceField(queryset=Panel.objects.none(), empty_label=None, label=gettext_lazy("Panel"))
    uses = forms.IntegerField(min_value=1, max_value=MOST_USES, initial=1, label=gettext_lazy("For how many people"))
    days = forms.IntegerField(min_value=1, max_value=MOST_DAYS, initial=14, label=gettext_lazy("Days until it runs out"))
    note = forms.CharField(max_length=80, required=False, label=gettext_lazy("Note"), help_text=gettext_lazy("For leads only: whom it is for."))

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        crowd_of(project.pk)
        self.fields["panel"].queryset = project.panels.all()


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitations(request: HttpRequest, slug: str) -> HttpResponse:
    """POST makes one and leads back here, so that loading the page again makes no second one. The link is shown there this once: it waits
    for that in the session of who made it, and is kept nowhere else."""
    project = project_for(request.user, slug, Role.LEAD)
    form = InvitationForm(request.POST if request.method == "POST" else None, project=project)
    to_show = f"invitation-to-{project.pk}"
    if form.is_valid():
        _made, request.session[to_show] = make_invitation(by=request.user, **form.cleaned_data)  # type: ignore[arg-type]  # signed in: login_required
        return redirect("feedback:invitations", slug)
    token = request.session.pop(to_show, "") if request.method == "GET" else ""
    link = request.build_absolute_uri(reverse("feedback:join", args=[token])) if token else ""
    made = project.invitations.select_related("panel", "created_by").prefetch_related("used_by__user")
    page = Paginator(made, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"project": project, "form": form, "link": link, "page": page, "now": timezone.now()}
    return render(request, "feedback/invitations.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def invitation_revoke(request: HttpRequest, slug: str, invitation_id: int) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    revoke(invitation=get_object_or_404(Invitation, pk=invitation_id, project=project), by=request.user)  # type: ignore[arg-type]  # signed in
    messages.success(request, _("The link is withdrawn. Who came by it stays."))
    return redirect("feedback:invitations", slug)


@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """An account for whoever has none; who is signed in joins by one button."""
    try:
        if request.method == "POST":
            count_try(get_client_ip_address(request) or "")
        found = find_invitation(token)
        if request.user.is_authenticated:
            return _welcome(request, found)
        form = UserCreationForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            with transaction.atomic():
                user = form.save()
                accept(invitation=found, user=user)
            login(request, user, backend=BACKEND)
            return _to_work(found)
    except InvitationError as error:
        return render(request, "feedback/join_refused.html", {"error": str(error)}, status=410)
    context = {"invitation": found, "project": found.project, "form": form}
    return render(request, "feedback/join.html", context, status=422 if form.errors else 200)


def _welcome(request: HttpRequest, found: Invitation) -> HttpResponse:
    if request.method != "POST":
        return render(request, "feedback/join.html", {"invitation": found, "project": found.project})
    accept(invitation=found, user=request.user)  # type: ignore[arg-type]  # signed in
    return _to_work(found)


def _to_work(found: Invitation) -> HttpResponse:
    return redirect("feedback:annotate-next", found.project.slug)

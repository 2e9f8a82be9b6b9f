"""Projects: which there are, how one stands, and its settings."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from modeling.access import RANKS, has_role, project_for
from modeling.forms import ProjectForm, SettingsForm
from modeling.models import Membership, Role
from modeling.pipeline.create_project import change_settings, create_project
from modeling.reports import project_overview

PAGE_SIZE = 25


def may_create_projects(request: HttpRequest) -> bool:
    """Who leads or administers a project already, and staff: somebody must found the first one."""
    user = request.user
    return user.is_staff or Membership.objects.filter(user_id=user.pk, role__in=(Role.LEAD, Role.ADMIN)).exists()


@login_required
@require_safe
def project_list(request: HttpRequest) -> HttpResponse:
    mine = Membership.objects.filter(user_id=request.user.pk).select_related("project__champion").order_by("project__name")
    page = Paginator(mine.defer("project__champion__loss_steps", "project__champion__manifest"), PAGE_SIZE).get_page(request.GET.get("page"))
    leads = {membership.pk for membership in page if RANKS[membership.role] >= RANKS[Role.LEAD]}
    return render(request, "modeling/project_list.html", {"page": page, "leads": leads, "may_create": may_create_projects(request)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def project_create(request: HttpRequest) -> HttpResponse:
    if not may_create_projects(request):
        raise PermissionDenied(_("New projects are made by leads and admins."))
    form = ProjectForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        project = create_project(name=form.cleaned_data["name"], slug=form.cleaned_data["slug"], by=request.user)  # type: ignore[arg-type]  # signed in: login_required
        messages.success(request, _("%(name)s is made. You are its admin.") % {"name": project.name})
        return redirect("modeling:project-detail", project.slug)
    return render(request, "modeling/project_create.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_safe
def project_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """For annotators a project is its rounds: they are sent on to annotate."""
    project = project_for(request.user, slug)
    if not has_role(request.user, project, Role.LEAD):
        return redirect("feedback:annotate-next", slug)
    return render(request, "modeling/project_detail.html", {"project": project, "overview": project_overview(project)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def project_settings(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    form = SettingsForm(request.POST if request.method == "POST" else None, project=project)
    if request.method == "POST" and form.is_valid():
        change_settings(project=project, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]  # signed in: login_required
        messages.success(request, _("The settings are saved."))
        return redirect("modeling:project-settings", slug)
    return render(request, "modeling/project_settings.html", {"project": project, "form": form}, status=422 if form.errors else 200)

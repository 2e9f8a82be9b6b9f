"""Paper and this system: for everybody who is signed in, and with a project's own figures for its leads."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from modeling.access import RANKS, project_for
from modeling.models import Project, Role
from modeling.reports import paper_page


@login_required
@require_safe
def paper(request: HttpRequest) -> HttpResponse:
    leading = [role for role, rank in RANKS.items() if rank >= RANKS[Role.LEAD]]
    projects = Project.objects.filter(memberships__user_id=request.user.pk, memberships__role__in=leading).order_by("name")
    return render(request, "modeling/paper.html", {"page": paper_page(), "projects": projects})


@login_required
@require_safe
def project_paper(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    context = {
        "project": project,
        "page": paper_page(project),
        "made_up": project.datasets.filter(made_up=True).exists(),
    }
    return render(request, "modeling/paper.html", context)

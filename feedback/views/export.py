"""Annotations out, as a file."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from feedback.access import project_for
from feedback.forms import ExportForm
from feedback.models import Annotation
from feedback.pipeline.export import export_annotations
from modeling.models import Role

CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest, slug: str) -> HttpResponse | StreamingHttpResponse:
    """POST downloads, because each export is written into the ledger."""
    project = project_for(request.user, slug, Role.ADMIN)
    form = ExportForm(request.POST if request.method == "POST" else None, rounds=project.rounds.all())
    if not form.is_valid():
        count = Annotation.objects.filter(item__round__project=project).count()
        context = {"project": project, "form": form, "annotation_count": count}
        return render(request, "feedback/export.html", context, status=422 if form.is_bound else 200)
    kind, chosen = form.cleaned_data["format"], form.cleaned_data["round"]
    chunks = export_annotations(project=project, round=chosen, format=kind, by=request.user)
    part = f"-round-{chosen.number}" if chosen else ""
    name = f"{project.slug}{part}-annotations-{timezone.localdate():%Y-%m-%d}.{kind}"
    return StreamingHttpResponse(chunks, content_type=CONTENT_TYPES[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'})

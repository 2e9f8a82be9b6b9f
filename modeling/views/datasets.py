"""Data sets: list, import, progress, and the report of what was rejected."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from modeling.access import project_for
from modeling.errors import ModelingError
from modeling.forms import ImportForm
from modeling.labels import LevelKind
from modeling.lifecycle import fail_lost
from modeling.models import Dataset, Project, Role, WorkState
from modeling.pipeline.request_import import request_import
from modeling.reports import progress_of, split_counts

PAGE_SIZE = 25
REJECTED_PAGE_SIZE = 50
STOP_POLLING = 286
"""htmx's status code for "this is the last answer"."""


@login_required
@require_safe
def dataset_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    fail_lost()
    datasets = project.datasets.all()
    if words := request.GET.get("q", "").strip():
        datasets = datasets.filter(name__icontains=words)
    page = Paginator(datasets, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "modeling/dataset_list.html", {"project": project, "page": page, "words": words})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def dataset_import(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ImportForm(*sent, project=project)
    if request.method == "POST" and form.is_valid() and (dataset := _request(request, project, form)):
        return redirect("modeling:dataset-detail", slug, dataset.pk)
    context = {"project": project, "form": form, "most_bytes": settings.IMPORT_MAX_BYTES, "most_chars": settings.IMPORT_MAX_COMMENT_CHARS}
    return render(request, "modeling/dataset_import.html", context, status=422 if form.errors else 200)


def _request(request: HttpRequest, project: Project, form: ImportForm) -> Dataset | None:
    """The data set that was asked for, or None with the cause among the form's errors."""
    values = form.cleaned_data
    try:
        dataset = request_import(
            project=project, name=values["name"], upload=values["file"], level_kind=LevelKind(values["level_kind"]), by=request.user
        )
    except ModelingError as error:
        form.add_error("file", str(error))
        return None
    messages.success(request, _("“%(name)s” has arrived and is being imported.") % {"name": dataset.name})
    return dataset


@login_required
@require_safe
def dataset_detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    dataset = get_object_or_404(project.datasets.select_related("requested_by"), pk=pk)
    return render(request, "modeling/dataset_detail.html", _context(request, project, dataset))


@login_required
@require_safe
def dataset_progress(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """While it runs: its progress. Then, once: the whole report, in place of the page's content."""
    project = project_for(request.user, slug, Role.LEAD)
    dataset = get_object_or_404(project.datasets.select_related("requested_by"), pk=pk)
    if progress_of(dataset).is_silent:
        fail_lost()
        dataset.refresh_from_db()
    if not progress_of(dataset).is_ended:
        return render(request, "modeling/_dataset_progress.html", {"project": project, "dataset": dataset, "progress": progress_of(dataset)})
    response = render(request, "modeling/_dataset.html", {**_context(request, project, dataset), "has_just_ended": True}, status=STOP_POLLING)
    response["HX-Retarget"], response["HX-Reswap"] = "#dataset", "innerHTML"
    return response


def _context(request: HttpRequest, project: Project, dataset: Dataset) -> dict[str, object]:
    is_done = dataset.state == WorkState.DONE
    return {
        "project": project,
        "dataset": dataset,
        "progress": progress_of(dataset),
        "splits": split_counts(dataset) if is_done else (),
        "page": Paginator(dataset.rejected_rows.all(), REJECTED_PAGE_SIZE).get_page(request.GET.get("page")),
    }

"""A page's rows as a CSV file: `csv=NAME` in its address."""

import csv

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from modeling.models import Project
from modeling.reports.csv_cells import plain_cell
from modeling.reports.sheets import Sheet
from modeling.reports.simulated import what_is_simulated


def csv_of(request: HttpRequest, sheets: dict[str, Sheet], project: Project, page: str) -> HttpResponse:
    """Each row says what is simulated about the project's figures: a row is read apart from its page. Raises Http404 where the page has no
    rows of that name."""
    name = request.GET["csv"]
    if name not in sheets:
        raise Http404(_("This page has no table of that name."))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{project.slug}-{page}-{name}.csv"'
    marks = what_is_simulated(project)
    rows = [row | marks for row in sheets[name]]
    writer = csv.writer(response)
    if rows:
        writer.writerow(rows[0])
        writer.writerows([plain_cell(value) for value in row.values()] for row in rows)
    return response

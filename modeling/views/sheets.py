"""A page's rows as a CSV file: `csv=NAME` in its address."""

import csv

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from modeling.reports.sheets import Sheet

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_of(request: HttpRequest, sheets: dict[str, Sheet], page: str) -> HttpResponse:
    """Raises Http404 where the page has no rows of that name."""
    name = request.GET["csv"]
    if name not in sheets:
        raise Http404(_("This page has no table of that name."))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{page}-{name}.csv"'
    rows = sheets[name]
    writer = csv.writer(response)
    if rows:
        writer.writerow(rows[0])
        writer.writerows([_safe(value) for value in row.values()] for row in rows)
    return response


def _safe(value: object) -> object:
    """A spreadsheet would run a cell that begins like a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value

"""What the dashboards show, from the same reports as their pages: months and versions, curves, two versions compared, parts of the loss.

A page falls back to what it knows where its address asks for something else; here that is refused with a reason.
"""

from typing import Any, TypeVar

from django import forms
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modeling.access import project_for
from modeling.api.dashboard_rows import (
    CompareQuery,
    CurvesQuery,
    CurvesSerializer,
    DashboardQuery,
    DashboardSerializer,
    LossesQuery,
    VersionComparisonSerializer,
    VersionLossesSerializer,
)
from modeling.forms import DashboardForm
from modeling.models import Project, Role
from modeling.reports import (
    DashboardChoices,
    compared_subgroups,
    comparison,
    curve_subjects,
    curves_report,
    dashboard,
    dashboard_choices,
    trained_versions,
    version_losses,
)
from modeling.reports.simulated import what_is_simulated
from modeling.version_forms import CompareForm, CurvesForm, LossesForm

Form = TypeVar("Form", bound=forms.Form)
TWO_ALIKE = "These are one and the same version. Choose two."


class DashboardView(APIView):
    @extend_schema(parameters=[DashboardQuery], responses=DashboardSerializer, summary="Measures by version and month, with what happened")
    def get(self, request: Request, slug: str) -> Response:
        """404 before any version was measured; 400 for what was not measured."""
        project, choices = _measured(request, slug)
        chosen = _checked(DashboardForm(request.query_params, choices=choices)).chosen()
        if chosen.first and chosen.last and chosen.first > chosen.last:
            raise ValidationError({"last": ["This month is before the first one."]})
        shown = dashboard(project=project, choices=choices, chosen=chosen)
        return Response(DashboardSerializer(shown, context=_context(project, chosen)).data)


class CurvesView(APIView):
    @extend_schema(parameters=[CurvesQuery], responses=CurvesSerializer, summary="ROC, confusion and calibration of a version, or of two")
    def get(self, request: Request, slug: str) -> Response:
        """404 before any version was measured; 400 for what was not measured."""
        project, choices = _measured(request, slug)
        subgroups, months = curve_subjects(choices.versions)
        chosen = _checked(CurvesForm(request.query_params, choices=choices, subgroups=subgroups, months=months)).chosen()
        report = curves_report(project=project, choices=choices, chosen=chosen, months=months)
        if chosen.against is not None and len(report.shown) < 2:
            raise ValidationError({"against": [TWO_ALIKE]})
        return Response(CurvesSerializer(report, context=_context(project, chosen)).data)


class CompareView(APIView):
    @extend_schema(parameters=[CompareQuery], responses=VersionComparisonSerializer, summary="Two versions, measure by measure")
    def get(self, request: Request, slug: str) -> Response:
        """404 before two versions were measured; 400 for what was not measured."""
        project, choices = _measured(request, slug)
        chosen = _checked(CompareForm(request.query_params, choices=choices, subgroups=compared_subgroups(choices.versions))).chosen()
        compared = comparison(project=project, choices=choices, chosen=chosen)
        if compared is None:
            raise NotFound("There is one measured version. Two can be compared as soon as a cycle has made a candidate.")
        if chosen.b not in (None, compared.b.number):
            raise ValidationError({"b": [TWO_ALIKE]})
        return Response(VersionComparisonSerializer(compared, context=_context(project, chosen)).data)


class LossesView(APIView):
    @extend_schema(parameters=[LossesQuery], responses=VersionLossesSerializer, summary="Parts of the loss over a version's training")
    def get(self, request: Request, slug: str) -> Response:
        """404 before the first training."""
        project = project_for(request.user, slug, Role.LEAD)
        versions = trained_versions(project)
        form = _checked(LossesForm(request.query_params, versions=versions))
        losses = version_losses(project=project, versions=versions, number=form.number)
        if losses is None:
            raise NotFound("There is no model version yet. Import comments and train the first one.")
        return Response(VersionLossesSerializer(losses, context=_context(project, None)).data)


def _measured(request: Request, slug: str) -> tuple[Project, DashboardChoices]:
    project = project_for(request.user, slug, Role.LEAD)
    choices = dashboard_choices(project)
    if not choices.versions:
        raise NotFound("No version has been measured yet. Have the one in use measured, or wait for the first cycle.")
    return project, choices


def _checked(form: Form) -> Form:
    if not form.is_valid():
        raise ValidationError(form.errors)
    return form


def _context(project: Project, chosen: Any) -> dict[str, Any]:
    return {"chosen": chosen, **what_is_simulated(project)}

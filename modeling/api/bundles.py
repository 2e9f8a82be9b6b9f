"""The sealed bundle of a cycle, as a stream."""

from django.http import FileResponse, Http404
from drf_spectacular.utils import OpenApiResponse, OpenApiTypes, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from modeling.access import project_for
from modeling.bodies import AnyAccept
from modeling.errors import NotSealedError
from modeling.models import Role
from modeling.take_out import open_bundle


class CycleBundle(APIView):
    content_negotiation_class = AnyAccept

    @extend_schema(
        responses={(200, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY, "The bundle; its SHA-256 stands in the header `X-SHA256`.")},
        summary="The sealed bundle of a decided cycle",
    )
    def get(self, request: Request, slug: str, number: int) -> FileResponse:
        """For admins, and written into the ledger. `manage.py replay_cycle` makes the verdict again from it. 404 while there is none."""
        project = project_for(request.user, slug, Role.ADMIN)
        cycle = project.cycles.filter(number=number).first()
        if cycle is None:
            raise Http404("No such cycle.")
        try:
            file, bundle = open_bundle(cycle=cycle, by=request.user)
        except NotSealedError as error:
            raise Http404(str(error)) from error
        headers = {"X-SHA256": bundle.sha256}
        return FileResponse(file, as_attachment=True, filename=f"{slug}-cycle-{number}.zip", content_type="application/zip", headers=headers)

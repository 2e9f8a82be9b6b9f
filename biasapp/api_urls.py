"""Everything below `/api/`: version 1 of the endpoints, the schema, and its page. The last two are for everybody: they say nothing of any project."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from biasapp.api import Nowhere

app_name = "api"

urlpatterns = [
    path("v1/", include("modeling.api.urls")),
    path("v1/", include("feedback.api.urls")),
    re_path(r"^v1/", Nowhere.as_view()),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="api/docs.html"), name="docs"),
]

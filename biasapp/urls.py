"""Every URL of the site."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from biasapp import views

handler403 = "biasapp.views.denied"

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.sign_in, name="login"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
    path("health/", views.health, name="health"),
    path("api/", include("biasapp.api_urls")),
    path("", include("modeling.urls")),
    path("", include("feedback.urls")),
]

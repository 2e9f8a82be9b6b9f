"""A person's client of the API, with their token."""

from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.get_or_create(user=user)[0].key}")
    client.default_format = "json"
    return client


def stranger() -> APIClient:
    """Somebody with an account and a token, but no project."""
    return client_of(User.objects.create_user("stranger", password="a long enough one"))

from django.test import RequestFactory

from biasapp.client_address import client_address


def test_behind_a_proxy_it_is_what_the_proxy_saw(settings) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 192.0.2.7")
    assert client_address(request) == "192.0.2.7"


def test_without_a_proxy_nobody_can_claim_another_address(settings) -> None:
    settings.SECURE_PROXY_SSL_HEADER = None
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR="6.6.6.6")) == "192.0.2.7"

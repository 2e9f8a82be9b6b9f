"""What keeps one test's requests out of the next one's database."""

from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db(transaction=True)


def status_of(live_server) -> int:
    connection = HTTPConnection(urlsplit(live_server.url).netloc, timeout=10)
    connection.request("GET", reverse("health"))
    return connection.getresponse().status


def test_a_request_that_comes_after_its_test_is_refused(live_server, traffic, requests_end):
    assert status_of(live_server) == 200
    assert traffic.close()
    assert status_of(live_server) == 500
    traffic.end()
    assert status_of(live_server) == 200

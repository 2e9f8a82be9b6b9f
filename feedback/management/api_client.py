"""A small client of the site's own token API, over one kept connection."""

import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import CommandError

TIMEOUT_SECONDS = 30


class ApiClient:
    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise CommandError(f"{url!r} is no address such as http://127.0.0.1:8000.")
        self.prefix = parts.path.rstrip("/") + "/api/v1/"
        self.address = f"{parts.scheme}://{parts.netloc}"
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self.connection = kind(parts.netloc, timeout=TIMEOUT_SECONDS)
        self.headers = {"Authorization": f"Token {token}", "Content-Type": "application/json", "Accept": "application/json"}

    def claim(self, round_id: int) -> dict[str, Any] | None:
        """A place to answer; None when nothing is left for this person, or when they are paused.

        Raises:
            CommandError: the site refuses, and as `post` does.
        """
        status, place = self.post(f"rounds/{round_id}/claim/")
        if status == 204 or (status == 409 and place["detail"].startswith("You are paused")):
            return None
        require(status == 200, "claim", status, place)
        return place

    def post(self, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Status and JSON of the answer. Sent again once when the connection breaks: the API is idempotent.

        Raises:
            CommandError: nobody answers, or only with a redirect or a fault of the server's.
        """
        try:
            status, content, elsewhere = self._send(path, body)
        except (HTTPException, OSError):
            self.connection.close()
            try:
                status, content, elsewhere = self._send(path, body)
            except (HTTPException, OSError) as error:
                raise CommandError(f"Nobody answers at {self.address} ({error}). Is the site running?") from error
        if elsewhere:
            raise CommandError(f"The site sends us from {self.address} to {elsewhere}. Give that address instead.")
        if status >= 500:
            raise CommandError(f"The site failed with status {status} at {path}. See its log.")
        return status, json.loads(content) if content else {}

    def _send(self, path: str, body: dict[str, Any] | None) -> tuple[int, bytes, str]:
        self.connection.request("POST", self.prefix + path, body=json.dumps(body or {}), headers=self.headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read(), answer.headers.get("Location", "") if 300 <= answer.status < 400 else ""


def require(went_well: bool, what: str, status: int, content: dict[str, Any]) -> None:
    if not went_well:
        raise CommandError(f"The site refused to {what} (status {status}): {content.get('detail', content)}")

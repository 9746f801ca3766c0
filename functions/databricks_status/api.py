"""Databricks' REST API, as much of it as the status needs: a login and the list of runs.

OAuth of a service principal: Databricks on AWS, "Authorize service principal access with OAuth".
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import urlencode

import urllib3

from functions.databricks_status.runs import Run

# Three tries of the login and of two jobs fit into one run of the function.
TIMEOUT = urllib3.Timeout(connect=3, read=5)
RETRIES = urllib3.Retry(
    total=2, backoff_factor=0.5, status_forcelist=(429, 500, 502, 503, 504), allowed_methods=None
)
PAGE = 25  # the most that the list takes
_OK = 200


class StatusError(Exception):
    """Databricks did not answer, or not as it should; the message says what was asked."""


class Workspace:
    """A workspace, logged in to. Raises `StatusError`."""

    def __init__(self, url: str, client_id: str, client_secret: str) -> None:
        self._url = url.rstrip("/")
        self._pool = urllib3.PoolManager(retries=RETRIES, timeout=TIMEOUT)
        basic = urllib3.make_headers(basic_auth=f"{client_id}:{client_secret}")
        fields = {"grant_type": "client_credentials", "scope": "all-apis"}
        form = {**basic, "Content-Type": "application/x-www-form-urlencoded"}
        answer = self._asked("POST", "/oidc/v1/token", form, body=urlencode(fields))
        if not (token := answer.get("access_token")):
            raise StatusError(f"POST {self._url}/oidc/v1/token gave no token")
        self._headers = {"Authorization": f"Bearer {token}"}

    def runs(self, job_id: str) -> Iterator[Run]:
        """Newest first, a page at a time as they are asked for. Not by their start: a stream that
        fails today may have begun a month ago.
        """
        fields = {"job_id": job_id, "limit": str(PAGE)}
        while True:
            page = self._asked("GET", "/api/2.1/jobs/runs/list", self._headers, fields=fields)
            yield from cast("list[Run]", page.get("runs") or [])
            if not (more := page.get("next_page_token")):
                return
            fields["page_token"] = str(more)

    def _asked(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        fields: Mapping[str, str] | None = None,
        body: str | None = None,
    ) -> dict[str, Any]:
        what = f"{method} {self._url}{path}"
        try:
            answer = self._pool.request(
                method, f"{self._url}{path}", headers=headers, fields=fields, body=body
            )
        except urllib3.exceptions.HTTPError as error:
            raise StatusError(f"{what}: no answer ({type(error).__name__})") from error
        if answer.status != _OK:  # never the body: that of a login may repeat what was sent
            raise StatusError(f"{what}: HTTP {answer.status}")
        try:
            found: object = json.loads(answer.data)
        except ValueError as error:
            raise StatusError(f"{what}: the answer is no JSON") from error
        if not isinstance(found, dict):
            raise StatusError(f"{what}: the answer is no JSON object")
        return cast("dict[str, Any]", found)

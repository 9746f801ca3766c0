"""The one issue of a stack's drift: opened, updated, and closed once the drift is over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from github import Auth, Github
from github.GithubException import GithubException
from requests.exceptions import RequestException

from automation import drift_report
from automation.errors import UserError
from automation.github import ACTIONS, GitHub, Published

if TYPE_CHECKING:
    from github.Issue import Issue

    from automation.drift_report import Told

_FORBIDDEN = 403


class Issues(Protocol):
    """Issues that are found again by a marker."""

    def upsert_issue(self, marker: str, title: str, body: str) -> Published: ...

    def close_issue(self, marker: str, body: str) -> Published:
        """Closes the open issue with the marker, giving it the text; none: `unchanged`."""
        ...


def tell(issues: Issues, told: Told) -> Published:
    """Open or update the stack's issue; close it once there is no drift. Raises `UserError`."""
    marker = f"<!-- shoptrend-drift:v1 stack={told.stack} -->"
    if told.drifted:
        return issues.upsert_issue(marker, drift_report.title(told), drift_report.body(told))
    return issues.close_issue(marker, drift_report.body(told))


@dataclass(frozen=True, kw_only=True)
class OnGitHub:
    """Issues of one repository. Only those of the token's own account: anyone may copy a marker."""

    there: GitHub

    def upsert_issue(self, marker: str, title: str, body: str) -> Published:
        return self.there.upsert_issue(marker, title, body)

    def close_issue(self, marker: str, body: str) -> Published:
        api = Github(
            auth=Auth.Token(self.there.token),
            base_url=self.there.url.rstrip("/"),
            per_page=100,
            lazy=True,
        )
        try:
            return _closed(api, self.there.repository, marker, body)
        except (GithubException, RequestException) as error:
            raise UserError(
                f"the drift issue in {self.there.repository} cannot be closed ({error}): give the "
                "job `issues: write`, or run again later"
            ) from None
        finally:
            api.close()


def _closed(api: Github, repository: str, marker: str, body: str) -> Published:
    # A name is documented to do; the annotation forgets it.
    mine: Iterable[Issue] = api.get_repo(repository).get_issues(
        state="open",
        creator=_login(api),  # pyright: ignore[reportArgumentType]
    )
    url = ""
    for issue in mine:
        if (issue.body or "").startswith(marker):
            issue.edit(body=f"{marker}\n{body}", state="closed", state_reason="completed")
            url = issue.html_url
    return Published(action="updated" if url else "unchanged", url=url)


def _login(api: Github) -> str:
    try:
        return api.get_user().login
    except GithubException as error:
        if error.status == _FORBIDDEN:  # the token of a workflow may not ask
            return ACTIONS
        raise

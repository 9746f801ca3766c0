"""Comments and issues on GitHub that stay one: found again by a hidden marker, and edited in place.

Every write is preceded by a look at what is there, also when it is tried again: a request whose
answer was lost may have been obeyed. The client library does pages and waits of reads.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from github import Auth, Github, GithubRetry
from github.GithubException import GithubException, RateLimitExceededException
from requests.exceptions import ConnectionError as LostConnectionError
from requests.exceptions import RetryError, Timeout

from automation.comment import BUDGET_BYTES, MARKER
from automation.errors import UserError

if TYPE_CHECKING:
    from github.Issue import Issue
    from github.IssueComment import IssueComment

    from automation.stack_report import Run

T = TypeVar("T")
API = "https://api.github.com"
# The author of what the token of a workflow writes; such a token may not ask who it is.
ACTIONS = "github-actions[bot]"
_MARKED = re.compile(rf"<!-- {re.escape(MARKER)} pr=(\d+) head=\S* run=(\d+)\.(\d+) -->")
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _UNPROCESSABLE = 401, 403, 404, 422
_TOO_MANY, _SERVER_ERROR = 429, 500
_SMALLEST_BUDGET = 3_000


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long to wait, in seconds. GitHub asks for a minute after a secondary rate limit, and for
    a second between writes (docs: best practices for using the REST API).
    """

    pauses: tuple[float, ...] = (2, 8, 30)
    """Before each further try after an error of the server or a lost answer."""
    rate_limit: float = 60
    longest: float = 600
    between_writes: float = 1
    timeout: float = 15


@dataclass(frozen=True, kw_only=True)
class Published:
    """What became of a comment or an issue: `created`, `updated`, `unchanged`, `older` (a later run
    has written already) or `refused`, and why.
    """

    action: str
    url: str = ""
    why: str = ""


@dataclass(kw_only=True)
class GitHub:
    """One repository, written to by one token."""

    repository: str
    """`owner/name`."""
    token: str = field(repr=False)
    url: str = API
    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        patience = self.patience
        self._api = Github(
            auth=Auth.Token(self.token),
            base_url=self.url.rstrip("/"),
            per_page=100,
            lazy=True,
            timeout=patience.timeout,  # pyright: ignore[reportArgumentType] (seconds may be a fraction)
            seconds_between_requests=0,
            seconds_between_writes=patience.between_writes,
            # Only reads: a write is tried again from its look-up on.
            retry=GithubRetry(
                total=len(patience.pauses),
                allowed_methods=frozenset({"GET"}),
                secondary_rate_wait=patience.rate_limit,
                max_rate_limit_wait=patience.longest,
                backoff_factor=patience.pauses[0] if patience.pauses else 0,
            ),
        )

    def upsert_comment(self, number: int, run: Run, body: Callable[[int], str]) -> Published:
        """Makes or edits the one comment of the pull request. `body` renders it within a budget.

        A later run's comment stays. A token that may not write, as on a fork's pull request, is no
        error: the action is `refused`. Raises `UserError` for a pull request that is not there, a
        token that is not valid, and a GitHub that does not recover.
        """
        budget = BUDGET_BYTES
        while True:
            text = body(budget)
            try:
                return self._persist(lambda text=text: self._comment(number, run, text))
            except GithubException as error:
                if error.status == _FORBIDDEN:
                    return Published(action="refused", why=_said(error))
                if not (error.status == _UNPROCESSABLE and "too long" in str(error.data)):
                    raise self._explained(error, f"pull request {number}") from None
                budget //= 2
                if budget < _SMALLEST_BUDGET:
                    raise self._explained(error, f"pull request {number}") from None

    def upsert_issue(self, marker: str, title: str, body: str) -> Published:
        """Makes or edits the one open issue whose text begins with `marker`, an HTML comment.

        Raises `UserError`.
        """
        text = f"{marker}\n{body}"
        try:
            return self._persist(lambda: self._issue(marker, title, text))
        except GithubException as error:
            raise self._explained(error, "the issues") from None

    def _comment(self, number: int, run: Run, text: str) -> Published:
        issue = self._api.get_repo(self.repository).get_issue(number)
        ours = self._ours(issue.get_comments(), run)
        if not ours:
            return Published(action="created", url=issue.create_comment(text).html_url)
        first, *others = ours
        newest = max(_written_by(comment) for comment in ours)
        if newest > (run.number, run.attempt):
            why = f"run {newest[0]}, attempt {newest[1]}, has written already"
            return Published(action="older", url=first.html_url, why=why)
        for twin in others:  # two runs at the same moment may both have found none
            twin.delete()
        if _same(first.body, text):
            return Published(action="unchanged", url=first.html_url)
        first.edit(text)
        return Published(action="updated", url=first.html_url)

    def _ours(self, comments: Iterable[IssueComment], run: Run) -> list[IssueComment]:
        """Of our own account only: anyone may copy a marker into a comment."""
        marked = [
            comment
            for comment in comments
            if (found := _MARKED.match(comment.body)) and int(found.group(1)) == run.pull_request
        ]
        login = self._login() if marked else ""
        return sorted((c for c in marked if c.user.login == login), key=lambda c: c.id)

    def _issue(self, marker: str, title: str, text: str) -> Published:
        repository = self._api.get_repo(self.repository)
        login = self._login()
        # A name is documented to do; the annotation forgets it.
        open_ones: Iterable[Issue] = repository.get_issues(
            state="open",
            creator=login,  # pyright: ignore[reportArgumentType]
        )
        found = next((one for one in open_ones if (one.body or "").startswith(marker)), None)
        if found is None:
            made = repository.create_issue(title=title, body=text)
            return Published(action="created", url=made.html_url)
        if found.title == title and _same(found.body or "", text):
            return Published(action="unchanged", url=found.html_url)
        found.edit(title=title, body=text)
        return Published(action="updated", url=found.html_url)

    def _login(self) -> str:
        try:
            return self._api.get_user().login
        except GithubException as error:
            if error.status == _FORBIDDEN:
                return ACTIONS
            raise

    def _persist(self, attempt: Callable[[], T]) -> T:
        problem = ""
        for pause in (*self.patience.pauses, None):
            try:
                return attempt()
            except GithubException as error:
                if isinstance(error, RateLimitExceededException) or error.status == _TOO_MANY:
                    asked = _asked_for(error, self.patience.rate_limit)
                    wait = min(asked, self.patience.longest)
                elif error.status < _SERVER_ERROR:
                    raise
                else:
                    wait = pause or 0
                problem = _said(error)
            except (LostConnectionError, RetryError, Timeout) as error:
                wait, problem = pause or 0, type(error).__name__
            if pause is None:
                break
            time.sleep(wait)
        raise UserError(
            f"GitHub at {self.url} does not take it after {len(self.patience.pauses) + 1} tries "
            f"({problem}); run again later"
        )

    def _explained(self, error: GithubException, what: str) -> UserError:
        if error.status == _UNAUTHORIZED:
            return UserError(f"GitHub at {self.url} refuses the token: set GITHUB_TOKEN to another")
        if error.status == _NOT_FOUND:
            return UserError(
                f"GitHub at {self.url} shows no {what} of {self.repository} to this token: check "
                "the name and the number, and that the token may read it"
            )
        return UserError(f"GitHub at {self.url} refuses to write {what}: {_said(error)}")


def _written_by(comment: IssueComment) -> tuple[int, int]:
    found = _MARKED.match(comment.body)
    return (int(found.group(2)), int(found.group(3))) if found else (0, 0)


def _same(held: str, wanted: str) -> bool:
    """GitHub trims a text's end, and gives back the line ends that a browser's editor left."""
    return held.replace("\r\n", "\n").rstrip() == wanted.rstrip()


def _said(error: GithubException) -> str:
    return f"{error.status}: {error.message or error.data}"


def _asked_for(error: GithubException, usual: float) -> float:
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if (after := headers.get("retry-after", "")).isdigit():
        return float(after)
    if headers.get("x-ratelimit-remaining") == "0":
        reset = headers.get("x-ratelimit-reset", "")
        return max(0.0, float(reset) - time.time()) + 1 if reset.isdigit() else usual
    return usual

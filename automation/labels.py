"""The labels of the pull request that brought a commit into its branch."""

from __future__ import annotations

from github import Auth, Github
from github.GithubException import GithubException
from requests.exceptions import RequestException

from automation.errors import UserError
from automation.github import API

SECONDS = 15


def of_merged(repository: str, commit: str, token: str, url: str | None = None) -> list[str]:
    """Sorted; of merged pull requests only, since anybody may open one that holds the commit.

    The token needs to read pull requests. Raises `UserError`: a label that cannot be read must not
    pass for one that is not there, or a promotion would stop and nobody would know why.
    """
    api = Github(
        auth=Auth.Token(token), base_url=(url or API).rstrip("/"), timeout=SECONDS, lazy=True
    )
    try:
        pulls = api.get_repo(repository).get_commit(commit).get_pulls()
        return sorted(
            {label.name for pull in pulls if pull.merged_at is not None for label in pull.labels}
        )
    except (GithubException, RequestException) as error:
        raise UserError(
            f"the labels of the pull request of {commit[:10]} in {repository} cannot be read "
            f"({error}): give the job `pull-requests: read`"
        ) from None
    finally:
        api.close()

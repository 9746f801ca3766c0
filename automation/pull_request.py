"""`comment`: the previews of a pull request's stacks, of two commits, as one comment.

Previews first, as files; then everything else over those files, so that a second job with a token
and no checkout of the pull request can do its half (`--from`). It leaves out whether the pull
request may be merged: the exit code says what the comment says.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from automation import checks, comment, comment_drift, previews
from automation.comment_options import Options, add_arguments, options
from automation.comment_sources import Source, Sources, sources
from automation.errors import Exit, UserError
from automation.stack_report import Run, StackReport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from automation.checks import Checks

__all__ = ["Options", "add_arguments", "options", "report", "run", "secrets_in"]
# GitHub takes a job summary of a mebibyte, and drops a larger one whole.
SUMMARY_BYTES = 1_000_000
_PLACE = re.compile(r"([\w.-]+/[\w.-]+)#(\d+)")
_SECRET_NAME = re.compile(r"token|secret|password|passphrase|credential|private|api_?key", re.I)
_SHORTEST_SECRET = 8  # a shorter value stands in ordinary text as well


def run(
    chosen: Options,
    console: Console,
    *,
    env: Mapping[str, str] = os.environ,
    made_by: Checks = checks.ALL,
) -> int:
    """Previews, writes `comment.md`, `summary.md`, `report.json`, and posts.

    Returns `Exit.FAILED` when a stack failed, `Exit.POLICY` for a mandatory violation, else 0:
    changes are what pull requests are for. Raises `UserError`.
    """
    place = _place(chosen.post)
    token = _token(env) if place else ""
    if chosen.made is None:
        shutil.rmtree(chosen.out, ignore_errors=True)  # an older result must not pass for this one
        chosen.out.mkdir(parents=True)
        if chosen.base:
            previews.make(chosen, console)
    found = sources(chosen, chosen.made or chosen.out, console)
    reports = [report(one, chosen, env, made_by) for one in found.stacks]
    this = _run(found, place, env)
    _write(chosen.out, this, reports, env)
    console.print(f"written: {chosen.out / 'comment.md'}", markup=False, soft_wrap=True)
    if chosen.json:
        print((chosen.out / "report.json").read_text(encoding="utf-8"), end="")  # noqa: T201 (for programs)
    if place:
        _post(chosen, this, reports, token, env, console)
    if any(one.failed or one.unchecked for one in reports):
        return Exit.FAILED
    return Exit.POLICY if any(one.mandatory for one in reports) else Exit.OK


def report(source: Source, chosen: Options, env: Mapping[str, str], made_by: Checks) -> StackReport:
    """What is known of a stack from its files, and what the checks say to it."""
    one, result = source.previewed, source.result
    # The official provider knows itself what it replaces.
    doubts = previews.doubts(result) if one.offline else []
    plain = StackReport(
        stack=one.stack,
        result=result,
        problem=one.problem,
        offline=one.offline,
        compared=one.compared,
        why_empty=one.why_empty,
        why_offline=source.why_offline,
        notes=(*one.notes, *doubts),
        drift=comment_drift.note(chosen.drift, one.stack, chosen.today) if chosen.drift else None,
        hidden=secrets_in(env),
    )
    if result is None or plain.failed:
        return plain
    unchecked: list[str] = []
    judged = note = None
    try:
        judged = made_by.policy and made_by.policy(result, one.stack, one.config, chosen.today)
    except UserError as error:
        unchecked.append(f"the policies could not be evaluated: {error}")
    try:
        note = made_by.cost and made_by.cost(result, one.stack, one.config)
    except UserError as error:
        unchecked.append(f"the cost could not be estimated: {error}")
    return replace(
        plain,
        policy_ran=judged is not None,
        violations=judged.violations if judged else (),
        not_evaluated=judged.not_evaluated if judged else 0,
        cost=note,
        unchecked=tuple(unchecked),
    )


def secrets_in(env: Mapping[str, str]) -> tuple[str, ...]:
    """Values that must not be shown, the longest first; CI masks them in its log only."""
    found = {
        value
        for name, value in env.items()
        if _SECRET_NAME.search(name) and len(value) >= _SHORTEST_SECRET and not value.isdecimal()
    }
    return tuple(sorted(found, key=lambda value: (-len(value), value)))


def _write(out: Path, this: Run, reports: Sequence[StackReport], env: Mapping[str, str]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    summary = comment.full(this, reports)
    if len(summary.encode()) > SUMMARY_BYTES:
        summary = comment.render(this, reports, budget=SUMMARY_BYTES)
    (out / "comment.md").write_text(comment.render(this, reports), encoding="utf-8")
    (out / "summary.md").write_text(summary, encoding="utf-8")
    text = json.dumps(comment.document(this, reports), indent=1, sort_keys=True, ensure_ascii=False)
    (out / "report.json").write_text(f"{text}\n", encoding="utf-8")
    if "GITHUB_STEP_SUMMARY" in env:
        with Path(env["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as file:
            file.write(summary)


def _post(
    chosen: Options,
    this: Run,
    reports: Sequence[StackReport],
    token: str,
    env: Mapping[str, str],
    console: Console,
) -> None:
    from automation import github

    repository, number = _place(chosen.post) or ("", 0)
    there = github.GitHub(
        repository=repository,
        token=token,
        url=chosen.api or env.get("GITHUB_API_URL") or github.API,
    )
    done = there.upsert_comment(
        number, this, lambda budget: comment.render(this, reports, budget=budget)
    )
    if done.action == "refused":
        said = f"not posted, the token may not write there ({done.why}); the text is in summary.md"
    else:
        said = f"comment {done.action}{f' ({done.why})' if done.why else ''}: {done.url}"
    console.print(said, markup=False, soft_wrap=True)


def _run(found: Sources, place: tuple[str, int] | None, env: Mapping[str, str]) -> Run:
    """Which run this is: of GitHub Actions by its variables, else the one with number 0."""
    number = env.get("GITHUB_RUN_ID", "0")
    server, repository = env.get("GITHUB_SERVER_URL"), env.get("GITHUB_REPOSITORY")
    return Run(
        pull_request=place[1] if place else 0,
        head=found.head,
        base=found.base,
        number=int(number),
        attempt=int(env.get("GITHUB_RUN_ATTEMPT", "1")),
        url=f"{server}/{repository}/actions/runs/{number}" if server and repository else "",
    )


def _place(post: str) -> tuple[str, int] | None:
    if not post:
        return None
    found = _PLACE.fullmatch(post)
    if not found:
        raise UserError(f"--post {post}: it names a pull request as owner/name#number")
    return found.group(1), int(found.group(2))


def _token(env: Mapping[str, str]) -> str:
    token = env.get("GITHUB_TOKEN", "")
    if not token:
        raise UserError("--post needs a token that may write comments: set GITHUB_TOKEN")
    return token

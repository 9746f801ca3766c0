"""The files of a commit in a folder of their own, and a process that runs its program.

The program of a pull request is code from outside. Its process gets no variable of ours but the
few named here, so no token and no credential; it works offline (`automation.baseline`). It is no
sandbox: a hostile program may lie about itself, and do to the machine what the job's user may.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from automation.errors import ROOT, UserError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

# What a process needs to start and to write its files. HOME is replaced further on.
PASSED_ON = ("LANG", "LC_ALL", "LC_CTYPE", "PATH", "PYTHONUTF8", "SYSTEMROOT", "TMPDIR", "TZ")
# A stack previews in seconds; a program that hangs must not hold a runner for hours.
SECONDS = 900
# `automation` and `local` are ours, everything else is the commit's: what that lacks must be
# missing, and not be found in our own checkout.
_START = """
import sys
tooling, checkout = sys.argv[1:3]
sys.path.insert(0, tooling)
import automation, local
sys.path[0] = checkout
from automation import baseline
sys.exit(baseline.main(sys.argv[2:]))
"""


def commit(ref: str, root: Path = ROOT) -> str:
    """The commit's full id. Raises `UserError` for a name that git does not know."""
    try:
        return _git(
            root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"
        )
    except subprocess.CalledProcessError:
        raise UserError(
            f"git knows no commit {ref!r} here: fetch it (`git fetch origin {ref}`), "
            "or name another"
        ) from None


def fork_point(base: str, head: str, root: Path = ROOT) -> str:
    """The commit that both come from: compared with it, `head` shows its own changes only.

    `base` itself where git can't tell, as in a shallow clone.
    """
    try:
        return _git(root, "merge-base", base, head)
    except subprocess.CalledProcessError:
        return base


@contextmanager
def checked_out(commit_id: str, root: Path = ROOT) -> Generator[Path]:
    """A folder with the commit's files, until the block ends. Hooks do not run."""
    with tempfile.TemporaryDirectory(prefix="commit-") as folder:
        tree = Path(folder) / "tree"
        _git(root, "worktree", "add", "--detach", "--force", str(tree), commit_id)
        try:
            yield tree
        finally:
            _git(root, "worktree", "remove", "--force", str(tree))


def run(tree: Path, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Runs `automation.baseline` on the program in `tree`. Raises `subprocess.TimeoutExpired`."""
    return subprocess.run(  # noqa: S603 (our own interpreter and module)
        [sys.executable, "-P", "-c", _START, str(ROOT), str(tree), *arguments],
        cwd=tree,
        env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603
        ["git", "-c", "core.hooksPath=/dev/null", *arguments],  # noqa: S607 (git from PATH)
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()

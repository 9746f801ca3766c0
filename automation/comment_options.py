"""What the command line says of a comment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from automation.errors import ROOT, ConfigurationError

if TYPE_CHECKING:
    import argparse

OUT = ROOT / "out" / "comment"


@dataclass(frozen=True, kw_only=True)
class Options:
    """One command, read."""

    base: str = ""
    head: str = "HEAD"
    stacks: tuple[str, ...] = ()
    """Empty: all of the head commit but those that live in the emulator."""
    made: Path | None = None
    """A folder with previews that are made already."""
    cloud: Path | None = None
    """A folder with previews against the state of stacks: they come before those of commits."""
    drift: Path | None = None
    """A folder with the newest looks for drift."""
    json: bool = False
    post: str = ""
    """`owner/name#number`."""
    api: str = ""
    out: Path = OUT
    root: Path = ROOT
    today: date = field(default_factory=lambda: datetime.now(tz=UTC).date())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--base", default="", help="the commit or branch that is compared with")
    source.add_argument("--from", dest="made", type=Path, help="take the previews in this folder")
    parser.add_argument(
        "--cloud",
        type=Path,
        help="and those against the state, as `preview` left them in out/cloud",
    )
    parser.add_argument(
        "--drift", type=Path, help="the folder with <stack>/drift.json of the newest look"
    )
    parser.add_argument("--head", default="HEAD", help="the commit that is previewed")
    parser.add_argument(
        "--stacks", default="", help="comma-separated; all but those in an emulator"
    )
    parser.add_argument("--post", default="", help="write the comment to owner/name#number")
    parser.add_argument("--api", default="", help="GitHub's address, if not $GITHUB_API_URL")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the files")


def options(parsed: argparse.Namespace) -> Options:
    """Raises `ConfigurationError`."""
    if not (parsed.base or parsed.made or parsed.cloud):
        raise ConfigurationError(
            "a comment needs previews: --base COMMIT makes them, --from and --cloud take those of "
            "a folder"
        )
    return Options(
        base=parsed.base,
        head=parsed.head,
        stacks=tuple(name for name in parsed.stacks.split(",") if name),
        made=parsed.made,
        cloud=parsed.cloud,
        drift=parsed.drift,
        json=parsed.json,
        post=parsed.post,
        api=parsed.api,
        out=parsed.out,
    )

"""The engine, a small program in a git repository, and GitHub."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from automation.engine import VERSION, Engine
from tests.comment.github_api import serving
from tests.provider.stacks import close_what_failed_runs_left


@pytest.fixture(scope="session")
def found_engine():
    found = shutil.which("pulumi")
    if not found:
        pytest.skip("no Pulumi engine: put `pulumi` on the PATH (make engine)")
    return Engine(path=Path(found), version=VERSION, source="PATH")


@pytest.fixture
def engine(found_engine):
    yield found_engine
    close_what_failed_runs_left()


@pytest.fixture
def world():
    with serving() as world:
        yield world


class Repository:
    """A git repository; `commit` answers the id of the commit it makes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")
        for key, value in (("user.name", "Tess"), ("user.email", "tess@shop.example")):
            self.git("config", key, value)

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str | None] | None = None) -> str:
        for name, text in (files or {}).items():
            path = self.folder / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=change")
        return self.git("rev-parse", "HEAD")


SMALL = {
    "Pulumi.yaml": "name: shop\nruntime: python\n",
    "Pulumi.dev.yaml": "config:\n  aws:region: eu-west-1\n  shop:stream: {shards: 1}\n",
    "settings.py": """
class BadSettings(Exception): ...
class Settings:
    def __init__(self, sections): self.shards = sections["stream"]["shards"]
def parse(stack, sections):
    if sections["stream"]["shards"] < 1:
        raise BadSettings(f"Pulumi.{stack}.yaml: shop:stream.shards must be 1 or more")
    return Settings(sections)
def check_guard(settings, accounts, region): ...
def load(): ...
""",
    "program.py": """
import pulumi_aws as aws
def build(settings):
    stream = aws.kinesis.Stream("stream", name="events", shard_count=settings.shards)
    return {"stream": stream.name}
""",
}


@pytest.fixture
def small(tmp_path):
    """A program of one stream, in its first commit."""
    repository = Repository(tmp_path / "repository")
    repository.commit(SMALL)
    return repository

"""An image is built and pushed once for a commit, and only of what is committed."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from automation import image
from automation.errors import ROOT, ConfigurationError, UserError

BUILDER = """#!{python}
import json, sys
text = sys.stdin.read() if "--password-stdin" in sys.argv else ""
with open({log!r}, "a") as file:
    file.write(json.dumps([sys.argv[1:], text]) + "\\n")
sys.exit({ends} if sys.argv[1] == "build" else 0)
"""


class Registry:
    def __init__(self, *, tags=(), exists=True):
        self.tags, self.exists = tags, exists

    def describe_images(self, *, repositoryName, imageIds):  # noqa: N803 (boto3's)
        assert repositoryName == "shoptrend-dev-airflow"
        ((tag,),) = (one.values() for one in imageIds)
        if tag not in self.tags:
            code = "ImageNotFoundException" if self.exists else "RepositoryNotFoundException"
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeImages")

    def get_authorization_token(self):
        token = base64.b64encode(b"AWS:let me in").decode()
        return {"authorizationData": [{"authorizationToken": token}]}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with one commit, holding dev's stack file and a source of the image."""
    root = tmp_path / "clone"
    (root / "jobs").mkdir(parents=True)
    (root / "jobs" / "one.py").write_text("")
    (root / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
    (root / "Pulumi.dev.yaml").write_text((ROOT / "Pulumi.dev.yaml").read_text())
    git = ["git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@b.example"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *words], check=True)
    return root


@pytest.fixture
def docker(tmp_path: Path, monkeypatch):
    """Puts a `docker` on PATH that notes what it is told; its build ends with the code given."""
    log = tmp_path / "log"

    def install(ends: int = 0):
        file = tmp_path / "bin" / "docker"
        file.parent.mkdir()
        file.write_text(BUILDER.format(python=sys.executable, log=str(log), ends=ends))
        file.chmod(0o755)
        monkeypatch.setenv("PATH", f"{file.parent}:/usr/bin:/bin")
        return lambda: [json.loads(line) for line in log.read_text().splitlines()]

    return install


def push(clone: Path, registry: Registry) -> str:
    return image.push("dev", lambda _said: None, root=clone, client=lambda *_: registry)


def _tag(clone: Path) -> str:
    head = ["git", "-C", str(clone), "rev-parse", "--short=12", "HEAD"]
    return (
        f"3.2.2-{subprocess.run(head, capture_output=True, text=True, check=True).stdout.strip()}"
    )


def test_it_is_built_from_the_root_and_pushed_under_version_and_commit(clone, docker):
    told = docker()
    pushed = push(clone, Registry())
    registry = "111111111111.dkr.ecr.eu-west-1.amazonaws.com"
    assert pushed == f"{registry}/shoptrend-dev-airflow:{_tag(clone)}"
    (build, _), (login, given), (pushing, _) = told()
    assert build[0] == "build"
    assert build[build.index("--file") + 1] == "docker/airflow/Dockerfile"
    assert build[build.index("--tag") + 1] == pushed
    assert build[-1] == "."
    assert login == ["login", "--username", "AWS", "--password-stdin", registry]
    assert given == "let me in"
    assert pushing == ["push", pushed]


def test_what_the_registry_has_is_not_built_again(clone, docker, monkeypatch):
    docker()
    assert push(clone, Registry(tags=(_tag(clone),))).endswith(_tag(clone))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")  # nor is anybody asked to build it


def test_a_change_that_is_not_committed_is_refused_by_name(clone, docker):
    docker()
    (clone / "jobs" / "one.py").write_text("changed")
    with pytest.raises(UserError, match=r"jobs/one\.py is changed and not committed"):
        push(clone, Registry())


def test_a_build_that_fails_pushes_nothing(clone, docker):
    told = docker(ends=3)
    with pytest.raises(UserError, match="build ended with 3"):
        push(clone, Registry())
    assert [words[0] for words, _ in told()] == ["build"]


def test_without_a_repository_the_bootstrap_is_named(clone, docker):
    docker()
    with pytest.raises(UserError, match="make bootstrap STACK=dev"):
        push(clone, Registry(exists=False))


def test_without_a_builder_both_are_named(clone, monkeypatch, tmp_path):
    (tmp_path / "git").symlink_to("/usr/bin/git")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="neither docker nor podman"):
        push(clone, Registry())


def test_a_stack_without_a_registry_is_told_how_to_get_one(clone):
    file = clone / "Pulumi.dev.yaml"
    switched_off = file.read_text().replace(
        "shop:images: {enabled: true", "shop:images: {enabled: false"
    )
    assert switched_off != file.read_text()
    file.write_text(switched_off)
    with pytest.raises(ConfigurationError, match=r"images\.enabled is false in Pulumi\.dev\.yaml"):
        push(clone, Registry())

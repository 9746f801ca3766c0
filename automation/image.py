"""`python -m automation image`: builds the image of the pipelines and pushes it to the registry
that `bootstrap` made.

The tag is the version of Airflow and the commit, and it can be pushed once: the registry takes no
second image under a tag. What to write into the stack file is printed; nothing is deployed. It
needs Docker, or Podman, which answers to the same words.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, cast

from automation import stackfile
from automation.backend import Login
from automation.errors import ROOT, ConfigurationError, Exit, UserError
from components.naming import Site

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path

    from rich.console import Console

BUILDERS = ("docker", "podman")
DOCKERFILE = "docker/airflow/Dockerfile"
# What ends up in the image; a tag that names a commit must hold what the commit holds.
SOURCES = ("contract", "docker", "jobs", "pipelines", "warehouse", "requirements-airflow.lock")


def command(options: argparse.Namespace, console: Console) -> Exit:
    for stack in options.stack:
        image = push(stack, console.print)
        console.print(f"pushed: {image}\nwrite it into Pulumi.{stack}.yaml, where `image:` stands")
    return Exit.OK


def push(
    stack: str,
    say: Callable[[str], None],
    *,
    root: Path = ROOT,
    client: Callable[[str], Any] | None = None,
) -> str:
    """The image's address with its tag; builds nothing if the registry has it already.

    Raises `UserError`: no builder, changes that are not committed, no registry, a build that fails.
    """
    site, version = _site(stack, root)
    commit = _commit(root)
    repository, tag = site.name("ecr", "airflow"), f"{version}-{commit}"
    registry = f"{site.account_id}.dkr.ecr.{site.region}.amazonaws.com"
    image = f"{registry}/{repository}:{tag}"
    login = Login(region=site.region, account_id=site.account_id)
    ecr = (client or login.client)("ecr")
    if _is_there(ecr, repository, tag, site):
        say(f"{image} is there already")
        return image
    builder = next((found for word in BUILDERS if (found := shutil.which(word))), None)
    if builder is None:
        raise UserError(
            f"neither {' nor '.join(BUILDERS)} is on PATH: install one, or push from a machine "
            "that has it"
        )
    say(f"building {image}")
    build = [builder, "build", "--file", DOCKERFILE, "--platform", "linux/amd64"]
    _run([*build, "--build-arg", f"AIRFLOW_VERSION={version}", "--tag", image, "."], root)
    say("pushing it")
    user, password = _login(ecr)
    _run([builder, "login", "--username", user, "--password-stdin", registry], root, password)
    _run([builder, "push", image], root)
    return image


def _site(stack: str, root: Path) -> tuple[Site, str]:
    """Where the stack lives, and its version of Airflow."""
    from components.airflow.config import AirflowConfig
    from settings import PlatformConfig

    config = stackfile.read(stack, root)["config"]
    platform = PlatformConfig.model_validate(config["shop:platform"])
    site = Site(
        prefix=platform.prefix,
        env=stack,
        account_id=platform.account_id,
        region=platform.region,
    )
    if not config.get("shop:images", {}).get("enabled"):
        raise ConfigurationError(
            f"images.enabled is false in Pulumi.{stack}.yaml: there is no registry to push to; set "
            f"it to true and run `make bootstrap STACK={stack}`"
        )
    default = AirflowConfig.model_fields["airflow_version"].default
    return site, config.get("shop:airflow", {}).get("airflow_version", default)


def _commit(root: Path) -> str:
    git = ["git", "-C", str(root)]
    changed = _read([*git, "status", "--porcelain", "--", *SOURCES])
    if changed:
        raise UserError(
            f"{changed.splitlines()[0].split()[-1]} is changed and not committed: a tag names a "
            "commit, so commit first"
        )
    return _read([*git, "rev-parse", "--short=12", "HEAD"]).strip()


def _is_there(ecr: Any, repository: str, tag: str, site: Site) -> bool:  # noqa: ANN401
    from botocore.exceptions import ClientError

    try:
        ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])
    except ClientError as error:
        code = cast("dict[str, Any]", error.response)["Error"]["Code"]
        if code == "ImageNotFoundException":
            return False
        if code == "RepositoryNotFoundException":
            raise UserError(
                f"there is no repository {repository} in {site.account_id}, {site.region}: run "
                f"`make bootstrap STACK={site.env}`, or log in to that account"
            ) from None
        raise UserError(f"{repository}: {error}") from None
    return True


def _login(ecr: Any) -> tuple[str, str]:  # noqa: ANN401 (boto3 has no types)
    (granted,) = ecr.get_authorization_token()["authorizationData"]
    user, _, password = base64.b64decode(granted["authorizationToken"]).decode().partition(":")
    return user, password


def _run(command: list[str], root: Path, secret: str | None = None) -> None:
    """Output goes where ours goes: a build takes minutes and says what it does."""
    done = subprocess.run(command, cwd=root, input=secret, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise UserError(f"{command[0]} {command[1]} ended with {done.returncode}: see above")


def _read(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise UserError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout

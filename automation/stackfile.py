"""Stack files as the runner sees them: which stacks there are, and whether one lives in the
emulator.

It reads `Pulumi.<stack>.yaml`; what the values mean is the program's business (`settings.py`).
"""

from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import yaml

from automation.errors import ROOT, ConfigurationError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def stacks(root: Path = ROOT) -> list[str]:
    """The stacks that have a file."""
    return sorted(path.name.split(".")[1] for path in root.glob("Pulumi.*.yaml"))


def read(stack: str, root: Path = ROOT) -> dict[str, Any]:
    """The stack file as plain values; raises `ConfigurationError` for one that is not there or is
    not YAML.
    """
    path = root / f"Pulumi.{stack}.yaml"
    if stack not in stacks(root):
        raise ConfigurationError(
            f"there is no stack {stack!r}: Pulumi.{stack}.yaml does not exist; "
            f"choose one of {', '.join(stacks(root))}"
        )
    try:
        document: object = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path.name} is not YAML: {error}") from None
    stack_file = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    if not isinstance(stack_file.get("config"), dict):
        raise ConfigurationError(f"{path.name} has no `config:` section; see docs/configuration.md")
    return stack_file


def emulator_url(stack_file: dict[str, Any]) -> str | None:
    """The address of the emulator when the stack's AWS endpoints are on loopback, else None."""
    for services in cast("list[dict[str, str]]", stack_file["config"].get("aws:endpoints") or []):
        for url in services.values():
            parts = urlsplit(url)
            if parts.hostname in LOOPBACK:
                return f"{parts.scheme}://{parts.netloc}"
    return None


def with_emulator_at(stack_file: dict[str, Any], url: str) -> dict[str, Any]:
    """The same stack file with every endpoint at `url`."""
    config = dict(stack_file["config"])
    config["aws:endpoints"] = [
        dict.fromkeys(services, url)
        for services in cast("list[dict[str, str]]", config["aws:endpoints"])
    ]
    return {**stack_file, "config": config}

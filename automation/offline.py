"""What keeps an offline run to itself: its environment, its project folder, its placeholders.

The engine and the program get no variable that names a credential, a proxy or a backend, an empty
home folder, and a state in a folder that ends with the run.
"""

from __future__ import annotations

import json
import os
import re
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import yaml

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    import settings

# Nothing is kept that it could guard.
PASSPHRASE = "offline"  # noqa: S105
# What stands for an encrypted value, whose key is not at hand. An address, because those are the
# values that stacks encrypt; a value of another form is refused by its own rule.
PLACEHOLDER = "https://encrypted.invalid/not-read-offline"
_FOREIGN = re.compile(r"^(AWS_|PULUMI_|KUBE|HELM_|.*_PROXY$|BOTO)", re.IGNORECASE)
# The engine's own entries for decrypting: here they would want a key or a passphrase.
_SECRETS_ENTRIES = ("encryptionsalt", "encryptedkey", "secretsprovider")


@contextmanager
def environment(home: Path) -> Generator[None]:
    """Within the block no variable leads to an account, a cluster or a backend."""
    before = dict(os.environ)
    for name in [name for name in os.environ if _FOREIGN.match(name)]:
        del os.environ[name]
    os.environ |= {
        "HOME": str(home),
        # A name that leads nowhere is better than the default place in a home folder.
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "KUBECONFIG": os.devnull,
    }
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def engine_environment(home: Path, state: Path, ports: Mapping[str, int]) -> dict[str, str]:
    """Variables for the engine. A backend named here comes before any in a project file."""
    return {
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_DEBUG_PROVIDERS": ",".join(f"{name}:{port}" for name, port in ports.items()),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_HOME": str(home / "pulumi"),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }


def project(name: str, stack_file: Mapping[str, Any], root: Path, home: Path) -> Path:
    """A copy of the project files, with the stack's configuration as it stands.

    A backend or plugins that the project file names stay out of it.
    """
    work_dir = home / "project"
    work_dir.mkdir(parents=True, exist_ok=True)
    document: dict[str, Any] = yaml.safe_load((root / "Pulumi.yaml").read_text())
    for entry in ("backend", "plugins"):
        document.pop(entry, None)
    (work_dir / "Pulumi.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    kept = {key: value for key, value in stack_file.items() if key not in _SECRETS_ENTRIES}
    (work_dir / f"Pulumi.{name}.yaml").write_text(yaml.safe_dump(kept, sort_keys=False))
    return work_dir


def without_secrets(stack_file: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The stack file with a placeholder for each encrypted value, and where those stood."""
    places: list[str] = []

    def replaced(value: object, path: str) -> object:
        if isinstance(value, dict):
            entries = cast("dict[str, object]", value)
            if set(entries) == {"secure"}:
                places.append(path)
                return PLACEHOLDER
            return {
                key: replaced(item, f"{path}.{key}" if path else key)
                for key, item in entries.items()
            }
        if isinstance(value, list):
            items = cast("list[object]", value)
            return [replaced(item, f"{path}[{index}]") for index, item in enumerate(items)]
        return value

    return {**stack_file, "config": replaced(stack_file["config"], "")}, places


def urns(state: Path, project: str, stack: str) -> frozenset[str]:
    """The URNs in a stack's state of the file backend in the folder `state`."""
    file = state / ".pulumi" / "stacks" / project / f"{stack}.json"
    latest: dict[str, Any] = json.loads(file.read_text())["checkpoint"].get("latest") or {}
    return frozenset(resource["urn"] for resource in latest.get("resources") or ())


def with_layers(
    loaded: settings.Settings, root: Path, home: Path
) -> tuple[settings.Settings, list[str]]:
    """The settings with an empty archive for each Lambda layer that is not built, and which."""
    missing: list[str] = []
    update: dict[str, Any] = {}
    for section in ("consumer", "producer", "data_validator"):
        config = getattr(loaded, section, None)
        if config is None or config.layer_zip is None or (root / config.layer_zip).exists():
            continue
        empty = home / f"{section}-layer.zip"
        with zipfile.ZipFile(empty, "w"):
            pass
        if config.layer_zip not in missing:  # two functions may share one
            missing.append(config.layer_zip)
        update[section] = config.model_copy(update={"layer_zip": str(empty)})
    return (loaded.model_copy(update=update) if update else loaded), missing

"""Stacks on the real engine with the provider in this process, for the contract tests."""

import contextlib
import gc
import json
from dataclasses import dataclass
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from types import CoroutineType

import pulumi
from pulumi import automation as auto

from local.provider.server import Provider


@dataclass(kw_only=True)
class Bench:
    """Makes stacks in one folder, against one provider and one emulator."""

    folder: Path
    provider: Provider
    endpoints: dict[str, str]

    def stack(self, program, *, name: str = "local", **config) -> auto.Stack:
        """A new stack, in a project of its own for each program."""
        project = program.__name__.replace("_", "-")
        environment = {
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_DEBUG_PROVIDERS": f"aws:{self.provider.port}",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            # Half of the engine's time goes into saving the state after each step.
            "PULUMI_EXPERIMENTAL": "true",
            "PULUMI_SKIP_CHECKPOINTS": "true",
        }
        work_dir = self.folder / project
        work_dir.mkdir(exist_ok=True)
        settings = auto.ProjectSettings(
            name=project, runtime="python", backend=auto.ProjectBackend(url=f"file://{work_dir}")
        )
        # Written, not set: each `config set` costs half a second. JSON is YAML.
        written = {"aws:region": "eu-west-1", "aws:endpoints": [self.endpoints], **config}
        (work_dir / f"Pulumi.{name}.yaml").write_text(json.dumps({"config": written}))
        return auto.create_stack(
            stack_name=name,
            project_name=project,
            program=program,
            opts=auto.LocalWorkspaceOptions(
                work_dir=str(work_dir), env_vars=environment, project_settings=settings
            ),
        )


def sdk_class(type_: str) -> type[pulumi.CustomResource]:
    """`aws:lambda/alias:Alias` → `pulumi_aws.lambda_.Alias`."""
    module = type_.removeprefix("aws:").partition("/")[0]
    found = import_module(f"pulumi_aws.{module}_" if iskeyword(module) else f"pulumi_aws.{module}")
    return getattr(found, type_.rpartition(":")[2])


def close_what_failed_runs_left() -> None:
    """The Automation API leaves the coroutine of a failed run pending.

    Collected at a bad moment (inside `ast.parse`, say) it brings CPython 3.11 down with a
    SystemError.
    """
    for thing in gc.get_objects():
        if isinstance(thing, CoroutineType) and thing.__qualname__ == "run_in_stack":
            with contextlib.suppress(RuntimeError):
                thing.close()


_QUIET = (auto.OpType.SAME, auto.OpType.READ)


def changes(stack: auto.Stack) -> dict[str, tuple[str, list[str]]]:
    """Name → (operation, changed properties) of what a run would change."""
    found: dict[str, tuple[str, list[str]]] = {}

    def note(event):
        if event.resource_pre_event and event.resource_pre_event.metadata.op not in _QUIET:
            step = event.resource_pre_event.metadata
            properties = sorted(step.detailed_diff or {})
            found.setdefault(step.urn.rpartition("::")[2], (step.op.value, properties))

    stack.preview(on_event=note)
    return found

"""Stacks on the real engine with the provider in this process, for the contract tests."""

import json
from dataclasses import dataclass
from pathlib import Path

from pulumi import automation as auto

from local.provider.server import Provider


@dataclass(kw_only=True)
class Bench:
    """Makes stacks in one folder, against one provider and one emulator."""

    folder: Path
    provider: Provider
    endpoints: dict[str, str]

    def stack(self, program, *, name: str = "local", **config: str) -> auto.Stack:
        """A stack of its own project for each program; the same program gives the same stack."""
        project = program.__name__.replace("_", "-")
        environment = {
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_DEBUG_PROVIDERS": f"aws:{self.provider.port}",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        work_dir = self.folder / project
        work_dir.mkdir(exist_ok=True)
        settings = auto.ProjectSettings(
            name=project, runtime="python", backend=auto.ProjectBackend(url=f"file://{work_dir}")
        )
        stack = auto.create_or_select_stack(
            stack_name=name,
            project_name=project,
            program=program,
            opts=auto.LocalWorkspaceOptions(
                work_dir=str(work_dir),
                env_vars=environment,
                project_settings=settings,
            ),
        )
        stack.set_all_config(
            {
                key: auto.ConfigValue(value)
                for key, value in {
                    "aws:region": "eu-west-1",
                    "aws:accessKey": "000000000000",
                    "aws:secretKey": "test",
                    "aws:endpoints": json.dumps([self.endpoints]),
                    **config,
                }.items()
            }
        )
        return stack


def changes(stack: auto.Stack) -> dict[str, tuple[str, list[str]]]:
    """Name → (operation, changed properties) of what a run would change."""
    found: dict[str, tuple[str, list[str]]] = {}

    def note(event):
        if event.resource_pre_event and event.resource_pre_event.metadata.op != auto.OpType.SAME:
            step = event.resource_pre_event.metadata
            properties = sorted(step.detailed_diff or {})
            found.setdefault(step.urn.rpartition("::")[2], (step.op.value, properties))

    stack.preview(on_event=note)
    return found

"""The work of pipelines that is ours: one command a step, for one day.

A command replaces what it wrote for the same day before, says in one sentence what it did, and
raises `CommandFailed` in one sentence when it could not. `__main__` runs one on a command line,
`handler` in a function of Lambda.
"""

from collections.abc import Callable
from importlib import import_module

from pipelines.commands.work import CommandFailed, Work

__all__ = ["COMMANDS", "CommandFailed", "Work", "run"]

# Where each is: a module loads what it needs (pyarrow, DuckDB, dbt), and only one is run.
COMMANDS = {
    "order_etl": "order_files:run",
    "crm_etl": "crm:run",
    "cdc_merge": "changes:merge",
    "dbt_build": "gold:run",
    "freshness": "freshness:run",
    "cdc_reconcile": "changes:reconcile",
    "order_reconcile": "reconcile:run",
    "maintain": "maintain:run",
}


def run(command: str, work: Work) -> str:
    """What the command says it did; raises `CommandFailed`, also for a name that is no command."""
    if command not in COMMANDS:
        raise CommandFailed(f"{command!r} is no command: one of {', '.join(COMMANDS)}")
    module, _, function = COMMANDS[command].partition(":")
    call: Callable[[Work], str] = getattr(import_module(f"pipelines.commands.{module}"), function)
    return call(work)

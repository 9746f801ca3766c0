"""The recorded graph of the committed stack files, for tests."""

from functools import cache
from typing import Any

import bootstrap
from automation import stackfile
from automation.errors import ROOT
from automation.graph import command
from automation.recording import Graph, Node, as_config, record

__all__ = [
    "FOUNDATION",
    "ROOT",
    "STACKS",
    "Graph",
    "Node",
    "record",
    "recorded",
    "stack_config",
    "stack_file",
]

STACKS = stackfile.stacks()


FOUNDATION = command.Source(
    project=bootstrap.PROJECT,
    build=lambda stack, sections: bootstrap.build(bootstrap.parse(stack, sections)),
)


@cache
def recorded(stack: str, source: command.Source = command.PLATFORM) -> Graph:
    """The graph of a committed stack file; once is enough, nobody changes it."""
    return command.recorded(stack, source=source)


def stack_file(stack: str) -> dict[str, Any]:
    """The `config:` of the committed stack file, as plain values."""
    return stackfile.read(stack)["config"]


def stack_config(stack: str) -> dict[str, str]:
    """The same as the engine hands it to the program."""
    return as_config(stack_file(stack))

"""`python -m automation graph`: the resource graph of a stack as JSON, Mermaid or SVG.

The program runs under mocks: it takes a second, and no engine, account or network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

import program
import settings
from automation import offline, stackfile
from automation.errors import ROOT, ConfigurationError, UserError
from automation.graph.document import as_json
from automation.graph.mermaid import mermaid
from automation.graph.picture import picture
from automation.graph.svg import svg
from automation.recording import Graph, as_config, record

if TYPE_CHECKING:
    from pathlib import Path

NAMESPACE = "shop"


@dataclass(frozen=True, kw_only=True)
class Source:
    """A program to draw. `build` registers everything; it is given the stack's name and its
    sections by name, as plain values, an encrypted one as a placeholder.
    """

    project: str
    build: Callable[[str, Mapping[str, Any]], object]


PLATFORM = Source(project=NAMESPACE, build=lambda _stack, _sections: program.build(settings.load()))

FORMATS: Mapping[str, Callable[[Graph, str], str]] = {
    "json": as_json,
    "mermaid": lambda graph, stack: mermaid(picture(graph, stack)),
    "svg": lambda graph, stack: svg(picture(graph, stack)),
}


def run(
    stack: str,
    format_: str,
    out: Path | None = None,
    *,
    source: Source = PLATFORM,
    root: Path = ROOT,
) -> str:
    """What the command prints: the document, or where it was written to if `out` is a file.

    Raises `UserError` for a stack without a file, settings that are wrong, a format that is none,
    and a file that cannot be written.
    """
    if format_ not in FORMATS:
        raise ConfigurationError(
            f"there is no format {format_!r}: choose one of {', '.join(FORMATS)}"
        )
    graph = recorded(stack, source=source, root=root)
    text = FORMATS[format_](graph, stack)
    if out is None:
        return text
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"{out} cannot be written: {error.strerror}; name another file with --out"
        ) from None
    return f"written: {out} ({len(graph.nodes)} resources)\n"


def recorded(stack: str, *, source: Source = PLATFORM, root: Path = ROOT) -> Graph:
    """The graph of a stack as its file stands; raises `UserError`."""
    from local.provider import made_up

    plain, _ = offline.without_secrets(stackfile.read(stack, root))
    config: dict[str, Any] = plain["config"]
    sections = {
        key.removeprefix(f"{NAMESPACE}:"): value
        for key, value in config.items()
        if key.startswith(f"{NAMESPACE}:")
    }
    try:
        return record(
            lambda: source.build(stack, sections),
            stack=stack,
            project=source.project,
            config=as_config(config),
            calls=_answers(config),
            computed=made_up.shaped,
        )
    except pulumi.RunError as error:
        raise ConfigurationError(str(error)) from None
    except ValueError as error:
        raise ConfigurationError(f"Pulumi.{stack}.yaml: {error}") from None


def _answers(config: Mapping[str, Any]) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    """What the provider's plan mode says to look-ups; of any other, that there is an answer."""

    def answer(token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        from local.provider.invokes import ANSWERS, invoke
        from local.provider.plan import place

        if token not in ANSWERS:
            return {"id": token}
        return invoke(token, arguments, place(as_config(config)))

    return answer

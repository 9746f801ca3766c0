"""Writes docs/architecture.md and its picture from the graphs: `python -m automation.graph.page`.

The page is written by hand but for the parts between `<!-- generated: … -->` and `<!-- end -->`.
What a component is for stands in the docstring of its module; this page only repeats it.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from automation import stackfile
from automation.errors import ROOT
from automation.graph import words
from automation.graph.command import recorded
from automation.graph.environments import environments
from automation.graph.lanes import Lane
from automation.graph.picture import COMPONENT, outermost, picture
from automation.graph.svg import svg
from automation.markdown import table

if TYPE_CHECKING:
    from pathlib import Path

    from automation.graph.picture import Box
    from automation.recording import Graph

PAGE = ROOT / "docs" / "architecture.md"
PICTURE = ROOT / "docs" / "images" / "architecture.svg"
SHOWN = "prod"
HEADING = "ShopTrend, stack prod"
_ADR = ROOT / "docs" / "adr"
_BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(\n<!-- end -->)", re.DOTALL)
# Longer than any list of services.
_ALL = 1000


def generated(record: Callable[[str], Graph] = recorded) -> dict[Path, str]:
    """Every generated file and what must stand in it; `record` gives the graph of a stack."""
    graphs = {stack: record(stack) for stack in stackfile.stacks()}
    graphs = dict(sorted(graphs.items(), key=lambda item: len(item[1].nodes)))  # small ones first
    files = {stack: (ROOT / f"Pulumi.{stack}.yaml").read_text() for stack in graphs}
    parts = {
        "components": _components(graphs[SHOWN]),
        "environments": environments(graphs, files),
        "decisions": "\n".join(_decisions()),
    }
    return {
        PAGE: filled(PAGE.read_text(), parts),
        PICTURE: svg(picture(graphs[SHOWN], SHOWN), HEADING),
    }


def filled(text: str, parts: Mapping[str, str]) -> str:
    """A page with its generated parts made new; raises KeyError for a part that nobody makes."""
    return _BLOCK.sub(lambda block: f"{block[1]}{parts[block[2]]}{block[3]}", text)


def purposes() -> dict[str, tuple[Path, str]]:
    """File and purpose of each component class: the first paragraph of its module's docstring, or
    of its own if it has one.
    """
    found: dict[str, tuple[Path, str]] = {}
    for file in sorted((ROOT / "components").rglob("*.py")):
        module = ast.parse(file.read_text())
        for node in module.body:
            if isinstance(node, ast.ClassDef) and _is_component(node):
                text = ast.get_docstring(node) or ast.get_docstring(module) or ""
                paragraph = " ".join(text.split("\n\n")[0].split())
                found[node.name] = (file, paragraph.removeprefix(f"{node.name}: "))
    return found


def _is_component(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).endswith("ComponentResource") for base in node.bases)


def _components(graph: Graph) -> str:
    said = purposes()
    boxes = sorted(picture(graph, SHOWN).boxes, key=lambda box: [*Lane].index(box.lane))
    inside, types = _inside(graph)

    def row(box: Box) -> list[str]:
        file, purpose = said[box.component]
        link = f"[`{box.component}`](../{file.relative_to(ROOT).as_posix()})"
        nested = ", ".join(f"`{name}`" for name in sorted(inside[box.id]))
        return [
            link,
            f"{purpose[0].upper()}{purpose[1:]}",
            words.services(types[box.id], _ALL),
            nested,
        ]

    return table(["component", "what it is for", "AWS", "inside"], [row(box) for box in boxes])


def _inside(graph: Graph) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Component classes and resource types inside each of the outermost components, by name."""
    classes: dict[str, set[str]] = defaultdict(set)
    types: dict[str, set[str]] = defaultdict(set)
    for urn, node in graph.nodes.items():
        owner = outermost(graph, urn)
        if not owner or owner == urn:
            continue
        name = graph.nodes[owner].name
        if node.type.startswith(COMPONENT):
            classes[name].add(node.type.removeprefix(COMPONENT))
        else:
            types[name].add(node.type)
    return classes, types


def _decisions() -> Iterator[str]:
    for file in sorted(_ADR.glob("*.md")):
        title = file.read_text().splitlines()[0].removeprefix("# ")
        number, _, words_ = title.partition(". ")
        yield f"{number}. [{words_}](adr/{file.name})"


if __name__ == "__main__":
    for path, text in generated().items():
        path.write_text(text)

"""The graph as a document that other programs read: plain values, sorted, the same bytes each time.

It holds no secret (a mark stands for it), no content of a file (its hash says enough) and no path
of this machine. What AWS would compute is made up (`automation.recording`).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pulumi

from automation.errors import ROOT
from automation.results import is_secret

if TYPE_CHECKING:
    from automation.recording import Graph, Node


def document(graph: Graph, stack: str) -> dict[str, Any]:
    """`{"stack": …, "resources": [{"urn", "type", …}]}`, the resources by URN."""
    return {
        "stack": stack,
        "resources": [_resource(node) for _, node in sorted(graph.nodes.items())],
    }


def as_json(graph: Graph, stack: str) -> str:
    return f"{json.dumps(document(graph, stack), indent=1, sort_keys=True, ensure_ascii=False)}\n"


def _resource(node: Node) -> dict[str, Any]:
    return {
        "urn": node.urn,
        "type": node.type,
        "name": node.name,
        "parent": node.parent,
        "inputs": plain(node.inputs),
        "protect": node.protect,
        "retain_on_delete": node.retain_on_delete,
        "depends_on": sorted(node.depends_on),
    }


def plain(value: object) -> object:
    """The value as JSON takes it. Whole numbers come as floats from the engine's protocol."""
    match value:
        case pulumi.Asset() | pulumi.Archive():
            return {"asset": digest(value)}
        case dict():
            entries = cast("dict[str, object]", value)
            if is_secret(entries):
                return "[secret]"
            return {key: plain(item) for key, item in entries.items()}
        case list() | tuple():
            return [plain(item) for item in cast("list[object]", value)]
        case _:
            return _scalar(value)


def _scalar(value: object) -> object:
    if isinstance(value, str):
        return value.replace(f"{ROOT}/", "")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def digest(asset: pulumi.Asset | pulumi.Archive) -> str | None:
    """SHA-256 of what the asset holds; None for a file that is not built yet."""
    match asset:
        case pulumi.AssetArchive():
            listing = [f"{name} {digest(part)}" for name, part in sorted(asset.assets.items())]
            return _sha256("\n".join(listing).encode())
        case pulumi.FileAsset() | pulumi.FileArchive():
            return _of_path(Path(asset.path))
        case pulumi.StringAsset():
            return _sha256(asset.text.encode())
        case pulumi.RemoteAsset() | pulumi.RemoteArchive():
            return _sha256(asset.uri.encode())
        case _:
            raise TypeError(f"{type(asset).__name__} has no known content")


def _of_path(path: Path) -> str | None:
    if path.is_dir():
        files = [file for file in sorted(path.rglob("*")) if file.is_file()]
        listing = [f"{file.relative_to(path).as_posix()} {_of_path(file)}" for file in files]
        return _sha256("\n".join(listing).encode())
    return _sha256(path.read_bytes()) if path.exists() else None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

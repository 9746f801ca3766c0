"""A change as lines of a diff that GitHub colours, without values that nobody should read.

Values are shown of switches, and for an allow-list of names: sizes, counts, versions. A comment is
read by more people than a cloud account, and no masking of the CI's log reaches it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from automation.markdown import inert
from automation.results import UNKNOWN, Op, is_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from automation.results import Change

SIGN = {
    Op.CREATE: "+",
    Op.IMPORT: "+",
    Op.DELETE: "-",
    Op.REPLACE: "!",
    Op.UPDATE: "!",
}
# The last name of a property's path, in whole or by its ending.
_SHOWN = re.compile(
    r"(?:^|[a-z])(?:count|size|sizes?inmbs?|limit|capacity|concurrency|factor|memory|storage|days|hours|"
    r"minutes|seconds|period|interval|timeout|threshold|percentage|attempts|version|mode|runtime|"
    r"enabled|status|class|instancetype|instanceclass|engine|architectures?|protocol|format|"
    r"encryptiontype|streammode|storageclass|forcedestroy|multiaz|deletionprotection)$",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"password|secret|token|credential|private|connectionstring|userdata|apikey", re.IGNORECASE
)
_LONGEST_VALUE = 60
_STEP = re.compile(r"\.?([A-Za-z_$][\w$-]*)|\[(\d+)\]|\[\"([^\"]*)\"\]")


def lines(change: Change, hiding: Callable[[str], str] = str) -> list[str]:
    """The diff of one resource: first the resource, then a line or two for each property.

    `hiding` takes the values out of a text that are known to be secret.
    """
    sign = SIGN.get(change.op, " ")
    head = f"{sign} {change.op.value} {change.type} {change.name}"
    if change.reasons:
        head += f"  (because of {', '.join(change.reasons)})"
    body: list[str] = []
    if change.op in (Op.UPDATE, Op.REPLACE):
        for path in sorted(change.paths):
            body += _property(change, path)
        body += _protection(change)
    return [inert(" ".join(hiding(line).splitlines())) for line in [head, *body]]


def _property(change: Change, path: str) -> list[str]:
    kind = change.paths[path]
    names = _names(path)
    replaces = "  forces replacement" if kind.endswith("replace") else ""
    old = _at(change.old.inputs, names) if change.old else None
    new = _at(change.new.inputs, names) if change.new else None
    if UNKNOWN in (old, new):
        return [f"!     {path}: known after the update{replaces}"]
    if is_secret(old) or is_secret(new):
        return [f"!     {path}: [secret]{replaces}"]
    if not _may_show(path, names, old, new):
        return [f"!     {path}: {_verb(kind)}{replaces}"]
    if old is None:
        return [f"+     {path}: {_value(new)}{replaces}"]
    if new is None:
        return [f"-     {path}: {_value(old)}{replaces}"]
    return [f"-     {path}: {_value(old)}", f"+     {path}: {_value(new)}{replaces}"]


def _protection(change: Change) -> list[str]:
    if not (change.old and change.new) or change.old.protect == change.new.protect:
        return []
    return [
        f"-     protect: {_value(change.old.protect)}",
        f"+     protect: {_value(change.new.protect)}",
    ]


def _verb(kind: str) -> str:
    return {"add": "added", "delete": "removed"}.get(kind.removesuffix("-replace"), "changed")


def _names(path: str) -> list[str | int]:
    return [int(index) if index else (key or quoted) for key, index, quoted in _STEP.findall(path)]


def _at(value: object, names: list[str | int]) -> object:
    for name in names:
        if isinstance(value, dict):
            value = cast("Mapping[str, Any]", value).get(str(name))
        elif isinstance(value, list) and isinstance(name, int):
            items = cast("list[Any]", value)
            value = items[name] if name < len(items) else None
        else:
            return None
    return value


def _may_show(path: str, names: list[str | int], *values: object) -> bool:
    last = next((name for name in reversed(names) if isinstance(name, str)), "")
    if _NEVER.search(path):
        return False
    if all(value is None or isinstance(value, bool) for value in values):
        return True
    if not _SHOWN.search(last):
        return False
    return all(
        value is None
        or isinstance(value, bool | int | float)
        or (isinstance(value, str) and len(value) <= _LONGEST_VALUE)
        for value in values
    )


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # the wire knows no integers
    return str(value)

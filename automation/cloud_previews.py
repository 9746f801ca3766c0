"""Previews against the state of stacks, as files that one job hands to another.

`preview` leaves each in `out/cloud/<stack>/`; the job that writes the comment holds no login and
takes them from there (`comment --cloud`). The events go without outputs: what is deployed answers
with addresses and ids, an artifact is read by more people than the state, and no check looks at
them. A folder that holds nothing but `<stack>/events.jsonl` will do, as a bare `pulumi preview
--event-log` writes it.
"""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from automation import offline, stackfile
from automation.errors import ROOT, UserError
from automation.previews import EVENTS, NAME, Previewed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FOLDER = "cloud"
FILE = "previewed.json"


def forget(out: Path, stack: str) -> None:
    """An older preview must not pass for this one."""
    shutil.rmtree(out / FOLDER / stack, ignore_errors=True)


def write(
    out: Path,
    stack: str,
    lines: Iterable[str],
    stack_file: Mapping[str, Any],
    *,
    problem: str = "",
    notes: tuple[str, ...] = (),
) -> None:
    """`lines` are the events as the engine wrote them."""
    folder = out / FOLDER / stack
    folder.mkdir(parents=True, exist_ok=True)
    told = Previewed(
        stack=stack, offline=False, problem=problem, notes=notes, config=provider_config(stack_file)
    )
    (folder / FILE).write_text(f"{told.model_dump_json(indent=1)}\n", encoding="utf-8")
    with (folder / EVENTS).open("w", encoding="utf-8") as file:
        file.writelines(f"{without_outputs(line)}\n" for line in lines)


def read(folder: Path, root: Path = ROOT) -> dict[str, Previewed]:
    """Those in `folder`, by stack; none where there is no folder. Raises `UserError`."""
    places = sorted(folder.iterdir()) if folder.is_dir() else []
    return {
        place.name: _read(place, root)
        for place in places
        if re.fullmatch(NAME, place.name) and ((place / FILE).exists() or (place / EVENTS).exists())
    }


def without_outputs(line: str) -> str:
    """An event without the outputs of its resource; a line that is none stays as it is."""
    if '"metadata"' not in line:
        return line
    try:
        event = json.loads(line)
    except ValueError:  # a killed run leaves its last line half written
        return line
    for body in cast("dict[str, Any]", event).values():
        metadata = cast("dict[str, Any]", body).get("metadata") if isinstance(body, dict) else None
        for side in ("old", "new"):
            if metadata and metadata.get(side):
                metadata[side].pop("outputs", None)
    return json.dumps(event, ensure_ascii=False)


def provider_config(stack_file: Mapping[str, Any]) -> dict[str, Any]:
    """The `aws:` entries, of which the engine makes its provider, without what is encrypted."""
    plain, _ = offline.without_secrets(stack_file)
    return {key: value for key, value in plain["config"].items() if key.startswith("aws:")}


def _read(place: Path, root: Path) -> Previewed:
    if not (place / FILE).exists():  # of a bare run
        config = provider_config(stackfile.read(place.name, root))
        return Previewed(stack=place.name, offline=False, config=config)
    try:
        told = Previewed.model_validate_json((place / FILE).read_bytes())
    except ValidationError as error:
        raise UserError(f"{place / FILE} is not what `preview` writes: {error}") from None
    if told.stack != place.name or told.offline:
        raise UserError(f"{place / FILE} is no preview of {place.name} against its state")
    return told

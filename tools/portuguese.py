"""The Portuguese of generated pages: `docs/pt/phrases.yaml`, by the English text.

It leaves out pages that people write; those are in `docs/pt/` as they stand.
"""

import re
from functools import cache
from pathlib import Path
from typing import cast

import yaml

from automation.errors import UserError

PHRASES = Path(__file__).parent.parent / "docs" / "pt" / "phrases.yaml"
# `ingest.mode: on_demand` is a setting, the same in every language.
_KEY = re.compile(r"[a-z_]+(\.[a-z_]+)+: \S.*")


def portuguese(english: str) -> str:
    """Raises `UserError` for a text that has no Portuguese yet."""
    if _KEY.fullmatch(english):
        return english
    try:
        return phrases()[english]
    except KeyError:
        raise UserError(
            f"docs/pt/{PHRASES.name} has no Portuguese of {english!r}: add it there"
        ) from None


@cache
def phrases() -> dict[str, str]:
    return cast("dict[str, str]", yaml.safe_load(PHRASES.read_text(encoding="utf-8")))

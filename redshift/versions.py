"""The versions in this folder as values: read, checked and filled in. Pure; nothing is asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from string import Template

from automation.errors import UserError

FOLDER = Path(__file__).parent
_NAME = re.compile(r"V(\d{3})__([a-z0-9_]+)\.sql")
# A statement ends with a semicolon at the end of a line.
_END = re.compile(r";[ \t]*(?:\n|\Z)")
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
# BatchExecuteStatement takes 40 statements (Amazon Redshift Data API reference), of which the
# runner adds one.
MOST_STATEMENTS = 39


@dataclass(frozen=True, kw_only=True)
class Version:
    number: int
    name: str
    text: str
    """As it stands in the file, names not filled in."""

    @property
    def checksum(self) -> str:
        """Of the text without names: it is the same in every stack."""
        return sha256(self.text.encode()).hexdigest()

    @property
    def file(self) -> str:
        return f"V{self.number:03}__{self.name}.sql"

    def statements(self, names: Mapping[str, str]) -> list[str]:
        """Its statements, in order, with the names filled in. Raises `UserError`."""
        try:
            filled = Template(self.text).substitute(names)
        except (KeyError, ValueError) as error:
            raise UserError(
                f"{self.file} asks for a name that nobody gives ({error}): the known ones are "
                f"{', '.join(f'${{{name}}}' for name in sorted(names))}"
            ) from None
        found = [part.strip() for part in _END.split(filled)]
        kept = [part for part in found if _COMMENT.sub("", part).strip()]
        if not 0 < len(kept) <= MOST_STATEMENTS:
            raise UserError(
                f"{self.file} has {len(kept)} statements: a version has 1 to {MOST_STATEMENTS}, "
                "which is what one transaction of the Data API takes; split it"
            )
        return kept


def versions(folder: Path = FOLDER) -> list[Version]:
    """All versions, in order, from 1 without gaps. Raises `UserError`."""
    found: list[Version] = []
    for path in sorted(folder.glob("*.sql")):
        match = _NAME.fullmatch(path.name)
        if match is None:
            raise UserError(
                f"{path.name} is no version: name it V001__what_it_is.sql, lower-case letters, "
                "digits and underscores"
            )
        text = path.read_text(encoding="utf-8")
        found.append(Version(number=int(match[1]), name=match[2], text=text))
    for expected, version in enumerate(found, start=1):
        if version.number != expected:
            raise UserError(
                f"{version.file} comes where V{expected:03} should: versions count from 1, each "
                "number once; rename it"
            )
    return found

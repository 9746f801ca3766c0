"""Writes what the event contract generates: `python -m tools.contract`.

The promise of the current version (`contract/versions/`), the sources of the dbt project and the
data dictionary in two languages. It refuses a change that breaks readers or producers within a
version. Glue columns, producer and consumer need no file: they import the contract.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from automation.errors import UserError
from contract import tables, versions
from contract.events import VERSION
from contract.tables import Column, Table
from tools import dictionary as tables_page
from tools.portuguese import portuguese

ROOT = Path(__file__).parent.parent
SOURCES = ROOT / "warehouse" / "models" / "staging" / "silver.yml"
DICTIONARY = ROOT / "docs" / "data-dictionary.md"
DICTIONARY_PT = ROOT / "docs" / "pt" / "dicionario-de-dados.md"

_DUCKDB = {"string": "varchar", "timestamp": "timestamptz"}
_FILES = {"events": "events/*/*/*/*/*.parquet", "order_lines": "order_lines/*.parquet"}

_SOURCES_HEAD = """\
# Generated from contract/ by `python -m tools.contract`; DuckDB needs the types to read a table
# that has no file yet.
sources:
  - name: silver
    schema: "{{ var('silver_schema') }}"
    description: Typed copies of what arrived, by the stream consumer and the order file loader.
    tables:
"""


def sources() -> str:
    """The dbt sources of silver."""
    return _SOURCES_HEAD + "\n".join(_source(table) for table in tables.SILVER)


def dictionary() -> str:
    """Every table of the lake: columns, types, meaning, and where they come from."""
    return tables_page.page(lambda text: text, other="[Português](pt/dicionario-de-dados.md)")


def dictionary_in_portuguese() -> str:
    """The same; raises `UserError` for a meaning without a translation."""
    return tables_page.page(portuguese, other="[English](../data-dictionary.md)")


def promise() -> str:
    return json.dumps(versions.current(), indent=1, sort_keys=True) + "\n"


def _source(table: Table) -> str:
    lines = [
        f"      - name: {table.name}",
        f"        description: {table.description}",
        "        config:",
        f'          meta: {{files: "{_FILES[table.name]}"}}',
        "        columns:",
        *(line for column in table.columns for line in _source_column(column)),
    ]
    return "\n".join(lines) + "\n"


def _source_column(column: Column) -> Iterator[str]:
    yield f"          - name: {column.name}"
    yield f"            data_type: {duckdb_type(column.type)}"
    if column.comment:
        yield f"            description: {json.dumps(column.comment)}"


def duckdb_type(hive: str) -> str:
    """`array<struct<a:string>>` as `struct(a varchar)[]`."""
    if array := re.fullmatch(r"array<(.*)>", hive):
        return f"{duckdb_type(array[1])}[]"
    if struct := re.fullmatch(r"struct<(.*)>", hive):
        fields = (field.split(":", 1) for field in struct[1].split(","))
        return f"struct({', '.join(f'{name} {duckdb_type(type_)}' for name, type_ in fields)})"
    return _DUCKDB.get(hive, hive)


def main() -> int:
    path = versions.FOLDER / f"{VERSION}.json"
    if path.exists() and (
        found := versions.breakages(versions.committed(VERSION), versions.current())
    ):
        sys.stderr.write(f"error: {versions.explained(found)}\n")
        return 1
    path.parent.mkdir(exist_ok=True)
    path.write_text(promise())
    SOURCES.write_text(sources())
    try:
        pages = {DICTIONARY: dictionary(), DICTIONARY_PT: dictionary_in_portuguese()}
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit
    for page, text in pages.items():
        page.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Gold tables, read from the dbt models' own contracts (`warehouse/models/marts/*.yml`): dbt
enforces them when it builds.

Not for Lambda code: it needs PyYAML and the `warehouse/` folder.
"""

from pathlib import Path
from typing import NotRequired, TypedDict, cast

import yaml

from contract.tables import Column, Table

MARTS = Path(__file__).parent.parent / "warehouse" / "models" / "marts"

# dbt contracts name SQL types; Hive differs in these few.
HIVE = {"varchar": "string", "text": "string", "integer": "int"}


class _ModelColumn(TypedDict):
    name: str
    data_type: str
    description: NotRequired[str]


class _Model(TypedDict):
    name: str
    description: NotRequired[str]
    columns: list[_ModelColumn]


def gold(marts: Path = MARTS) -> tuple[Table, ...]:
    """Every mart; each lies under `<name>/` in the gold bucket."""
    tables: list[Table] = []
    for path in sorted(marts.rglob("*.yml")):
        document = cast("dict[str, list[_Model]]", yaml.safe_load(path.read_text()))
        for model in document.get("models", []):
            tables.append(
                Table(
                    name=model["name"],
                    prefix=model["name"],
                    columns=tuple(
                        Column(
                            name=column["name"],
                            type=HIVE.get(column["data_type"], column["data_type"]),
                            comment=" ".join(column.get("description", "").split()),
                        )
                        for column in model["columns"]
                    ),
                    description=" ".join(model.get("description", "").split()),
                )
            )
    return tuple(tables)

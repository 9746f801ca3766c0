"""The questions of `warehouse/questions` as QuickSight's data sets: their columns, and their SQL as
it must be for a tool that asks without a current database.

There is one copy of the SQL, that of the warehouse: here it is wrapped, never rewritten.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Type = Literal["STRING", "INTEGER", "DECIMAL", "DATETIME", "BOOLEAN"]

FOLDER = Path(__file__).parent.parent.parent / "warehouse" / "questions"


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question that dashboards show. `columns`: what its SQL answers, in order."""

    name: str
    title: str
    columns: Mapping[str, Type]

    @property
    def id(self) -> str:
        """The name in ids and identifiers of QuickSight."""
        return self.name.replace("_", "-")

    def sql(self, database: str, tables: Iterable[str]) -> str:
        """The question over the tables of a database, whichever is current."""
        asked = (FOLDER / f"{self.name}.sql").read_text().strip()
        return over(asked, database, tables)


def over(asked: str, database: str, tables: Iterable[str]) -> str:
    """The question in which each of `tables` that it names is the one of `database`."""
    named = ",\n".join(
        f'{table} as (select * from "{database}"."{table}")'  # noqa: S608 (names of our own)
        for table in tables
        if re.search(rf"\b{table}\b", asked)
    )
    return f"with {named}\nselect * from (\n{asked}\n) as answer"


SALES_BY_CHANNEL = Question(
    name="sales_by_channel",
    title="Sales by channel",
    columns={
        "channel": "STRING",
        "channel_type": "STRING",
        "currency": "STRING",
        "orders": "INTEGER",
        "units": "INTEGER",
        "revenue": "DECIMAL",
    },
)
SALES_BY_DAY = Question(
    name="sales_by_day",
    title="Sales by day",
    columns={
        "day": "DATETIME",
        "channel": "STRING",
        "currency": "STRING",
        "orders": "INTEGER",
        "revenue": "DECIMAL",
    },
)
CAMPAIGN_PERFORMANCE = Question(
    name="campaign_performance",
    title="Campaign performance",
    columns={
        "campaign": "STRING",
        "visits": "INTEGER",
        "carts": "INTEGER",
        "checkouts": "INTEGER",
        "orders": "INTEGER",
        "conversion_pct": "DECIMAL",
        "revenue": "DECIMAL",
        "currency": "STRING",
    },
)
NEW_VS_RETURNING = Question(
    name="new_vs_returning",
    title="New against returning customers",
    columns={
        "day": "DATETIME",
        "customer_type": "STRING",
        "customers": "INTEGER",
        "orders": "INTEGER",
        "revenue": "DECIMAL",
        "currency": "STRING",
    },
)
QUESTIONS = (SALES_BY_CHANNEL, SALES_BY_DAY, CAMPAIGN_PERFORMANCE, NEW_VS_RETURNING)

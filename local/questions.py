"""Ask the stack's named queries through Athena, as an analyst, and bring typed answers back.

AWS checks calls that name a query or its execution on their workgroup, which the analyst may use;
the emulator checks them on all resources, which nobody should be granted. So the question itself
is asked under the analyst's role, and these calls are made by the emulator's root.
"""

import time
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from automation.errors import UserError
from local.access import Access
from local.steps import Show
from report.results import QueryResult

ENGINE = "Athena (MiniStack, DuckDB)"
POLL_SECONDS = 0.05
PATIENCE_SECONDS = 120

READ: dict[str, Callable[[str], object]] = {
    "tinyint": int,
    "smallint": int,
    "integer": int,
    "int": int,
    "bigint": int,
    "hugeint": int,
    "double": float,
    "float": float,
    "decimal": Decimal,
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "boolean": lambda text: text == "true",
}


def ask_all(
    root: Access, analyst: Access, outputs: dict[str, Any], show: Show
) -> tuple[QueryResult, ...]:
    """Every named query of the workgroup, in order of name; raises `UserError` naming the one that
    fails.
    """
    athena = root.client("athena")
    ids = athena.list_named_queries(WorkGroup=outputs["workgroup"])["NamedQueryIds"]
    named = [athena.get_named_query(NamedQueryId=id_)["NamedQuery"] for id_ in ids]
    results: list[QueryResult] = []
    for query in sorted(named, key=lambda query: query["Name"]):
        show(query["Name"])
        results.append(
            ask(
                root,
                analyst,
                outputs,
                query["QueryString"],
                name=query["Name"],
                title=query.get("Description") or query["Name"],
            )
        )
    return tuple(results)


def ask(
    root: Access, analyst: Access, outputs: dict[str, Any], sql: str, *, name: str, title: str
) -> QueryResult:
    """One query; raises `UserError` with Athena's reason when it fails."""
    athena = root.client("athena")
    started = time.monotonic()
    execution_id = analyst.client("athena").start_query_execution(
        QueryString=sql,
        WorkGroup=outputs["workgroup"],
        QueryExecutionContext={"Database": outputs["gold_database"]},
    )["QueryExecutionId"]
    while True:
        execution = athena.get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]
        state = execution["Status"]["State"]
        if state == "SUCCEEDED":
            break
        if state in ("FAILED", "CANCELLED"):
            reason = execution["Status"].get("StateChangeReason", "no reason given")
            raise UserError(f"query {name} {state.lower()}: {reason}")
        if time.monotonic() - started > PATIENCE_SECONDS:
            raise UserError(f"query {name} is still {state} after {PATIENCE_SECONDS} s")
        time.sleep(POLL_SECONDS)
    columns, rows = _rows(athena, execution_id)
    return QueryResult(
        name=name,
        title=title,
        columns=columns,
        rows=rows,
        engine=ENGINE,
        seconds=round(time.monotonic() - started, 3),
        sql=sql,
    )


def _rows(athena: Any, execution_id: str) -> tuple[tuple[str, ...], tuple[tuple[object, ...], ...]]:  # noqa: ANN401
    columns: list[str] = []
    readers: list[Callable[[str], object]] = []
    rows: list[tuple[object, ...]] = []
    for page in athena.get_paginator("get_query_results").paginate(QueryExecutionId=execution_id):
        found = page["ResultSet"]["Rows"]
        if not columns:
            described = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
            columns = [column["Name"] for column in described]
            readers = [READ.get(column["Type"].split("(")[0].lower(), str) for column in described]
            found = found[1:]  # the first row repeats the names
        for row in found:
            cells = (cell.get("VarCharValue") for cell in row["Data"])
            rows.append(
                tuple(
                    None if cell is None else read(cell)
                    for cell, read in zip(cells, readers, strict=True)
                )
            )
    return tuple(columns), tuple(rows)

"""The gate's rules, each asked of a shop in which one thing is wrong: the tests' own SQL, on
DuckDB, without starting dbt. What a build does with the answer is in test_warehouse_runs.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import ValidationError, convert

from contract.events import EVENT_TYPES, Channel, OrderLine
from contract.order_lines import FileOrderLine
from tests.warehouse import shop
from tests.warehouse.rendered import PROJECT, STARTED, render
from warehouse.gate import BadRow, Rejected, rejected

GATE = PROJECT / "tests" / "gate"
EVENT = "events_keep_the_contract"
LINE = "event_lines_keep_the_contract"
FILE = "order_lines_keep_the_contract"
FAR = 10**12 + 1


@pytest.fixture(scope="module")
def silver(tmp_path_factory: pytest.TempPathFactory):
    folder: Path = tmp_path_factory.mktemp("silver")
    shop.write_events(folder, [*shop.FIRST, *shop.LATER], "shard-a")
    shop.write_file(folder, shop.FILE)
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    for table, name in (("base_events", "events/*/*/*/*"), ("base_order_lines", "order_lines")):
        connection.read_parquet(f"{folder}/{name}/*.parquet", hive_partitioning=False).create(table)
    yield connection
    connection.close()


def asked(connection: duckdb.DuckDBPyConnection, test: str) -> list[tuple[Any, ...]]:
    return connection.sql(render(GATE / f"{test}.sql", "duckdb")).fetchall()


def broken(connection, test: str, table: str, change: str, where: str) -> list[tuple[Any, ...]]:
    """What the test says when rows were changed; the change is taken back."""
    connection.execute("begin")
    try:
        connection.execute(f"update {table} set {change} where {where}")  # noqa: S608
        return asked(connection, test)
    finally:
        connection.execute("rollback")


@pytest.mark.parametrize("test", [EVENT, LINE, FILE, "silver_holds_events_or_order_lines"])
def test_a_shop_that_keeps_the_contract_passes(silver, test):
    assert asked(silver, test) == []


@pytest.mark.parametrize(
    ("id_", "change", "rule"),
    [
        ("e01", "event_id = null", "event_id is missing"),
        ("e01", "session_id = null", "session_id is missing"),
        ("e01", "occurred_at = null", "occurred_at is missing"),
        ("e01", "event_type = 'click'", "event_type is none of the contract"),
        ("e01", "event_type = null", "event_type is none of the contract"),
        ("e01", "channel = 'kiosk'", "channel is none of the contract"),
        (
            "e01",
            "occurred_at = arrived_at + interval 61 minutes",
            "occurred_at is over an hour after its arrival",
        ),
        ("e04", "order_id = null", "order_id is missing"),
        ("e04", "lines = null", "lines are missing"),
        ("e04", "currency = 'EURO'", "currency is no code of three letters"),
        ("e03", "currency = null", "currency is no code of three letters"),
        ("e02", "quantity = 1000001", "quantity is missing or beyond a million"),
        (
            "e02",
            "unit_price_micros = null",
            "unit_price_micros is missing or beyond a million of the currency",
        ),
    ],
)
def test_an_event_that_breaks_a_rule_is_told_with_the_rule(silver, id_, change, rule):
    ((source, place, id_told, told, _),) = broken(
        silver, EVENT, "base_events", change, f"event_id = '{id_}'"
    )
    assert (source, told) == ("events", rule)
    assert place.startswith("shard-a/")
    assert id_told == (None if change.startswith("event_id") else id_)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("line_id := null::varchar", "line_id is missing"),
        ("product_id := null::varchar", "product_id is missing"),
        ("quantity := -1000001::bigint", "quantity is missing or beyond a million"),
        (
            f"unit_price_micros := {FAR}::bigint",
            "unit_price_micros is missing or beyond a million of the currency",
        ),
    ],
)
def test_a_line_in_an_event_that_breaks_a_rule_is_told(silver, change, rule):
    changed = f"lines = list_transform(lines, lambda line: struct_update(line, {change}))"
    found = broken(silver, LINE, "base_events", changed, "event_id = 'e07'")
    assert [(row[0], row[3]) for row in found] == [("events", rule)]


@pytest.mark.parametrize(
    ("change", "rule", "shown"),
    [
        ("order_id = null", "order_id is missing", None),
        ("product_id = null", "product_id is missing", None),
        ("quantity = null", "quantity is missing or beyond a million", None),
        (
            f"unit_price_micros = {FAR}",
            "unit_price_micros is missing or beyond a million of the currency",
            str(FAR),
        ),
        ("currency = 'E'", "currency is no code of three letters", "E"),
        ("channel = 'kiosk'", "channel is none of the contract", "kiosk"),
        ("ordered_at = null", "ordered_at is missing", None),
    ],
)
def test_a_line_of_a_file_that_breaks_a_rule_is_told_by_file_and_line(silver, change, rule, shown):
    found = broken(silver, FILE, "base_order_lines", change, "line_id = 'F2'")
    assert found == [("order_lines", "shop.csv:3", "F2", rule, shown)]


def test_the_gate_knows_the_event_types_and_channels_of_the_contract():
    types = ", ".join(f"'{type_.__struct_config__.tag}'" for type_ in EVENT_TYPES)
    assert f"not in ({types})" in (GATE / f"{EVENT}.sql").read_text()
    channels = ", ".join(f"'{channel}'" for channel in Channel.__args__)
    for test in (EVENT, FILE):
        assert f"not in ({channels})" in (GATE / f"{test}.sql").read_text()


@settings(max_examples=60, deadline=None)
@given(
    quantity=st.integers(-(2 * 10**6), 2 * 10**6),
    micros=st.one_of(st.integers(-2 * FAR, 2 * FAR), st.sampled_from([FAR, FAR - 1, 1 - FAR])),
    currency=st.text("ABC", min_size=0, max_size=5),
    channel=st.sampled_from(["web", "app", "store", "kiosk", "WEB"]),
)
def test_gate_and_contract_judge_a_line_alike(silver, quantity, micros, currency, channel):
    """Whatever the contract refuses, the gate does, and nothing else."""
    row = shop.file_line(2, "F1", "O5", 1, 1)
    given = {"quantity": quantity, "unit_price_micros": micros}
    fields = {name: getattr(row, name) for name in row.__struct_fields__}
    try:
        convert(fields | given | {"currency": currency, "channel": channel}, FileOrderLine)
        convert({"line_id": "L", "product_id": "P"} | given, OrderLine)
    except ValidationError:
        good = False
    else:
        good = True
    change = (
        f"quantity = {quantity}, unit_price_micros = {micros}, currency = '{currency}', "
        f"channel = '{channel}'"
    )
    assert (broken(silver, FILE, "base_order_lines", change, "line_id = 'F1'") == []) is good


@pytest.mark.parametrize(("hours", "rows"), [(35, 0), (37, 1)])
def test_silver_is_stale_when_nothing_arrived_for_the_hours_allowed(silver, hours, rows):
    arrived = STARTED - timedelta(hours=hours)
    found = broken(silver, "silver_is_fresh", "base_events", f"arrived_at = '{arrived}'", "true")
    assert len(found) == rows
    for row in found:
        assert "more than 36 hours" in row[3]


def test_a_shop_without_events_is_not_stale(silver):
    silver.execute("begin")
    silver.execute("delete from base_events")
    assert asked(silver, "silver_is_fresh") == []
    silver.execute("rollback")


def test_a_report_names_the_first_rows_and_counts_the_rest():
    row = '{"source":"events","place":"p","id":null,"rule":"r","found":null}'
    rows = ",".join([row] * 7)
    found = rejected(f'gate-rows: {{"test":"t","count":900,"rows":[{rows}]}}')
    assert isinstance(found, Rejected)
    assert found.rows[0] == BadRow(source="events", place="p", id=None, rule="r", found=None)
    assert str(found).startswith("t found 900: events p, no id: r; ")
    assert str(found).endswith("; and 895 more.")
    assert rejected("maintenance: vacuum t") is None

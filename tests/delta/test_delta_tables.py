"""Delta tables, written and read for real by delta-rs: the jobs' rows and merges, without Spark.

What is Spark's own (Auto Loader, the cluster, its SQL) is not run here.
"""

import json
from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.databricks import tables
from jobs.databricks.main import days, existing
from jobs.databricks.typed import EVENT_SCHEMA, typed
from tests.delta.bronze import INPUT, LANDED, Lake, generated, land, lines


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "delta")


def order(order_id: str, at: str, *, customer: str | None = "c1", event: str = "", **line) -> bytes:
    given = {"line_id": f"{order_id}-1", "product_id": "p1", "quantity": 2} | line
    document = {
        "event_type": "order_confirmed",
        "event_id": event or f"e-{order_id}",
        "occurred_at": at,
        "session_id": "s1",
        "channel": "store",
        "order_id": order_id,
        "currency": "EUR",
        "lines": [{"unit_price_micros": 2_500_000, **given}],
    }
    if customer:
        document["customer_id"] = customer
    return json.dumps(document).encode()


def batch(*documents: bytes, file: str = "s3://bronze/f.gz", later: int = 0) -> pa.RecordBatch:
    rows = [
        {"value": one.decode(), "file": file, "landed_at": LANDED + timedelta(hours=later)}
        for one in documents
    ]
    return pa.RecordBatch.from_pylist(rows, schema=INPUT)


def test_every_line_of_bronze_is_an_event_or_a_reason_as_duckdb_reads_it(lake, tmp_path):
    """DuckDB reads the same gzipped files by its own JSON functions, which know no contract."""
    documents = generated(3_000)
    paths = land(tmp_path, documents)
    lake.write(lines(paths))
    with duckdb.connect() as db:
        db.execute("set timezone = 'UTC'")
        db.register("events", lake.read(tables.EVENTS))
        db.register("rejected", lake.read(tables.REJECTED))
        db.execute(
            "create table lines as select column0 as line from read_csv(?, delim = '\x01', "
            "quote = '', escape = '', header = false, columns = {'column0': 'varchar'}, "
            "ignore_errors = true) where trim(column0) <> ''",
            [str(tmp_path / "raw/events/*/*/*/*.gz")],
        )
        db.execute("""
            create table found as
            select distinct
                line ->> '$.event_id' as event_id, line ->> '$.event_type' as event_type,
                cast(line ->> '$.occurred_at' as timestamptz) as occurred_at,
                line ->> '$.channel' as channel, line ->> '$.customer_id' as customer_id
            from lines
            where json_valid(line) and line not in (select line from rejected)
        """)
        kept = "event_id, event_type, occurred_at, channel, customer_id"
        difference = db.execute(f"""
            (select {kept} from events except select {kept} from found)
            union all
            (select {kept} from found except select {kept} from events)
        """).fetchall()  # noqa: S608
        assert difference == []
        (events, unique, rejected) = db.execute(
            "select (select count(*) from events), (select count(distinct event_id) from found), "
            "(select count(*) from rejected)"
        ).fetchone() or (0, 0, 0)
    assert events == unique > 2_500
    assert rejected > 0, "the plan breaks one in a hundred"


def test_order_lines_add_up_to_what_duckdb_adds_up_from_bronze(lake, tmp_path):
    paths = land(tmp_path, generated(3_000))
    lake.write(lines(paths))
    with duckdb.connect() as db:
        db.register("lines", lake.read(tables.LINES))
        db.register("events", lake.read(tables.EVENTS))
        (from_lines,) = db.execute("select sum(amount_micros) from lines").fetchone() or (0,)
        (from_events,) = db.execute("""
            select sum(line.quantity * line.unit_price_micros) from (
                select unnest(lines) as line from events where event_type = 'order_confirmed'
            )
        """).fetchone() or (0,)
        (online,) = db.execute("""
            select count(*) from lines where sold_online <> (channel in ('web', 'app'))
        """).fetchone() or (1,)
    assert from_lines == from_events > 0
    assert online == 0


def test_a_second_run_changes_no_row(lake, tmp_path):
    found = lines(land(tmp_path, generated(600)))
    lake.write(found)
    before = {table.name: lake.rows(table) for table in tables.TABLES}
    versions = [DeltaTable(lake.place(table)).version() for table in tables.TABLES]
    lake.write(found)
    assert {table.name: lake.rows(table) for table in tables.TABLES} == before
    again = [DeltaTable(lake.place(table)).version() for table in tables.TABLES]
    # Lines may get a version that changes nothing: whether a customer was new is asked again.
    assert (again[0], again[2]) == (versions[0], versions[2])


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(number=st.permutations(range(4)), again=st.integers(0, 3))
def test_batch_and_stream_come_to_the_same_whatever_their_order(tmp_path_factory, number, again):
    """The files one by one in any order, one of them twice, against all of them at once."""
    folder = tmp_path_factory.mktemp("orders")
    paths = land(folder, generated(200), files=4)
    whole = lines(paths)
    files = whole.column("file").to_pylist()
    per_file = [
        whole.filter(pa.array([file == f"s3://bronze/{path.name}" for file in files]))
        for path in paths
    ]
    at_once, one_by_one = Lake(folder / "a"), Lake(folder / "b")
    at_once.write(whole)
    for each in [*number, again]:
        one_by_one.write(per_file[each])
    for table in (tables.EVENTS, tables.REJECTED):
        assert one_by_one.rows(table) == at_once.rows(table)
    # Whether a customer was new hangs on events that may have come later: the nightly run mends it.
    at_once.write(whole)
    one_by_one.write(whole)
    assert one_by_one.rows(tables.LINES) == at_once.rows(tables.LINES)


def test_of_copies_the_last_to_arrive_stays_and_an_older_one_changes_nothing(lake):
    lake.write(batch(order("o1", "2026-01-05T10:00:00Z", product_name="old name")))
    lake.write(batch(order("o1", "2026-01-05T10:00:00Z", product_name="new name"), later=1))
    lake.write(batch(order("o1", "2026-01-05T10:00:00Z", product_name="old name")))
    (row,) = lake.rows(tables.LINES, "line_id", "product_name", "amount_micros")
    assert row == {"line_id": "o1-1", "product_name": "new name", "amount_micros": 5_000_000}


def test_a_customer_is_new_in_the_first_order_only_and_a_late_one_corrects_it(lake):
    lake.write(batch(order("o2", "2026-01-06T10:00:00Z"), order("o3", "2026-01-07T10:00:00Z")))
    nobody = order("o4", "2026-01-06T10:00:00Z", customer=None)
    lake.write(batch(nobody, file="s3://bronze/g.gz"))
    columns = ("line_id", "is_new_customer")
    assert [row["is_new_customer"] for row in lake.rows(tables.LINES, *columns)] == [
        True,
        False,
        None,
    ]
    late = batch(order("o1", "2026-01-05T10:00:00Z"), file="s3://bronze/late.gz", later=9)
    lake.write(late)
    lake.write(batch(order("o2", "2026-01-06T10:00:00Z"), order("o3", "2026-01-07T10:00:00Z")))
    found = {row["line_id"]: row["is_new_customer"] for row in lake.rows(tables.LINES, *columns)}
    assert found == {"o1-1": True, "o2-1": False, "o3-1": False, "o4-1": None}


def test_a_poison_line_is_kept_as_it_was_and_takes_no_other_along(lake):
    good = order("o1", "2026-01-05T10:00:00Z")
    lake.write(batch(b'{"event_type": "pageview"', good, b'{"event_type": "unheard_of"}', b"  "))
    assert [row["event_id"] for row in lake.rows(tables.EVENTS)] == ["e-o1"]
    rejected = lake.rows(tables.REJECTED)
    assert {row["line"] for row in rejected} == {
        '{"event_type": "pageview"',
        '{"event_type": "unheard_of"}',
    }
    assert all(row["reason"] for row in rejected)


def test_a_new_field_of_the_contract_becomes_a_column_and_older_rows_have_none(lake):
    lake.write(batch(order("o1", "2026-01-05T10:00:00Z")))
    newer = pa.Table.from_batches(typed([batch(order("o2", "2026-01-05T11:00:00Z"))]))
    newer = newer.select(EVENT_SCHEMA.names).append_column("loyalty", pa.array(["gold"]))
    lake.merge(newer, tables.EVENTS, new_columns=True)
    rows = lake.rows(tables.EVENTS, "event_id", "loyalty")
    assert rows == [{"event_id": "e-o1", "loyalty": None}, {"event_id": "e-o2", "loyalty": "gold"}]
    # And a job that does not know the column yet goes on.
    lake.write(batch(order("o3", "2026-01-05T12:00:00Z")))
    assert len(lake.rows(tables.EVENTS)) == 3


def test_an_earlier_state_can_be_read_again(lake):
    lake.write(batch(order("o1", "2026-01-05T10:00:00Z")))
    version = DeltaTable(lake.place(tables.EVENTS)).version()
    lake.write(batch(order("o2", "2026-01-05T10:00:00Z")))
    then = DeltaTable(lake.place(tables.EVENTS), version=version).to_pyarrow_table()
    assert then["event_id"].to_pylist() == ["e-o1"]
    assert len(lake.rows(tables.EVENTS)) == 2


def test_the_last_days_are_firehose_s_folders_and_a_day_without_events_is_left_out():
    folders = days(datetime(2026, 3, 1, tzinfo=UTC).date(), 3)
    assert folders == ["2026/02/27", "2026/02/28", "2026/03/01"]
    assert existing(folders, lambda path: path != "2026/02/28") == ["2026/02/27", "2026/03/01"]

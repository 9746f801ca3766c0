"""What a merge remembers between two runs: the files it has merged, and what it knows of the table.

It lies in silver beside the rows, under a prefix that no table of the catalog has.
"""

# pyarrow has no types, so its values are unknown to the checker here.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

from dataclasses import dataclass, field
from io import BytesIO
from typing import Protocol, TypedDict

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from contract.shop_changes import SCHEMA, STATE_PREFIX, ShopTable
from jobs.cdc.merge import Known


class Body(Protocol):
    def read(self) -> bytes: ...


class Got(TypedDict):
    """What S3 answers to get_object."""

    Body: Body


class Listed(TypedDict):
    """One object in a listing."""

    Key: str
    ETag: str


class Listing(TypedDict, total=False):
    """What S3 answers to list_objects_v2; without `Contents` if nothing was found."""

    Contents: list[Listed]


class S3(Protocol):
    """What this job uses of boto3's S3 client."""

    def get_object(self, *, Bucket: str, Key: str) -> Got: ...  # noqa: N803
    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> object: ...  # noqa: N803
    def delete_object(self, *, Bucket: str, Key: str) -> object: ...  # noqa: N803
    def list_objects_v2(self, *, Bucket: str, Prefix: str, StartAfter: str = "") -> Listing: ...  # noqa: N803


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """Files by their ETag, the newest load's position, and the newest day that was seen."""

    files: dict[str, str] = {}
    loaded: str = ""
    through: str = ""


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Where a table's rows and the memory of its merges lie, in the bucket `silver`."""

    s3: S3
    silver: str
    table: ShopTable
    rows_key: str = field(init=False)
    gone_key: str = field(init=False)
    ledger_key: str = field(init=False)

    def __post_init__(self) -> None:
        prefix = f"{STATE_PREFIX}/{SCHEMA}/{self.table.name}"
        object.__setattr__(self, "rows_key", f"{self.table.silver.prefix}/rows.parquet")
        object.__setattr__(self, "gone_key", f"{prefix}/gone.parquet")
        object.__setattr__(self, "ledger_key", f"{prefix}/merged.json")

    def ledger(self) -> Ledger:
        body = self._read(self.ledger_key)
        return msgspec.json.decode(body, type=Ledger) if body else Ledger()

    def known(self, ledger: Ledger) -> Known:
        return Known(
            rows=self._table(self.rows_key),
            gone=self._table(self.gone_key),
            loaded=ledger.loaded,
        )

    def keep(self, known: Known, ledger: Ledger) -> None:
        """Deleted keys first and the ledger last: a run that dies in between is done again, and
        changes nothing that it already did.
        """
        for key, table in ((self.gone_key, known.gone), (self.rows_key, known.rows)):
            if table is not None:
                self.s3.put_object(Bucket=self.silver, Key=key, Body=_parquet(table))
        body = msgspec.json.encode(ledger, order="sorted")
        self.s3.put_object(Bucket=self.silver, Key=self.ledger_key, Body=body)

    def _table(self, key: str) -> pa.Table | None:
        body = self._read(key)
        return pq.read_table(BytesIO(body)) if body else None

    def _read(self, key: str) -> bytes | None:
        found = self.s3.list_objects_v2(Bucket=self.silver, Prefix=key).get("Contents", [])
        if not any(one["Key"] == key for one in found):
            return None
        return self.s3.get_object(Bucket=self.silver, Key=key)["Body"].read()


def _parquet(table: pa.Table) -> bytes:
    buffer = BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()

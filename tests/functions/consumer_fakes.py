"""A store in memory, records as Lambda sends them, and silver read back with DuckDB."""

import base64
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb

from functions.consumer.quarantine import original_events
from functions.consumer.records import Event, Record

EVENTS = Path(__file__).parent.parent / "events"
SHARD = "shardId-000000000000"
FIRST = 49590338271490256608559692538361571095921575989136588898
SILVER, BRONZE = "silver", "bronze"


class StoreDownError(Exception):
    pass


@dataclass
class FakeStore:
    """`fails` gets the number of a PUT and says if it breaks; `too_late` ones have stored first."""

    fails: Callable[[int], bool] = lambda _: False
    too_late: bool = False
    objects: dict[tuple[str, str], bytes] = field(default_factory=dict, repr=False)
    puts: int = 0
    lock: Lock = field(default_factory=Lock, repr=False)

    def put(self, bucket: str, key: str, body: bytes) -> None:
        with self.lock:
            self.puts += 1
            fails = self.fails(self.puts)
        if not fails or self.too_late:
            self.objects[bucket, key] = body
        if fails:
            raise StoreDownError(key)

    def keys(self, bucket: str) -> list[str]:
        return sorted(key for found, key in self.objects if found == bucket)

    def body(self, bucket: str) -> bytes:
        (only,) = (body for (found, _), body in self.objects.items() if found == bucket)
        return only

    def quarantined(self) -> list[bytes]:
        bodies = [self.objects[BRONZE, key] for key in self.keys(BRONZE)]
        return [event for body in bodies for event in original_events(body)]

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """SQL over the view `silver`: every row of every Parquet object, partition columns too."""
        if not self.keys(SILVER):
            return []
        with tempfile.TemporaryDirectory() as folder:
            for key in self.keys(SILVER):
                path = Path(folder, key)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(self.objects[SILVER, key])
            with duckdb.connect() as connection:
                connection.execute("SET TimeZone = 'UTC'")
                connection.execute(
                    f"CREATE VIEW silver AS FROM read_parquet('{folder}/events/**/*.parquet',"
                    " hive_partitioning = true, hive_types_autocast = false)"
                )
                return connection.execute(sql).fetchall()


def record(data: bytes, number: int = 0, *, key: str = "g3", shard: str = SHARD) -> Record:
    sequence = str(FIRST + number)
    return {
        "kinesis": {
            "partitionKey": key,
            "sequenceNumber": sequence,
            "data": base64.b64encode(data).decode(),
            "approximateArrivalTimestamp": 1767618003.217 + number,
        },
        "eventID": f"{shard}:{sequence}",
    }


def recorded(name: str) -> Event:
    return json.loads((EVENTS / f"{name}.json").read_text())


def page_view(number: int, **changes: object) -> bytes:
    fields = {
        "event_type": "pageview",
        "event_id": f"e-{number}",
        "occurred_at": f"2026-01-05T{12 + number % 3:02}:30:00Z",
        "session_id": "s-1",
        "channel": "web",
        "page": "/",
    }
    return json.dumps(fields | changes, separators=(",", ":")).encode()

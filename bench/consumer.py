"""CPU of the client per record: the literal consumer of the requirements against ours, in one run.

Both get the same Lambda event (already parsed, as the runtime does it) and sign and send real
requests to a server in another process that answers 200 and keeps nothing. The literal one puts a
`.txt` object per record with boto3; ours decodes, validates, and puts one Parquet object per hour
and batch. Making events and clients is not counted, nor is the server. Rounds of all variants
alternate, and the fastest invocation of each counts.
"""

import base64
import io
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import dropwhile, islice
from multiprocessing.connection import Connection
from typing import Protocol, cast
from unittest.mock import patch

import boto3
import msgspec

from functions.consumer.handler import handler
from functions.consumer.records import Event, Record
from functions.consumer.s3 import s3_store
from functions.producer.records import Sent, pack
from functions.producer.visits import START, Plan, visits

DOCUMENTS = 1000
ROUNDS, REPEATS = 5, 10  # the literal one takes seconds, ours milliseconds
GOAL = 150
_SEQUENCE = 49590338271490256608559692538361571095921575989136588898
_ARRIVAL = 1_767_618_000.123


class PutsObjects(Protocol):
    """The call of boto3's S3 client that the literal handler makes."""

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> object: ...  # noqa: N803


class _When(msgspec.Struct):
    occurred_at: datetime


def measure() -> dict[str, float]:
    """CPU microseconds per record (`*_us`), and how many times less ours needs (`*_ratio`).

    `single`: 1,000 records of one event each, of one hour, in one batch. `poison`: the same with 1%
    broken. `late`: with 2% up to 18 hours late, which makes an object for each of those hours.
    `joined`: the events of `single` in records of 25 KB; its ratio is per event, against the
    literal handler with one event per record.
    """
    documents = _documents()
    late = _documents(late=0.02)
    joined = [record.data for record in pack(documents).records]
    events = {
        "single": _event([document.data for document in documents]),
        "poison": _event([document.data for document in _documents(broken=0.01)]),
        "late": _event([document.data for document in late]),
        "joined": _event(joined),
    }
    with _null_s3() as s3:
        variants: dict[str, Callable[[], object]] = {
            "literal": lambda: _literal(s3, events["single"]),
            **{name: lambda event=event: handler(event, None) for name, event in events.items()},
        }
        best = dict.fromkeys(variants, float("inf"))
        for _ in range(ROUNDS):
            for name, run in variants.items():
                for _ in range(1 if name == "literal" else REPEATS):
                    best[name] = min(best[name], _cpu_seconds(run))
    found = {f"{name}_us": each / DOCUMENTS * 1e6 for name, each in best.items()}
    found |= {f"{name}_ratio": best["literal"] / best[name] for name in events}
    return found | {"events_per_joined_record": DOCUMENTS / len(joined)}


def main() -> int:
    found = measure()
    titles = {
        "literal": "literal: a .txt object per record",
        "single": "ours, one event per record",
        "poison": "ours, 1% of them broken",
        "late": "ours, 2% of them hours late",
        "joined": f"ours, {found['events_per_joined_record']:.0f} events per record",
    }
    sys.stdout.write(f"{DOCUMENTS:,} events, CPU of the client per event\n")
    for name, title in titles.items():
        ratio = found.get(f"{name}_ratio", 1.0)
        sys.stdout.write(f"  {title:<36}{found[f'{name}_us']:>9.1f} us{ratio:>7.0f}x less\n")
    return 0 if found["single_ratio"] >= GOAL else 1


def _cpu_seconds(run: Callable[[], object]) -> float:
    with redirect_stdout(io.StringIO()):
        began = time.process_time()
        run()
        return time.process_time() - began


def _documents(*, late: float = 0.0, broken: float = 0.0) -> list[Sent]:
    """The first ones of an hour of a day so busy that the hour is not over after them."""
    plan = Plan(events=60_000, days=1, late=late, duplicates=0.0, broken=broken)
    decoder = msgspec.json.Decoder(_When)
    noon = START + timedelta(hours=12)
    afternoon = dropwhile(
        lambda sent: sent.kind != "event" or decoder.decode(sent.data).occurred_at < noon,
        visits(plan),
    )
    return list(islice(afternoon, DOCUMENTS))


def _event(payloads: list[bytes]) -> Event:
    return {"Records": [_record(index, payload) for index, payload in enumerate(payloads)]}


def _record(index: int, payload: bytes) -> Record:
    sequence = str(_SEQUENCE + index)
    return {
        "kinesis": {
            "partitionKey": f"g{index % 8}",
            "sequenceNumber": sequence,
            "data": base64.b64encode(payload).decode(),
            "approximateArrivalTimestamp": _ARRIVAL,
        },
        "eventID": f"shardId-000000000000:{sequence}",
    }


def _literal(s3: PutsObjects, event: Event) -> None:
    """The handler as the requirements describe it."""
    for record in event["Records"]:
        payload = base64.b64decode(record["kinesis"]["data"]).decode("utf-8", "replace")
        timestamp = datetime.now(UTC).strftime("%Y-%m-%d-%H%M%S")
        key = f"{record['kinesis']['partitionKey']}-{timestamp}.txt"
        s3.put_object(Bucket="null", Key=key, Body=payload.encode())


@contextmanager
def _null_s3() -> Generator[PutsObjects]:
    """A client of the null S3; the consumer's own client and environment point there as well."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=_serve, args=(theirs,), daemon=True)
    server.start()
    environment = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{cast('int', ours.recv())}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "MODE": "parquet",
        "SILVER_BUCKET": "null",
        "BRONZE_BUCKET": "null",
        "METRIC_NAMESPACE": "bench",
    }
    try:
        with patch.dict(os.environ, environment):
            s3 = cast("PutsObjects", boto3.client("s3"))  # pyright: ignore[reportUnknownMemberType]
            s3_store.cache_clear()
            yield s3
    finally:
        s3_store.cache_clear()
        server.terminate()
        server.join()


class _Null(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def _serve(pipe: Connection) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Null)
    pipe.send(server.server_port)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())

"""CPU of the client per event: the literal producer of the requirements against ours, in one run.

Both start from the same events in memory and use the real boto3 client (serialisation, signature,
HTTP, response) against a server in another process that answers as Kinesis does and keeps nothing.
The literal one encodes with `json.dumps`, appends a newline and calls PutRecord for each event;
ours encodes with msgspec, packs and calls PutRecords. Making the events and the client is not
counted, nor is the server. Rounds of all variants alternate; the fastest round of each counts.
"""

import json
import multiprocessing
import socket
import sys
import time
from collections.abc import Callable
from itertools import islice
from multiprocessing.connection import Connection
from typing import Protocol, cast

import boto3
import msgspec
from botocore.config import Config

from contract.events import ShopEvent
from functions.producer.put import Kinesis, Stream, put
from functions.producer.records import Sent, pack
from functions.producer.visits import Plan, visits

ROUNDS = 3
GOAL = 60


class SingleKinesis(Protocol):
    def put_record(self, *, StreamName: str, Data: bytes, PartitionKey: str) -> object: ...  # noqa: N803


def measure(events: int = 5000) -> dict[str, float]:
    """CPU microseconds per event (`*_us`) and how many times less ours needs (`*ratio`)."""
    good = (s.data for s in visits(Plan(events=events * 2)) if s.kind == "event")
    decoder = msgspec.json.Decoder(ShopEvent)
    typed = [decoder.decode(data) for data in islice(good, events)]
    plain = [cast("dict[str, object]", msgspec.to_builtins(event)) for event in typed]

    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(theirs,), daemon=True
    )
    server.start()
    try:
        client = _client(cast("int", ours.recv()))
        single = cast("SingleKinesis", client)
        many = cast("Kinesis", client)
        variants: dict[str, Callable[[], None]] = {
            "literal": lambda: _literal(single, plain),
            "sync": lambda: _ours(Stream(client=many, name="null", mode="sync"), typed),
            "async": lambda: _ours(Stream(client=many, name="null", mode="async"), typed),
        }
        _literal(single, plain[:10])  # connections and signing keys are not part of a round
        best = dict.fromkeys(variants, float("inf"))
        for _ in range(ROUNDS):
            for name, run in variants.items():
                began = time.process_time()
                run()
                best[name] = min(best[name], time.process_time() - began)
    finally:
        server.terminate()
        server.join()
    micros = {name: seconds / events * 1e6 for name, seconds in best.items()}
    return {
        "events": float(events),
        "literal_us": micros["literal"],
        "sync_us": micros["sync"],
        "async_us": micros["async"],
        "ratio": micros["literal"] / micros["sync"],
        "async_ratio": micros["literal"] / micros["async"],
    }


def main() -> int:
    found = measure()
    rows = (
        ("literal: PutRecord one by one", found["literal_us"], 1.0),
        ("ours, sync", found["sync_us"], found["ratio"]),
        ("ours, async", found["async_us"], found["async_ratio"]),
    )
    sys.stdout.write(f"producer, {found['events']:,.0f} events\n")
    sys.stdout.write(f"{'':32}{'CPU us/event':>14}{'times less':>12}\n")
    for name, micros, ratio in rows:
        sys.stdout.write(f"{name:32}{micros:14.2f}{ratio:12.1f}\n")
    met = found["ratio"] >= GOAL
    sys.stdout.write(f"goal: {GOAL} times less, {'met' if met else 'NOT met'}\n")
    return 0 if met else 1


def _literal(client: SingleKinesis, events: list[dict[str, object]]) -> None:
    for event in events:
        data = (json.dumps(event) + "\n").encode()
        client.put_record(StreamName="null", Data=data, PartitionKey=str(event["session_id"]))


def _ours(stream: Stream, events: list[ShopEvent]) -> None:
    encode = msgspec.json.Encoder().encode
    put(stream, pack(Sent(group_key=e.session_id, data=encode(e)) for e in events).records)


def _client(port: int) -> object:
    create = cast("Callable[..., object]", boto3.client)  # boto3 has no types
    return create(
        "kinesis",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106
        config=Config(retries={"total_max_attempts": 1}),
    )


def _serve(ready: Connection) -> None:
    """Answer Kinesis puts on a free loopback port until terminated."""
    import threading

    with socket.create_server(("127.0.0.1", 0)) as listener:
        ready.send(listener.getsockname()[1])
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_answer, args=(connection,), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    placed = {"SequenceNumber": "4" * 56, "ShardId": "shardId-000000000000"}
    with connection, connection.makefile("rb") as stream:
        while True:
            head: dict[bytes, bytes] = {}
            if not stream.readline():
                return
            while (line := stream.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                head[name.lower()] = value.strip()
            if head.get(b"expect") == b"100-continue":
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = stream.read(int(head.get(b"content-length", b"0")))
            answer: object = placed
            if head.get(b"x-amz-target", b"").endswith(b".PutRecords"):
                count = body.count(b'"PartitionKey"')
                answer = {"FailedRecordCount": 0, "Records": [placed] * count}
            data = json.dumps(answer).encode()
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\n"
                b"x-amzn-RequestId: 0\r\nContent-Length: %d\r\n\r\n%b" % (len(data), data)
            )


if __name__ == "__main__":
    sys.exit(main())

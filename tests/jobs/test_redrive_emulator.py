"""The commands and the validator on the stack `local`, made by the real engine in an emulator that
enforces IAM: what is lost comes back as it was, and every raw object has its verdict.

The commands work under a role with the policy of docs/replay.md, so that it is known to be enough.
"""

import io
import json
import re
import socket
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError

from automation import engine as engines
from automation.errors import ROOT, UserError
from automation.session import open_stack
from functions.data_validator.verdict import verdict_key
from functions.producer.visits import Plan
from jobs.redrive import __main__ as redrive
from jobs.redrive.places import Places
from jobs.reprocess import __main__ as reprocess
from local import arrival, emulator, publish
from local.access import Access

pytestmark = pytest.mark.engine
QUIET = lambda *_: None  # noqa: E731
EVENTS = 1500
PAGE = (ROOT / "docs" / "replay.md").read_text()


@dataclass
class Deployed:
    """`access` is the emulator's root, which looks and breaks things; `operator` repairs them."""

    access: Access
    operator: Access
    outputs: dict[str, Any]
    arrived: arrival.Arrived

    @property
    def s3(self) -> Any:
        return self.access.client("s3")

    def places(self, _options: object = None) -> Places:
        return Places(names=self.outputs, client=self.operator.client)

    def objects(self, zone: str, prefix: str = "") -> dict[str, bytes]:
        bucket = self.outputs[f"{zone}_bucket"]
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return {
            found["Key"]: self.s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
            for page in pages
            for found in page.get("Contents", ())
        }

    def rows(self) -> dict[str, dict[str, Any]]:
        """Silver as staging takes it, without where and when a copy arrived."""
        rows: dict[str, dict[str, Any]] = {}
        for body in self.objects("silver", "events/").values():
            for row in pq.read_table(io.BytesIO(body)).to_pylist():
                known = rows.get(row["event_id"])
                if known is None or row["position"] < known["position"]:
                    rows[row["event_id"]] = row
        return {
            id_: {k: v for k, v in row.items() if k not in ("position", "arrived_at")}
            for id_, row in rows.items()
        }

    def lose(self, prefix: str) -> None:
        for key in self.objects("silver", prefix):
            self.s3.delete_object(Bucket=self.outputs["silver_bucket"], Key=key)

    def days(self) -> list[date]:
        keys = self.objects("bronze", "raw/events/")
        return sorted({datetime.strptime(key[11:21], "%Y/%m/%d").date() for key in keys})


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """Deployed, and 1,500 visits' events in bronze, silver and quarantine."""
    try:
        engine = engines.find(print)
    except UserError as missing:
        pytest.skip(str(missing))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path_factory.mktemp("emulator")
    running = emulator.start(port=port, home=home, auth=True)
    try:
        with open_stack("local", engine, emulator_url=running.url, home=home) as session:
            outputs = session.up(QUIET).outputs
            access = Access(endpoint=running.url)
            publish.generated(access, outputs, Plan(events=EVENTS, broken=0.05), QUIET)
            arrived = arrival.wait(access, outputs, EVENTS, show=QUIET, alive=running.alive)
            yield Deployed(access, _operator(access, outputs), outputs, arrived)
    finally:
        emulator.stop(running, home=home)


def _operator(root: Access, outputs: dict[str, Any]) -> Access:
    iam, sqs, kinesis = root.client("iam"), root.client("sqs"), root.client("kinesis")
    queues = (outputs["dead_letter_url"], outputs["validator_dead_letter_url"])
    consumer, validator = (
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn", "KmsMasterKeyId"])[
            "Attributes"
        ]
        for url in queues
    )
    stream = kinesis.describe_stream(StreamName=outputs["stream"])["StreamDescription"]
    values = {
        "BRONZE": outputs["bronze_bucket"],
        "SILVER": outputs["silver_bucket"],
        "STREAM": outputs["stream"],
        "CONSUMER_QUEUE": consumer["QueueArn"].rpartition(":")[2],
        "VALIDATOR_QUEUE": validator["QueueArn"].rpartition(":")[2],
        "CONSUMER": outputs["consumer"],
        "VALIDATOR": outputs["data_validator"],
        "REGION": root.region,
        "ACCOUNT": root.key,
        "KEY": stream["KeyId"].rpartition("/")[2],
    }
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName="operator",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]
    document = policy(values)
    # AWS finds the stream in the iterator; the emulator asks for the action on everything.
    anywhere = {"Effect": "Allow", "Action": ["kinesis:GetRecords"], "Resource": ["*"]}
    document["Statement"].append(anywhere)
    iam.put_role_policy(
        RoleName="operator", PolicyName="replay", PolicyDocument=json.dumps(document)
    )
    return root.under(role["Arn"])


def policy(values: dict[str, str]) -> dict[str, Any]:
    """That of the page, with its words in capitals replaced."""
    (text,) = re.findall(r"```json\n(.+?)```", PAGE, re.DOTALL)
    return json.loads(re.sub(r"[A-Z]{3,}(_[A-Z]+)?", lambda word: values[word[0]], text))


@pytest.fixture(autouse=True)
def in_place_of_a_login(stack: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (redrive, reprocess):
        monkeypatch.setattr(module, "places", stack.places)


def test_every_raw_object_has_a_verdict_and_their_sums_are_those_of_the_consumer(stack: Deployed):
    raw = stack.objects("bronze", "raw/events/")
    wanted = {verdict_key(key) for key in raw}
    until = time.monotonic() + 60
    while (found := stack.objects("bronze", "validated/")).keys() != wanted:
        assert time.monotonic() < until, wanted - found.keys()
        time.sleep(0.5)
    verdicts = [json.loads(body) for body in found.values()]
    assert all(verdict["readable"] for verdict in verdicts)
    assert sum(verdict["valid"] for verdict in verdicts) == stack.arrived.silver_rows
    faults = sum((Counter(verdict["faults"]) for verdict in verdicts), Counter[str]())
    assert faults.total() == stack.arrived.quarantined > 0
    assert sum(verdict["events"] for verdict in verdicts) == EVENTS
    told = _metrics(stack)
    assert told["Objects"] == len(raw)
    assert told["ValidEvents"] == stack.arrived.silver_rows
    assert {fault: told[fault] for fault in faults} == faults


def test_the_operator_may_do_nothing_besides(stack: Deployed):
    s3, bronze = stack.operator.client("s3"), stack.outputs["bronze_bucket"]
    raw = next(iter(stack.objects("bronze", "raw/events/")))
    assert s3.get_object(Bucket=bronze, Key=raw)["Body"].read()
    for forbidden in (
        lambda: s3.delete_object(Bucket=bronze, Key=raw),
        lambda: s3.put_object(Bucket=bronze, Key=raw, Body=b""),
        lambda: s3.list_objects_v2(Bucket=stack.outputs["gold_bucket"]),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            forbidden()


def test_a_silver_that_was_lost_is_reprocessed_to_the_row(stack: Deployed):
    before = stack.rows()
    assert len(before) == len(stack.arrived.event_ids)
    stack.lose("events/")
    first, last = stack.days()[0].isoformat(), stack.days()[-1].isoformat()
    assert reprocess.main(["--day", first, "--until", last]) == 0
    assert stack.rows() == {}
    assert reprocess.main(["--day", first, "--until", last, "--yes"]) == 0
    assert stack.rows() == before
    written = stack.objects("silver", "events/")
    assert reprocess.main(["--day", first, "--until", last, "--yes"]) == 0
    assert stack.objects("silver", "events/") == written


def test_a_dead_letter_brings_its_batch_back_byte_by_byte(stack: Deployed):
    kinesis, sqs = stack.access.client("kinesis"), stack.access.client("sqs")
    stream, queue = stack.outputs["stream"], stack.outputs["dead_letter_url"]
    (shard,) = kinesis.list_shards(StreamName=stream)["Shards"]
    records = kinesis.get_records(
        ShardIterator=kinesis.get_shard_iterator(
            StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
    )["Records"][1:6]
    numbers = [record["SequenceNumber"] for record in records]
    letter = {
        "requestContext": {"condition": "RetryAttemptsExhausted"},
        "KinesisBatchInfo": {
            "shardId": shard["ShardId"],
            "startSequenceNumber": numbers[0],
            "endSequenceNumber": numbers[-1],
            "approximateArrivalOfFirstRecord": "2026-11-22T10:00:00Z",
            "batchSize": len(records),
        },
    }
    before = stack.rows()
    for _ in range(2):
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(letter))
    sqs.send_message(QueueUrl=queue, MessageBody="not ours")
    assert redrive.main([]) == 1
    assert _waiting(sqs, queue) == 3
    span = f"{shard['ShardId']}-{numbers[0]}-{numbers[-1]}"
    assert not _of(stack, span)
    assert redrive.main(["--yes"]) == 1
    made = _of(stack, span)
    assert made
    sent = b"".join(record["Data"] for record in records)
    ids = {row["event_id"] for body in made.values() for row in _table(body)}
    assert ids
    assert all(id_.encode() in sent for id_ in ids)
    assert stack.rows() == before
    assert _waiting(sqs, queue) == 1  # what nobody understands stays
    sqs.purge_queue(QueueUrl=queue)
    assert redrive.main(["--yes"]) == 0


def test_quarantine_that_is_replayed_goes_through_the_stream_and_comes_to_rest(stack: Deployed):
    before = stack.rows()
    waiting = stack.objects("bronze", "quarantine/events/")
    assert waiting
    assert redrive.main(["--quarantine"]) == 0
    # Broken for good: the command refuses, rather than sending them round.
    assert redrive.main(["--quarantine", "--yes"]) == 1
    assert stack.objects("bronze", "quarantine/events/") == waiting
    # One of them is mended, as a producer would send it.
    good = json.dumps(
        {"event_type": "pageview", "event_id": "mended-1", "occurred_at": "2026-11-22T10:00:00Z",
         "session_id": "s", "channel": "web", "page": "/"}
    ).encode()  # fmt: skip
    key, body = next(iter(waiting.items()))
    _quarantine(stack, key.replace(".json.gz", "-mended.json.gz"), good)
    assert redrive.main(["--quarantine", "--yes"]) == 0
    assert body in stack.objects("bronze", "quarantine/replayed/").values()
    until = time.monotonic() + 60
    while "mended-1" not in stack.rows():
        assert time.monotonic() < until
        time.sleep(0.5)
    assert set(stack.rows()) - set(before) == {"mended-1"}
    assert sum(b"mended-1" in _ids(body) for body in stack.objects("silver").values()) == 1


def _metrics(stack: Deployed) -> Counter[str]:
    """What the validator has logged in CloudWatch's embedded format; faults by their name."""
    pages = stack.access.client("logs").get_paginator("filter_log_events")
    group = f"/aws/lambda/{stack.outputs['data_validator']}"
    told: Counter[str] = Counter()
    for page in pages.paginate(logGroupName=group, filterPattern='"_aws"'):
        for event in page["events"]:
            if not event["message"].startswith("{"):
                continue
            line = json.loads(event["message"])
            if "Fault" in line:
                told[line["Fault"]] += line["InvalidEvents"]
            else:
                told.update({name: line[name] for name in ("Objects", "ValidEvents")})
    return told


def _quarantine(stack: Deployed, key: str, event: bytes) -> None:
    from functions.consumer.decode import Poison
    from functions.consumer.quarantine import quarantine_objects
    from functions.consumer.records import Span

    poison = Poison(reason="r", position="p", arrived_at=0, partition_key="g", data=event)
    (new,) = quarantine_objects([poison], Span(shard="s", first="1", last="1"))
    stack.s3.put_object(Bucket=stack.outputs["bronze_bucket"], Key=key, Body=new.body)


def _of(stack: Deployed, span: str) -> dict[str, bytes]:
    return {key: body for key, body in stack.objects("silver").items() if span in key}


def _table(body: bytes) -> list[dict[str, Any]]:
    return pq.read_table(io.BytesIO(body)).to_pylist()


def _ids(body: bytes) -> list[bytes]:
    return [row["event_id"].encode() for row in _table(body)]


def _waiting(sqs: Any, queue: str) -> int:
    found = sqs.get_queue_attributes(
        QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"]
    )["Attributes"]
    return int(found["ApproximateNumberOfMessages"])

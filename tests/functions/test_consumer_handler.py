"""The wiring: what lands where, what is logged, and that a failure is never swallowed."""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from functions.consumer.handler import handler
from tests.functions.consumer_fakes import (
    BRONZE,
    FIRST,
    SILVER,
    FakeStore,
    StoreDownError,
    page_view,
    record,
    recorded,
)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    store = FakeStore()
    monkeypatch.setattr("functions.consumer.handler.s3_store", lambda: store)
    monkeypatch.setenv("MODE", "parquet")
    monkeypatch.setenv("SILVER_BUCKET", SILVER)
    monkeypatch.setenv("BRONZE_BUCKET", BRONZE)
    monkeypatch.setenv("METRIC_NAMESPACE", "ShopTrend/Consumer")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "kinesis-to-s3-consumer")
    return store


def test_good_events_land_in_silver_and_poison_in_bronze(store: FakeStore):
    assert handler(recorded("kinesis_poison_among_good"), None) == {"batchItemFailures": []}
    name = f"shardId-000000000006-{FIRST + 20}-{FIRST + 22}"
    assert store.keys(SILVER) == [
        f"events/year=2026/month=01/day=05/hour=12/{name}.parquet",
        f"events/year=2026/month=01/day=05/hour=13/{name}.parquet",
    ]
    assert store.keys(BRONZE) == [f"quarantine/events/year=2026/month=01/day=05/{name}.json.gz"]
    assert store.query("SELECT event_id, year, hour FROM silver ORDER BY event_id") == [
        ("e-1", "2026", "12"),
        ("e-3", "2026", "13"),
        ("e-4", "2026", "13"),
    ]
    assert len(store.quarantined()) == 3


def test_a_batch_of_two_shards_makes_objects_of_each(store: FakeStore):
    handler(recorded("kinesis_two_shards"), None)
    one, other = "shardId-000000000006", "shardId-000000000007"
    other_number = "49590338271512557353758223161503106814194224350642569218"
    hour = "events/year=2026/month=01/day=05/hour="
    assert store.keys(SILVER) == [
        f"{hour}12/{one}-{FIRST + 30}-{FIRST + 31}.parquet",
        f"{hour}13/{one}-{FIRST + 30}-{FIRST + 31}.parquet",
        f"{hour}13/{other}-{other_number}-{other_number}.parquet",
    ]


def test_the_same_batch_twice_changes_nothing(store: FakeStore):
    handler(recorded("kinesis_poison_among_good"), None)
    once = dict(store.objects)
    handler(recorded("kinesis_poison_among_good"), None)
    assert store.objects == once


@pytest.mark.parametrize("broken_put", [1, 2, 3])
@pytest.mark.parametrize("mode", ["parquet", "text"])
def test_a_failing_store_fails_the_batch(
    store: FakeStore, monkeypatch: pytest.MonkeyPatch, mode: str, broken_put: int
):
    monkeypatch.setenv("MODE", mode)
    store.fails = lambda put: put == broken_put
    with pytest.raises(StoreDownError):
        handler(recorded("kinesis_poison_among_good"), None)


def test_the_log_line_is_embedded_metrics_with_counts_and_no_payload(
    store: FakeStore, capsys: pytest.CaptureFixture[str]
):
    event = recorded("kinesis_poison_among_good")
    event["Records"][0]["kinesis"]["approximateArrivalTimestamp"] = time.time() - 60
    handler(event, None)
    line = json.loads(capsys.readouterr().out)
    directive = line.pop("_aws")
    assert directive["CloudWatchMetrics"] == [
        {
            "Namespace": "ShopTrend/Consumer",
            "Dimensions": [["FunctionName"]],
            "Metrics": [
                {"Name": "Records", "Unit": "Count"},
                {"Name": "Events", "Unit": "Count"},
                {"Name": "QuarantinedEvents", "Unit": "Count"},
                {"Name": "Objects", "Unit": "Count"},
                {"Name": "Lag", "Unit": "Milliseconds"},
            ],
        }
    ]
    assert datetime.fromtimestamp(directive["Timestamp"] / 1000, UTC).year >= 2025
    assert line.pop("Lag") >= 60_000
    assert line == {
        "FunctionName": "kinesis-to-s3-consumer",
        "Records": 3,
        "Events": 3,
        "QuarantinedEvents": 3,
        "Objects": len(store.objects),
    }


def test_no_records_write_nothing(store: FakeStore):
    assert handler({"Records": []}, None) == {"batchItemFailures": []}
    assert store.objects == {}


def test_mode_text_puts_each_record_under_records(
    store: FakeStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MODE", "text")
    handler({"Records": [record(b"any\nthing"), record(page_view(1), 1)]}, None)
    assert store.keys(SILVER) == [
        f"records/g3-2026-01-05-130003-{FIRST}.txt",
        f"records/g3-2026-01-05-130004-{FIRST + 1}.txt",
    ]
    assert store.keys(BRONZE) == []


def test_an_unknown_mode_is_named(store: FakeStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MODE", "csv")
    with pytest.raises(ValueError, match="MODE is 'csv': set it to parquet or text"):
        handler({"Records": []}, None)
    assert store.objects == {}


def test_mode_text_runs_without_pyarrow_and_no_mode_needs_boto3(tmp_path):
    program = """
import os, sys
sys.modules["boto3"] = sys.modules["yaml"] = None
if os.environ["MODE"] == "text":
    sys.modules["pyarrow"] = sys.modules["msgspec"] = None
from functions.consumer.handler import handler
print(handler({"Records": []}, None))
"""
    for mode in ("text", "parquet"):
        environment = {
            "MODE": mode,
            "SILVER_BUCKET": "s",
            "BRONZE_BUCKET": "b",
            "METRIC_NAMESPACE": "n",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        run = subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.stdout.endswith("{'batchItemFailures': []}\n"), run.stderr

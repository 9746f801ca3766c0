"""The wiring: an object in, a verdict beside it, counts in the log."""

import gzip
import io
import json
import subprocess
import sys
from typing import Any

import pytest

from functions.data_validator import handler as module
from functions.data_validator.handler import handler
from tests.functions.consumer_fakes import page_view

BUCKET = "bronze"
KEY = "raw/events/2026/11/22/a b+c=d.gz"


class FakeS3:
    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        return {"ETag": '"5e1f"', "Body": io.BytesIO(self.objects[Bucket, Key])}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803
        self.objects[Bucket, Key] = Body


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> FakeS3:
    s3 = FakeS3()
    monkeypatch.setattr(module, "s3", lambda: s3)
    monkeypatch.setenv("METRIC_NAMESPACE", "ShopTrend/Validator")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "data-validator")
    return s3


def notice(*keys: str) -> Any:
    return {
        "Records": [{"s3": {"bucket": {"name": BUCKET}, "object": {"key": key}}} for key in keys]
    }


def test_the_verdict_lies_beside_the_object_whose_key_is_decoded(s3: FakeS3):
    s3.objects[BUCKET, KEY] = gzip.compress(page_view(1) + b"\n{\n")
    handler(notice("raw/events/2026/11/22/a+b%2Bc%3Dd.gz"), None)
    assert json.loads(s3.objects[BUCKET, f"validated/{KEY}.json"]) == {
        "object": KEY,
        "etag": "5e1f",
        "contract_version": 1,
        "readable": True,
        "events": 2,
        "valid": 1,
        "faults": {"malformed": 1},
        "reasons": {"Input data was truncated": 1},
    }


def test_counts_are_logged_by_function_and_by_fault(s3: FakeS3, capsys):
    s3.objects[BUCKET, "k"] = page_view(1) + b"\n{\n[]\n{\n"
    handler(notice("k"), None)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    directives = [line["_aws"]["CloudWatchMetrics"][0] for line in lines]
    assert {one["Namespace"] for one in directives} == {"ShopTrend/Validator"}
    assert directives[0]["Dimensions"] == [["FunctionName"]]
    told = {metric["Name"]: lines[0][metric["Name"]] for metric in directives[0]["Metrics"]}
    assert told == {"Objects": 1, "UnreadableObjects": 0, "ValidEvents": 1, "InvalidEvents": 3}
    assert [one["Dimensions"] for one in directives[1:]] == [[["FunctionName", "Fault"]]] * 2
    assert {line["Fault"]: line["InvalidEvents"] for line in lines[1:]} == {
        "malformed": 2,
        "wrong_type": 1,
    }


def test_a_second_notice_changes_nothing(s3: FakeS3):
    s3.objects[BUCKET, "k"] = page_view(1)
    handler(notice("k"), None)
    before = dict(s3.objects)
    handler(notice("k", "k"), None)
    assert s3.objects == before


def test_an_object_that_cannot_be_had_fails_the_run(s3: FakeS3):
    with pytest.raises(KeyError):
        handler(notice("gone"), None)
    assert s3.objects == {}


def test_the_validator_starts_without_arrow():
    probe = (
        "import sys, functions.data_validator.handler as h\n"
        "print([m for m in ('pyarrow', 'boto3') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

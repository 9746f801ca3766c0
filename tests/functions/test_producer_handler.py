"""The producer Lambda as it is invoked: payload and environment in, records and counts out."""

import importlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from functions.producer.put import NotPlaced
from functions.producer.records import KINESIS_BYTES, RECORD_BYTES, split
from functions.producer.request import Http, RequestError, Slice, environment, read
from functions.producer.source import SourceError
from functions.producer.visits import START, Plan, visits

lambda_module = importlib.import_module("functions.producer.handler")
NOW = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC)


class FakeKinesis:
    def __init__(self):
        self.entries = []
        self.failing = False

    def put_records(self, **request):
        assert request["StreamName"] == "events"
        records = request["Records"]
        if self.failing:
            return {"Records": [{"ErrorCode": "InternalFailure"} for _ in records]}
        self.entries += records
        return {"Records": [{} for _ in records]}

    def documents(self):
        return [data for entry in self.entries for data in split(entry["Data"])]


@pytest.fixture
def kinesis(monkeypatch):
    fake = FakeKinesis()
    monkeypatch.setattr(lambda_module, "client", lambda: fake)
    monkeypatch.setenv("STREAM_NAME", "events")
    for name in ("PUT_MODE", "PARTITION_GROUPS", "SOURCE_URL"):
        monkeypatch.delenv(name, raising=False)
    return fake


def test_the_generator_publishes_every_document_of_its_plan_in_few_records(kinesis):
    counts = lambda_module.handler({"source": "generator", "events": 2000, "seed": 5})
    sent = [s.data for s in visits(Plan(events=2000, seed=5))]
    assert sorted(kinesis.documents()) == sorted(sent)
    assert counts == {"published": 2000, "records": len(kinesis.entries), "retried": 0}
    assert len(kinesis.entries) <= sum(map(len, sent)) / RECORD_BYTES + 9
    assert {entry["PartitionKey"] for entry in kinesis.entries} == {f"g{n}" for n in range(8)}


def test_slices_sent_by_several_invocations_are_the_whole(kinesis):
    for first, last in ((0, 700), (700, 701), (701, 2000)):
        payload = {"source": "generator", "events": 2000, "from": first, "to": last}
        assert lambda_module.handler(payload)["published"] == last - first
    assert sorted(kinesis.documents()) == sorted(s.data for s in visits(Plan(events=2000)))


def test_more_documents_than_one_chunk_are_all_sent(kinesis, monkeypatch):
    monkeypatch.setattr(lambda_module, "CHUNK", 300)
    counts = lambda_module.handler({"source": "generator", "events": 1000})
    assert counts["published"] == 1000
    assert sorted(kinesis.documents()) == sorted(s.data for s in visits(Plan(events=1000)))


@pytest.mark.parametrize(
    "payload", [{"source": "http"}, {}, None, {"source": "aws.events", "id": "1"}]
)
def test_a_schedule_puts_what_the_api_said_in_one_group(kinesis, monkeypatch, payload):
    monkeypatch.setenv("SOURCE_URL", "https://api.example/v2/beers/random")
    monkeypatch.setattr(lambda_module, "fetch", lambda url: [b'{"id":1}', url.encode()])
    counts = lambda_module.handler(payload)
    assert counts == {"published": 2, "records": 1, "retried": 0}
    assert kinesis.documents() == [b'{"id":1}', b"https://api.example/v2/beers/random"]


def test_the_http_source_without_an_address_says_which_variable_is_missing(kinesis):
    with pytest.raises(SourceError, match="SOURCE_URL is not set"):
        lambda_module.handler({"source": "http"})


def test_mode_and_groups_come_from_the_environment(kinesis, monkeypatch):
    monkeypatch.setenv("PUT_MODE", "async")
    monkeypatch.setenv("PARTITION_GROUPS", "3")
    lambda_module.handler({"source": "generator", "events": 500})
    assert {entry["PartitionKey"] for entry in kinesis.entries} == {"g0", "g1", "g2"}
    assert len(kinesis.documents()) == 500


def test_the_log_is_one_json_line_of_counts_without_a_document(kinesis, capsys):
    lambda_module.handler({"source": "generator", "events": 400})
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {
        "event": "published",
        "stream": "events",
        "published": 400,
        "records": len(kinesis.entries),
        "retried": 0,
        "failed_records": 0,
        "failed_events": 0,
        "rejected": 0,
    }


def test_events_that_cannot_be_placed_fail_the_invocation_and_are_counted(
    kinesis, monkeypatch, capsys
):
    kinesis.failing = True
    monkeypatch.setattr("functions.producer.put.BASE_SECONDS", 0)
    with pytest.raises(NotPlaced, match=r"400 events in .* are not on stream events"):
        lambda_module.handler({"source": "generator", "events": 400})
    logged = json.loads(capsys.readouterr().out)
    assert (logged["published"], logged["failed_events"]) == (0, 400)


def test_a_document_too_large_for_kinesis_fails_the_invocation_after_the_rest_is_sent(
    kinesis, monkeypatch, capsys
):
    monkeypatch.setenv("SOURCE_URL", "https://api.example/")
    monkeypatch.setattr(lambda_module, "fetch", lambda _: [b"x" * KINESIS_BYTES, b"{}"])
    with pytest.raises(lambda_module.RefusedError, match=r"1 of 2 documents.*1,048,576 bytes"):
        lambda_module.handler({"source": "http"})
    assert kinesis.documents() == [b"{}"]
    assert json.loads(capsys.readouterr().out)["rejected"] == 1


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ({"source": "ftp"}, r"Invalid value 'ftp'.*Give \{\"source\": \"http\"\}"),
        ({"source": "generator", "sead": 1}, "unknown field `sead`"),
        ({"source": "http", "url": "http://x"}, "unknown field `url`"),
        ({"source": "generator", "events": "many"}, "Expected `int`, got `str`"),
        ({"events": 5}, "missing required field `source`"),
        ([1], "Expected `object`, got `array`"),
        ({"source": "generator", "events": -1, "to": 0}, "0 <= from <= to <= events"),
        (
            {"source": "generator", "events": 10, "from": 5, "to": 4},
            "from 5 to 4 is no slice of 10",
        ),
        ({"source": "generator", "events": 10, "to": 11}, "from 0 to 11 is no slice of 10"),
        ({"source": "generator", "start": "yesterday"}, "'yesterday' is no time with a zone"),
        ({"source": "generator", "start": "2026-01-05T00:00:00"}, "is no time with a zone"),
        ({"source": "generator", "start": "now", "to": 5}, "cannot be sliced"),
        ({"source": "generator", "days": 0}, "days is 0, but must be from 1 to 366"),
        ({"source": "generator", "currency": "€"}, "not a three-letter code"),
    ],
)
def test_a_payload_that_cannot_be_obeyed_says_why(payload, said):
    with pytest.raises(RequestError, match=said):
        read(payload, NOW)


def test_a_payload_without_options_is_the_default_plan():
    assert read({"source": "generator"}, NOW) == Slice(plan=Plan(), first=0, last=20_000)
    assert read({"source": "http"}, NOW) == Http()
    assert Plan().start == START


def test_now_means_the_days_that_end_now():
    request = read({"source": "generator", "start": "now", "days": 2}, NOW)
    assert isinstance(request, Slice)
    assert request.plan.start == datetime(2026, 3, 2, 5, 6, 7, tzinfo=UTC)
    assert request.plan.start + timedelta(days=2) <= NOW


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "STREAM_NAME is not set"),
        ({"STREAM_NAME": "s", "PUT_MODE": "fast"}, "PUT_MODE is 'fast', but must be sync or async"),
        ({"STREAM_NAME": "s", "PARTITION_GROUPS": "0"}, "PARTITION_GROUPS is '0'"),
        ({"STREAM_NAME": "s", "PARTITION_GROUPS": "257"}, "must be from 1 to 256"),
        ({"STREAM_NAME": "s", "PARTITION_GROUPS": "-1"}, "PARTITION_GROUPS is '-1'"),
    ],
)
def test_an_environment_that_cannot_be_obeyed_says_why(variables, said):
    with pytest.raises(RequestError, match=said):
        environment(variables)

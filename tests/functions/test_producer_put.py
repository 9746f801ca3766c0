"""Putting: only what failed is sent again, nothing is lost in silence, keys keep their order."""

import threading

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from functions.producer.put import (
    REQUEST_BYTES,
    REQUEST_RECORDS,
    EntryResult,
    NotPlaced,
    Placed,
    PutRecordsResult,
    Stream,
    put,
    requests,
)
from functions.producer.records import Record

THROTTLED = "ProvisionedThroughputExceededException"


class FakeKinesis:
    """Takes everything, but fails the data in `fail` so many times, and first calls by `errors`."""

    def __init__(self, fail=None, errors=()):
        self.fail = dict(fail or {})
        self.errors = list(errors)
        self.calls = []
        self.placed = []
        self.lock = threading.Lock()

    def put_records(self, **request) -> PutRecordsResult:
        assert request["StreamName"] == "events"
        with self.lock:
            self.calls.append([entry["Data"] for entry in request["Records"]])
            if self.errors:
                raise self.errors.pop(0)
            results: list[EntryResult] = []
            for entry in request["Records"]:
                data = entry["Data"]
                if self.fail.get(data, 0) > 0:
                    self.fail[data] -= 1
                    results.append({"ErrorCode": THROTTLED, "ErrorMessage": "slow down"})
                else:
                    self.placed.append((entry["PartitionKey"], data))
                    results.append({})
            return {"Records": results}


class Clock:
    def __init__(self):
        self.pauses = []

    def sleep(self, seconds):
        self.pauses.append(seconds)


def stream(client, clock=None, **changes):
    return Stream(
        client=client,
        name="events",
        sleep=(clock or Clock()).sleep,
        random=lambda: 1.0,
        **changes,
    )


def record(data, key="g0", events=2):
    return Record(key=key, data=data, events=events)


def client_error(code, status=400):
    return ClientError(
        {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}},
        "PutRecords",
    )


ABCD = [record(data) for data in (b"a", b"b", b"c", b"d")]


def test_only_the_entries_that_failed_are_sent_again_in_their_order():
    kinesis = FakeKinesis(fail={b"b": 2, b"d": 1})
    placed = put(stream(kinesis), ABCD)
    assert kinesis.calls == [[b"a", b"b", b"c", b"d"], [b"b", b"d"], [b"b"]]
    assert placed == Placed(records=4, events=8, retried=3)
    assert [data for _, data in kinesis.placed] == [b"a", b"c", b"d", b"b"]


def test_a_request_is_completed_before_the_next_one_starts():
    records = [record(b"%d" % n) for n in range(REQUEST_RECORDS + 1)]
    kinesis = FakeKinesis(fail={b"3": 1})
    put(stream(kinesis), records)
    assert [len(call) for call in kinesis.calls] == [500, 1, 1]
    assert kinesis.calls[1:] == [[b"3"], [b"500"]]


def test_the_pause_doubles_up_to_its_cap_and_jitter_scales_all_of_it():
    clock = Clock()
    put(stream(FakeKinesis(fail={b"a": 10}), clock, attempts=11), ABCD)
    assert clock.pauses == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 20, 20])
    clock = Clock()
    jittered = Stream(
        client=FakeKinesis(fail={b"a": 2}), name="events", sleep=clock.sleep, random=lambda: 0.25
    )
    put(jittered, ABCD)
    assert clock.pauses == pytest.approx([0.025, 0.05])


def test_what_could_not_be_placed_is_an_error_that_counts_it_and_names_its_code():
    kinesis = FakeKinesis(fail={b"b": 99})
    with pytest.raises(NotPlaced) as caught:
        put(stream(kinesis, attempts=3), ABCD)
    assert len(kinesis.calls) == 3
    placed = caught.value.placed
    assert (placed.records, placed.events, placed.retried) == (3, 6, 2)
    assert [(f.record.data, f.code, f.message) for f in placed.failed] == [
        (b"b", THROTTLED, "slow down")
    ]
    assert "2 events in 1 records are not on stream events (6 are)" in str(caught.value)
    assert f"{THROTTLED} x 1" in str(caught.value)


def test_after_a_request_that_cannot_be_completed_the_rest_is_reported_and_not_sent():
    records = [record(b"%d" % n) for n in range(REQUEST_RECORDS + 2)]
    kinesis = FakeKinesis(fail={b"3": 99})
    with pytest.raises(NotPlaced) as caught:
        put(stream(kinesis, attempts=2), records)
    failed = caught.value.placed.failed
    assert [(f.record.data, f.code) for f in failed] == [
        (b"3", THROTTLED),
        (b"500", "NotSent"),
        (b"501", "NotSent"),
    ]
    lost = {f.record.data for f in failed}
    assert lost | {data for _, data in kinesis.placed} == {r.data for r in records}


@pytest.mark.parametrize(
    "error",
    [
        client_error(THROTTLED),
        client_error("LimitExceededException"),
        client_error("InternalFailure", 500),
        client_error("ServiceUnavailable", 503),
        EndpointConnectionError(endpoint_url="https://kinesis"),
        ReadTimeoutError(endpoint_url="https://kinesis"),
    ],
)
def test_a_failed_call_that_may_pass_is_repeated_with_all_its_entries(error):
    kinesis = FakeKinesis(errors=[error])
    assert put(stream(kinesis), ABCD) == Placed(records=4, events=8, retried=4)
    assert kinesis.calls == [[b"a", b"b", b"c", b"d"]] * 2


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (client_error("AccessDeniedException"), "AccessDeniedException"),
        (client_error("ValidationException"), "ValidationException"),
        (client_error("ResourceNotFoundException"), "ResourceNotFoundException"),
        (NoCredentialsError(), "NoCredentialsError"),
    ],
)
def test_a_failed_call_that_cannot_pass_is_not_repeated(error, code):
    kinesis, clock = FakeKinesis(errors=[error]), Clock()
    with pytest.raises(NotPlaced, match=code) as caught:
        put(stream(kinesis, clock), ABCD)
    assert len(kinesis.calls) == 1
    assert clock.pauses == []
    assert [f.code for f in caught.value.placed.failed] == [code] * 4


def test_requests_stay_within_five_hundred_records_and_five_megabytes_with_keys():
    small = [record(b"x") for _ in range(1001)]
    assert [len(request) for request in requests(small)] == [500, 500, 1]
    megabyte = record(b"x" * (1_048_576 - 2))
    assert megabyte.size * 5 == REQUEST_BYTES
    assert [len(request) for request in requests([megabyte] * 11)] == [5, 5, 1]


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_both_modes_place_everything_once_and_keep_the_order_of_each_key(mode):
    records = [record(b"%d-%d" % (k, n), f"g{k}") for n in range(700) for k in range(8)]
    kinesis = FakeKinesis()
    placed = put(stream(kinesis, mode=mode), records)
    assert placed == Placed(records=5600, events=11_200)
    for k in range(8):
        sent = [data for key, data in kinesis.placed if key == f"g{k}"]
        assert sent == [b"%d-%d" % (k, n) for n in range(700)]


def test_async_sends_requests_of_different_keys_at_the_same_time():
    meeting = threading.Barrier(8, timeout=20)

    class Meeting(FakeKinesis):
        def put_records(self, **request):
            meeting.wait()
            return super().put_records(**request)

    records = [record(b"%d" % k, f"g{k}") for k in range(8)]
    assert put(stream(Meeting(), mode="async"), records).records == 8


def test_in_async_mode_a_failing_key_costs_only_itself():
    records = [record(b"bad", "g1"), record(b"x", "g0"), record(b"y", "g2")]
    kinesis = FakeKinesis(fail={b"bad": 99})
    with pytest.raises(NotPlaced) as caught:
        put(stream(kinesis, mode="async", attempts=2), records)
    assert sorted(data for _, data in kinesis.placed) == [b"x", b"y"]
    assert [f.record.data for f in caught.value.placed.failed] == [b"bad"]


def test_no_records_need_no_request():
    kinesis = FakeKinesis()
    assert put(stream(kinesis), []) == Placed()
    assert put(stream(kinesis, mode="async"), []) == Placed()
    assert kinesis.calls == []


def test_a_stream_that_may_never_be_tried_is_refused():
    with pytest.raises(ValueError, match="attempts is 0"):
        stream(FakeKinesis(), attempts=0)

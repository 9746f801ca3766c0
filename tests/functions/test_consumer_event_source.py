"""The simulator itself does what the documentation of Lambda says."""

import pytest

from functions.consumer.records import Event
from tests.functions.consumer_fakes import FIRST, SHARD, record
from tests.functions.event_source import Aws, Emulator, StillFailingError, deliver

RECORDS = [record(b"", number) for number in range(8)]


class Function:
    """Fails when it sees a bad record; answers with `failures` otherwise."""

    def __init__(self, bad: set[int], answers: list[list[int]] | None = None) -> None:
        self.bad, self.answers, self.seen = bad, answers or [], []

    def __call__(self, event: Event, context: object) -> dict:
        numbers = [int(r["kinesis"]["sequenceNumber"]) - FIRST for r in event["Records"]]
        self.seen.append(numbers)
        if self.bad & set(numbers):
            raise RuntimeError
        failed = self.answers.pop(0) if self.answers else []
        return {"batchItemFailures": [{"itemIdentifier": str(FIRST + n)} for n in failed]}


def test_batches_keep_order_and_size():
    function = Function(set())
    deliver(Aws(batch_size=3), RECORDS, function)
    assert function.seen == [[0, 1, 2], [3, 4, 5], [6, 7]]


def test_a_batch_has_at_most_six_megabytes():
    big = [record(b"x" * 1_048_576, number) for number in range(6)]
    function = Function(set())
    deliver(Aws(), big, function)
    assert function.seen == [[0, 1, 2, 3], [4, 5]]


def test_bisection_isolates_the_bad_record_and_uses_up_no_retry():
    function = Function({5})
    delivery = deliver(Aws(batch_size=8, retries=1), RECORDS, function)
    assert function.seen == [
        [0, 1, 2, 3, 4, 5, 6, 7],
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [4, 5],
        [4],
        [5],
        [5],
        [6, 7],
    ]
    assert delivery.dead_letters == [
        {
            "requestContext": {"condition": "RetryAttemptsExhausted"},
            "KinesisBatchInfo": {
                "shardId": SHARD,
                "startSequenceNumber": str(FIRST + 5),
                "endSequenceNumber": str(FIRST + 5),
                "batchSize": 1,
            },
        }
    ]


def test_without_bisection_the_whole_batch_is_given_up():
    function = Function({1})
    delivery = deliver(Aws(batch_size=4, retries=2, bisect=False), RECORDS, function)
    assert function.seen == [[0, 1, 2, 3]] * 3 + [[4, 5, 6, 7]]
    assert delivery.dead_letters[0]["KinesisBatchInfo"]["batchSize"] == 4


def test_a_partial_response_goes_on_from_the_lowest_sequence_number():
    function = Function(set(), [[6, 2, 4], [3]])
    deliver(Aws(batch_size=8), RECORDS, function)
    assert function.seen == [[0, 1, 2, 3, 4, 5, 6, 7], [2, 3, 4, 5, 6, 7], [3, 4, 5, 6, 7]]


def test_an_identifier_that_is_not_in_the_batch_fails_it_whole():
    function = Function(set(), [[99]])
    deliver(Aws(batch_size=8, bisect=False), RECORDS, function)
    assert function.seen == [[0, 1, 2, 3, 4, 5, 6, 7]] * 2


def test_old_records_go_to_the_destination_unseen():
    function = Function(set())
    delivery = deliver(Aws(max_age_seconds=3.5), RECORDS, function)
    assert function.seen == [[4, 5, 6, 7]]
    assert delivery.dead_letters[0]["requestContext"] == {"condition": "RecordAgeExceeded"}
    assert delivery.dead_letters[0]["KinesisBatchInfo"]["endSequenceNumber"] == str(FIRST + 3)


def test_a_lost_lease_delivers_again_in_other_batches():
    function = Function(set())
    deliver(Aws(batch_size=3, lost_leases={2: 4}), RECORDS, function)
    assert function.seen == [[0, 1, 2], [3, 4, 5], [2, 3, 4], [5, 6, 7]]


def test_the_emulator_repeats_a_failing_batch_and_ignores_partial_answers():
    function = Function({1})
    with pytest.raises(StillFailingError):
        deliver(Emulator(batch_size=4, patience=5), RECORDS, function)
    assert function.seen == [[0, 1, 2, 3]] * 5
    function = Function(set(), [[1]])
    deliver(Emulator(batch_size=8), RECORDS, function)
    assert function.seen == [[0, 1, 2, 3, 4, 5, 6, 7]]

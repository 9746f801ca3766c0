"""Dead letters reach silver as if nothing had happened, and what cannot be helped stays."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.redrive import batches
from jobs.redrive.dead_letters import redrive
from jobs.redrive.letters import Unknown, understood
from tests.functions.consumer_fakes import page_view
from tests.jobs.stack_in_memory import FIRST, SHARD, Stack, consume, letter

QUIET = lambda _: None  # noqa: E731


@pytest.fixture
def stack() -> Stack:
    stack = Stack()
    stack.put(*(page_view(number) + b"\n" for number in range(9)))
    return stack


def test_redriven_batches_leave_the_objects_that_a_first_success_would_have_left(stack: Stack):
    lucky = Stack()
    consume(lucky.s3, stack.kinesis.as_lambda_sends(2, 5))
    stack.sqs.send("a", letter(2, 5))
    done = redrive(stack.places, yes=True, tell=QUIET)
    assert (done.done, done.records, done.left) == (1, 4, [])
    assert stack.silver() == lucky.silver() != {}
    assert stack.sqs.messages == {}


def test_without_yes_nothing_is_called_and_every_letter_is_there_again(stack: Stack):
    for name, first in (("a", 0), ("b", 3), ("c", 6)):
        stack.sqs.send(name, letter(first, first + 2))
    done = redrive(stack.places, yes=False, tell=QUIET)
    assert (done.done, done.records) == (3, 9)
    assert stack.functions.calls == []
    assert stack.silver() == {}
    assert (set(stack.sqs.messages), stack.sqs.hidden) == ({"a", "b", "c"}, set())


def test_a_letter_that_was_redriven_by_two_people_changes_nothing(stack: Stack):
    stack.sqs.send("a", letter(0, 3))
    stack.sqs.send("b", letter(0, 3))
    redrive(stack.places, yes=True, tell=QUIET)
    once = Stack()
    consume(once.s3, stack.kinesis.as_lambda_sends(0, 3))
    assert stack.silver() == once.silver()


def test_a_batch_that_fails_again_stays_for_the_next_run(stack: Stack):
    stack.sqs.send("a", letter(0, 3))
    stack.functions.breaks = True
    done = redrive(stack.places, yes=True, tell=QUIET)
    assert done.left == ["a: consumer failed again: the store is down"]
    assert ("a" in stack.sqs.messages, stack.sqs.hidden) == (True, set())
    stack.functions.breaks = False
    assert redrive(stack.places, yes=True, tell=QUIET).done == 1
    assert stack.silver()


@pytest.mark.parametrize("gone", [letter(0, 3), letter(2, 5), letter(0, 3, shard="shardId-9")])
def test_a_batch_that_the_stream_has_lost_names_the_day_to_reprocess(stack: Stack, gone):
    stack.kinesis.horizon = 4
    stack.sqs.send("a", gone)
    done = redrive(stack.places, yes=True, tell=QUIET)
    assert done.days == {"2026-11-22": 1}
    assert "reprocess 2026-11-22 from bronze" in done.left[0]
    assert stack.functions.calls == []
    assert "a" in stack.sqs.messages


def test_letters_are_given_back_when_the_run_is_stopped(stack: Stack):
    stack.sqs.send("a", letter(0, 1))
    stack.sqs.send("b", letter(2, 3))

    def stopped(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        redrive(stack.places, yes=False, tell=stopped)
    assert (set(stack.sqs.messages), stack.sqs.hidden) == ({"a", "b"}, set())


def test_a_failed_call_is_made_again_with_its_payload(stack: Stack):
    notice = {"Records": [{"s3": {"object": {"key": "raw/events/a.gz"}}}]}
    context = {"functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:validator:$LATEST"}
    stack.sqs.send("a", {"requestContext": context, "requestPayload": notice})
    queue = "validator_dead_letter_url"
    assert redrive(stack.places, queue=queue, yes=False, tell=QUIET).done == 1
    assert stack.functions.calls == []
    assert redrive(stack.places, queue=queue, yes=True, tell=QUIET).done == 1
    assert stack.functions.calls == [("validator", notice)]
    assert stack.sqs.messages == {}


def test_a_letter_cannot_make_its_reader_call_a_foreign_function(stack: Stack):
    context = {"functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:delete-all"}
    stack.sqs.send("a", {"requestContext": context, "requestPayload": {}})
    done = redrive(stack.places, yes=True, tell=QUIET)
    assert done.left == ["a: it asks for delete-all, which is no function of this stack"]
    assert stack.functions.calls == []


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", '{"source": "http"}', '{"KinesisBatchInfo": {"shardId": "s"}}',
     '{"KinesisBatchInfo": null}',
     '{"requestPayload": {}, "requestContext": {"functionArn": "x"}}'],
)  # fmt: skip
def test_a_message_that_nobody_here_sends_stays(stack: Stack, body: str):
    stack.sqs.send("a", body)
    done = redrive(stack.places, yes=True, tell=QUIET)
    assert len(done.left) == 1
    assert "a" in stack.sqs.messages


@given(st.text() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_no_message_breaks_the_reader(body: str):
    assert isinstance(understood(body), Unknown)


def test_a_batch_too_large_for_a_call_goes_in_several(stack: Stack, monkeypatch):
    records = stack.kinesis.as_lambda_sends(0, 8)
    monkeypatch.setattr(batches, "PAYLOAD_BYTES", 1200)
    sent = list(batches.payloads(records))
    assert len(sent) > 1
    assert all(len(payload) <= 1200 for payload in sent)
    assert [one for payload in sent for one in json.loads(payload)["Records"]] == records


def test_the_records_read_are_those_that_lambda_had(stack: Stack):
    batch = understood(json.dumps(letter(1, 7)))
    found = batches.read(stack.kinesis, "events", batch)  # pyright: ignore[reportArgumentType]
    assert found == stack.kinesis.as_lambda_sends(1, 7)
    assert found[0]["eventID"] == f"{SHARD}:{FIRST + 1}"

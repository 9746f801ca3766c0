"""What lies in a dead-letter queue of the stack, understood.

Three shapes, by who sent it (AWS Lambda developer guide, "Retain discarded batch records" and
"Retain records of asynchronous invocations"): a batch of the stream as places, without its data; a
call that failed, with its payload; anything else, which is left where it is.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

# Long enough to work off a queue's letters; a run that dies gives them back after it.
HIDDEN_SECONDS = 900
# SQS answers with at most ten, from some of its servers: one empty answer proves nothing.
EMPTY_ANSWERS = 2


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Records of one shard that the consumer gave up, `first` and `last` included."""

    shard: str
    first: str
    last: str
    records: int
    arrived: str
    """Of the first record, ISO 8601."""

    @property
    def day(self) -> str:
        """Of arrival, UTC, as the commands take it."""
        return self.arrived[:10]


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of `function`, a name, that failed each time."""

    function: str
    payload: Any


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """A message that nobody here sends."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Letter:
    id: str
    receipt: str
    content: Batch | Call | Unknown


def understood(body: str) -> Batch | Call | Unknown:
    """What a message says; never raises."""
    try:
        message: object = json.loads(body)
    except ValueError:
        return Unknown(reason="it is not JSON")
    if not isinstance(message, dict):
        return Unknown(reason="it is not a JSON object")
    told = cast("dict[str, Any]", message)
    try:
        if "KinesisBatchInfo" in told:
            info = told["KinesisBatchInfo"]
            return Batch(
                shard=info["shardId"],
                first=info["startSequenceNumber"],
                last=info["endSequenceNumber"],
                records=int(info["batchSize"]),
                arrived=info.get("approximateArrivalOfFirstRecord", "unknown"),
            )
        if "requestPayload" in told:
            arn: str = told["requestContext"]["functionArn"]
            # arn:aws:lambda:region:account:function:name, and a version
            return Call(function=arn.split(":")[6], payload=told["requestPayload"])
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        return Unknown(reason=f"it lacks something: {error!r}")
    return Unknown(reason="it is neither a batch of the stream nor a failed call")


def receive(sqs: Any, url: str) -> Iterator[list[Letter]]:  # noqa: ANN401 (boto3 has no types)
    """Every letter of a queue once, in the handfuls that SQS answers with, hidden from others until
    it is deleted or given back.
    """
    seen: set[str] = set()
    empty = 0
    while empty < EMPTY_ANSWERS:
        found = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=1,
        ).get("Messages", [])
        new = [message for message in found if message["MessageId"] not in seen]
        empty = 0 if new else empty + 1
        seen.update(message["MessageId"] for message in new)
        yield [
            Letter(
                id=message["MessageId"],
                receipt=message["ReceiptHandle"],
                content=understood(message["Body"]),
            )
            for message in new
        ]


def give_back(sqs: Any, url: str, letter: Letter) -> None:  # noqa: ANN401
    """Lets others see the letter at once."""
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=letter.receipt, VisibilityTimeout=0)

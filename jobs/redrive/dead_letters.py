"""Works off a dead-letter queue: batches through the consumer, failed calls through their function.

A letter is deleted once its work is done, and given back otherwise. A batch that is gone from the
stream is a day to reprocess from bronze (`jobs.reprocess`); its letter goes once somebody says that
the day was.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from jobs.redrive.batches import Failed, Gone, call, payloads, read
from jobs.redrive.letters import Batch, Call, Letter, Unknown, give_back, receive
from jobs.redrive.places import Places

Tell = Callable[[str], None]


@dataclass(kw_only=True)
class Redriven:
    """Letters by what became of them, and records that reached the consumer."""

    done: int = 0
    records: int = 0
    settled: int = 0
    """Letters of `done` whose batches were lost, and came back with their day."""
    left: list[str] = field(default_factory=list[str])
    """Of each letter that stays in the queue, why."""
    days: Counter[str] = field(default_factory=Counter[str])
    """Days (UTC) of arrival whose batches the stream has lost: to be reprocessed from bronze."""


def redrive(
    at: Places,
    *,
    queue: str = "dead_letter_url",
    reprocessed: Collection[str] = (),
    yes: bool,
    tell: Tell,
) -> Redriven:
    """Every letter of `queue`, the stack's word for its URL. Without `yes` it only looks: what it
    reads of the stream is handed to nobody, and each letter is given back.

    `reprocessed`: days (UTC, `2026-11-22`) that bronze has given back. Letters of them are done if
    the stream has lost their batches, and redriven like any other if it has not.
    """
    sqs, url = at.client("sqs"), at[queue]
    result = Redriven()
    held: list[Letter] = []
    try:
        for handful in receive(sqs, url):
            held += handful
            for letter in handful:
                if _done(at, letter, result, reprocessed, yes=yes, tell=tell) and yes:
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=letter.receipt)
                    held.remove(letter)
    finally:  # also after Ctrl-C: whoever comes next must find them
        for letter in held:
            give_back(sqs, url, letter)
    return result


def _done(
    at: Places,
    letter: Letter,
    result: Redriven,
    reprocessed: Collection[str],
    *,
    yes: bool,
    tell: Tell,
) -> bool:
    told = _told(letter)
    try:
        reason = _work(at, letter, result, yes=yes)
    except Gone as gone:
        if gone.day in reprocessed:
            result.settled += 1
            reason, told = None, "its day was reprocessed"
        else:
            result.days[gone.day] += 1
            reason = f"{gone}; reprocess {gone.day} from bronze"
    if reason is not None:
        result.left.append(f"{letter.id}: {reason}")
        tell(f"{letter.id} stays: {reason}")
        return False
    result.done += 1
    tell(f"{letter.id} {'done' if yes else 'could be done'}: {told}")
    return True


def _work(at: Places, letter: Letter, result: Redriven, *, yes: bool) -> str | None:
    """None once the letter's work is done; else why it is not. Raises Gone."""
    try:
        match letter.content:
            case Batch() as batch:
                records = read(at.client("kinesis"), at["stream"], batch)
                for payload in payloads(records) if yes else ():
                    call(at.client("lambda"), at["consumer"], payload)
                result.records += len(records)
            case Call(function=function, payload=payload):
                # Whoever can write to the queue must not choose what its reader calls.
                if function not in at.functions():
                    return f"it asks for {function}, which is no function of this stack"
                if yes:
                    call(at.client("lambda"), function, json.dumps(payload).encode())
            case Unknown(reason=reason):
                return reason
    except Failed as failed:
        return str(failed)
    return None


def _told(letter: Letter) -> str:
    match letter.content:
        case Batch() as batch:
            return f"{batch.records:,} records of {batch.shard}"
        case Call() as failed:
            return f"a call of {failed.function}"
        case Unknown() as unknown:
            return unknown.reason

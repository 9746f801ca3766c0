"""Works off a dead-letter queue: batches through the consumer, failed calls through their function.

A letter is deleted once its work is done, and given back otherwise. It leaves out the stream's
retention: a batch that is gone from there is a day to reprocess from bronze (`jobs.reprocess`).
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jobs.redrive.batches import Failed, Gone, call, payloads, read
from jobs.redrive.letters import Batch, Call, Letter, give_back, receive
from jobs.redrive.places import Places

Tell = Callable[[str], None]


@dataclass(kw_only=True)
class Redriven:
    """Letters by what became of them, and records that reached the consumer."""

    done: int = 0
    records: int = 0
    left: list[str] = field(default_factory=list[str])
    """Of each letter that stays in the queue, why."""
    days: Counter[str] = field(default_factory=Counter[str])
    """Days (UTC) of arrival whose batches the stream has lost: to be reprocessed from bronze."""


def redrive(at: Places, *, queue: str = "dead_letter_url", yes: bool, tell: Tell) -> Redriven:
    """Every letter of `queue`, the stack's word for its URL. Without `yes` it only
    looks: what it reads of the stream is handed to nobody, and each letter is given back.
    """
    sqs, url = at.client("sqs"), at[queue]
    result = Redriven()
    held: list[Letter] = []
    try:
        for letter in receive(sqs, url):
            held.append(letter)
            reason = _work(at, letter, result, yes=yes)
            if reason is not None:
                result.left.append(f"{letter.id}: {reason}")
                tell(f"{letter.id} stays: {reason}")
                continue
            result.done += 1
            tell(f"{letter.id} {'done' if yes else 'could be done'}: {_told(letter)}")
            if yes:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=letter.receipt)
                held.remove(letter)
    finally:  # also after Ctrl-C: whoever comes next must find them
        for letter in held:
            give_back(sqs, url, letter)
    return result


def _work(at: Places, letter: Letter, result: Redriven, *, yes: bool) -> str | None:
    """None once the letter's work is done; else why it is not."""
    content = letter.content
    try:
        match content:
            case Batch():
                records = read(at.client("kinesis"), at["stream"], content)
                for payload in payloads(records) if yes else ():
                    call(at.client("lambda"), at["consumer"], payload)
                result.records += len(records)
            case Call():
                # Whoever can write to the queue must not choose what its reader calls.
                if content.function not in at.functions():
                    return f"it asks for {content.function}, which is no function of this stack"
                if yes:
                    payload = json.dumps(content.payload).encode()
                    call(at.client("lambda"), content.function, payload)
            case _:
                return content.reason
    except Gone as gone:
        day = content.arrived[:10] if isinstance(content, Batch) else "unknown"
        result.days[day] += 1
        return f"{gone}; reprocess {day} from bronze"
    except Failed as failed:
        return str(failed)
    return None


def _told(letter: Letter) -> str:
    content: Any = letter.content
    if isinstance(content, Batch):
        return f"{content.records:,} records of {content.shard}"
    return f"a call of {content.function}"

"""Put events on the stream: generated visits through the producer function, and the orders of a
file as events.
"""

import json
from pathlib import Path
from typing import Any

from automation.errors import UserError
from functions.producer.put import NotPlaced, Stream, put
from functions.producer.records import Sent, pack
from functions.producer.visits import Plan, Truth, truth, visits
from jobs.order_file.lines import FileOrderLine, read_lines
from jobs.order_file.load import drop, load
from jobs.order_file.plan import Settings
from jobs.order_file.replay import replay
from jobs.order_file.results import Loaded
from local.access import Access
from local.steps import Show

# Documents an invocation: enough to see progress, and far below the function's time.
SLICE = 5_000


def generated(root: Access, outputs: dict[str, Any], plan: Plan, show: Show) -> Truth:
    """Let the producer function publish the plan; returns what the plan really holds.

    Raises `UserError` when the function fails or publishes another number than asked.
    """
    published = 0
    for first in range(0, plan.events, SLICE):
        last = min(first + SLICE, plan.events)
        published += _invoke(
            root,
            outputs["producer"],
            {
                "source": "generator",
                "events": plan.events,
                "seed": plan.seed,
                "from": first,
                "to": last,
            },
        )
        show(f"{published:,} of {plan.events:,} events")
    if published != plan.events:
        raise UserError(
            f"the producer says it published {published:,} events, not {plan.events:,}; see its "
            "log group"
        )
    return truth(visits(plan))


def _invoke(root: Access, function: str, payload: dict[str, object]) -> int:
    answer = root.client("lambda").invoke(FunctionName=function, Payload=json.dumps(payload))
    said = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise UserError(f"the producer failed: {said.get('errorMessage', said)}")
    return int(said["published"])


def order_file(
    transform: Access, outputs: dict[str, Any], path: Path, settings: Settings, show: Show
) -> tuple[Loaded, int]:
    """Drop the file into bronze, load it to silver, and replay its orders as events.

    Returns what was loaded, and the number of events published.
    """
    s3 = transform.client("s3")
    drop(s3, bronze=outputs["bronze_bucket"], path=path)
    show("dropped into bronze, loading")
    loaded = load(
        s3,
        bronze=outputs["bronze_bucket"],
        silver=outputs["silver_bucket"],
        file_name=path.name,
        settings=settings,
    )
    show(f"{loaded.lines:,} lines loaded, replaying the orders as events")
    lines = (
        line for line in read_lines(path, loaded.plan, path.name) if isinstance(line, FileOrderLine)
    )
    packed = pack(Sent(group_key=group, data=data) for group, data in replay(lines))
    if packed.rejected:
        raise UserError(f"an order does not fit a record: {packed.rejected[0].reason}")
    stream = Stream(client=transform.client("kinesis"), name=outputs["stream"])
    try:
        placed = put(stream, packed.records)
    except NotPlaced as error:
        raise UserError(str(error)) from None
    return loaded, placed.events

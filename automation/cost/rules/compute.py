"""Lambda, and what calls it or carries its messages: SQS, SNS, EventBridge Scheduler, Step
Functions.
"""

from __future__ import annotations

from decimal import Decimal

from automation.cost.model import KIB, Context, Line, Resource, Rule
from automation.cost.rules.streams import MAPPING, STREAM, assumed, records, shards
from automation.cost.schedules import runs_per_month
from automation.cost.usage import NoUsageError
from automation.cost.usage_sections import FunctionUse

FUNCTION = "aws:lambda/function:Function"
SCHEDULE = "aws:scheduler/schedule:Schedule"
DEFAULT_MEMORY_MB = 128
DEFAULT_BATCH = 100
INCLUDED_EPHEMERAL_MB = 512
MILLI, MICRO = Decimal(1000), Decimal(1_000_000)


def function(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.of("functions", ctx.usage.functions, resource.name)
    runs, why = _runs(resource, ctx, use)
    seconds = runs * use.milliseconds.value / MILLI
    if use.microseconds_per_event is not None:
        events = ctx.usage.events.per_day.value * ctx.days
        seconds += events * use.microseconds_per_event.value / MICRO
    memory = resource.number("memorySize", DEFAULT_MEMORY_MB) / KIB
    processor = "arm64" if "arm64" in resource.items("architectures") else "x86_64"
    because = f"{use.milliseconds.value} ms a run: {use.milliseconds.source}"
    lines = [
        ctx.used("runs", "lambda.request", runs, why),
        ctx.used(
            f"time on {processor}", f"lambda.{processor}_gb_second", seconds * memory, because
        ),
    ]
    disk = resource.number("ephemeralStorage.size", INCLUDED_EPHEMERAL_MB) - INCLUDED_EPHEMERAL_MB
    if disk > 0:
        lines.append(ctx.used("disk", "lambda.ephemeral_gb_second", seconds * disk / KIB, because))
    if use.objects_per_run is not None:
        objects = runs * use.objects_per_run.value
        lines.append(ctx.used("objects written", "s3.put", objects, use.objects_per_run.source))
    return lines


def _runs(resource: Resource, ctx: Context, use: FunctionUse) -> tuple[Decimal, str]:
    """How often it runs in a month: from its event source or schedule, else from the usage file."""
    sources = [
        one for one in ctx.siblings(resource, MAPPING) if one.given("startingPosition") is not None
    ]
    if sources:
        return sum((_batches(one, ctx) for one in sources), Decimal(0)), assumed(ctx)
    schedules = ctx.siblings(resource, SCHEDULE)
    if schedules:
        expressions = [one.text("scheduleExpression") for one in schedules]
        runs = sum((runs_per_month(text, ctx.days) for text in expressions), Decimal(0))
        return runs, f"schedule {', '.join(expressions)}"
    if use.invocations_per_month is None:
        raise NoUsageError(
            f"nothing in the stack calls {resource.name}, and usage/{ctx.usage.name}.yaml does not "
            "say how often it runs (invocations_per_month)"
        )
    return use.invocations_per_month.value, use.invocations_per_month.source


def _batches(mapping: Resource, ctx: Context) -> Decimal:
    """Batches of a stream: full ones, or one at the end of each window if those are more."""
    count = records(ctx)
    size = mapping.number("batchSize", DEFAULT_BATCH)
    window = max(mapping.number("maximumBatchingWindowInSeconds"), Decimal(1))
    parallel = mapping.number("parallelizationFactor", 1)
    queues = parallel * sum((shards(one) for one in ctx.of(STREAM)), Decimal(0))
    return min(count, max(count / size, queues * ctx.seconds / window))


def queue(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.of("queues", ctx.usage.queues, resource.name).requests_per_month
    return [ctx.used("requests", "sqs.request", use.value, use.source)]


def topic(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.of("topics", ctx.usage.topics, resource.name).messages_per_month
    return [ctx.used("messages published", "sns.publish", use.value, use.source)]


def subscription(resource: Resource, ctx: Context) -> list[Line]:
    protocol = resource.text("protocol")
    rate = {"email": "sns.email", "email-json": "sns.email", "https": "sns.http"}
    if protocol in ("sqs", "lambda", "firehose"):
        return []  # delivery inside AWS is free
    use = ctx.usage.of("topics", ctx.usage.topics, resource.name).messages_per_month
    return [
        ctx.used(
            f"deliveries by {protocol}",
            rate.get(protocol, f"sns.{protocol}"),
            use.value,
            use.source,
        )
    ]


def schedule(resource: Resource, ctx: Context) -> list[Line]:
    expression = resource.text("scheduleExpression")
    runs = runs_per_month(expression, ctx.days)
    return [ctx.used("invocations", "scheduler.invocation", runs, f"schedule {expression}")]


def state_machine(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.of("machines", ctx.usage.machines, resource.name)
    runs = use.transitions_per_month
    if resource.text("type", "STANDARD") == "STANDARD":
        return [ctx.used("transitions", "states.transition", runs.value, runs.source)]
    if use.express_gb_seconds is None:
        raise NoUsageError(
            f"usage/{ctx.usage.name}.yaml has no `machines.{resource.name}.express_gb_seconds`"
        )
    time = use.express_gb_seconds
    return [
        ctx.used("executions", "states.express_request", runs.value, runs.source),
        ctx.used("time", "states.express_gb_second", time.value, time.source),
    ]


RULES: dict[str, Rule] = {
    FUNCTION: function,
    SCHEDULE: schedule,
    "aws:sqs/queue:Queue": queue,
    "aws:sns/topic:Topic": topic,
    "aws:sns/topicSubscription:TopicSubscription": subscription,
    "aws:sfn/stateMachine:StateMachine": state_machine,
}

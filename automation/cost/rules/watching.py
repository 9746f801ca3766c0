"""CloudWatch, CloudTrail, Budgets and Managed Prometheus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from automation.cost.model import Context, Line, Resource, Rule
from automation.cost.rules.network import FLOW_LOG
from automation.cost.rules.storage import DAYS_KEPT_FOR_EVER

ACTION = "aws:budgets/budgetAction:BudgetAction"
FREE_ACTIONS = 2  # the first two budgets with actions of an account (AWS Budgets pricing)
FAST_PERIOD_SECONDS = 60  # below it an alarm is high-resolution


def log_group(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.of("logs", ctx.usage.logs, resource.name)
    gb = use.gb_per_month.value
    infrequent = resource.text("logGroupClass") == "INFREQUENT_ACCESS"
    days = resource.number("retentionInDays") or DAYS_KEPT_FOR_EVER
    lines: list[Line] = []
    if not ctx.siblings(resource, FLOW_LOG):  # what a flow log brings in is billed with it
        rate = "cloudwatch.logs_ia_gb" if infrequent else "cloudwatch.logs_gb"
        lines.append(ctx.used("logs taken in", rate, gb, use.gb_per_month.source))
    kept = gb * use.compressed_to.value * days / ctx.days
    lines.append(
        ctx.used(
            f"logs kept for {days} days", "cloudwatch.logs_gb_month", kept, use.compressed_to.source
        )
    )
    if use.custom_metrics is not None:
        metrics = use.custom_metrics
        lines.append(
            ctx.used("custom metrics", "cloudwatch.custom_metric", metrics.value, metrics.source)
        )
    return lines


def alarm(resource: Resource, ctx: Context) -> list[Line]:
    """AWS bills the metrics that an alarm watches, not the alarm."""
    periods = [resource.number("period", FAST_PERIOD_SECONDS)]
    metrics = cast("list[Mapping[str, object]]", resource.items("metricQueries"))
    if metrics:
        inside = [Resource(urn=resource.urn, type=resource.type, inputs=one) for one in metrics]
        periods = [
            one.number("metric.period", FAST_PERIOD_SECONDS)
            for one in inside
            if one.given("metric") is not None
        ]
    fast = sum(period < FAST_PERIOD_SECONDS for period in periods)
    slow = len(periods) - fast
    return [
        ctx.fixed(f"metrics {what}", rate, count)
        for what, rate, count in (
            ("watched", "cloudwatch.alarm_metric", slow),
            ("watched fast", "cloudwatch.alarm_fast_metric", fast),
        )
        if count
    ]


def composite_alarm(resource: Resource, ctx: Context) -> list[Line]:
    return [ctx.fixed("alarm", "cloudwatch.composite_alarm", 1)]


def dashboard(resource: Resource, ctx: Context) -> list[Line]:
    return [ctx.fixed("dashboard", "cloudwatch.dashboard", 1)]


def trail(resource: Resource, ctx: Context) -> list[Line]:
    """The first copy of management events is free; a data event is billed wherever it is kept."""
    selectors = cast("list[Mapping[str, object]]", resource.items("eventSelectors"))
    has_data = any(one.get("dataResources") for one in selectors)
    if not has_data and not resource.items("advancedEventSelectors"):
        return []
    use = ctx.usage.of("trails", ctx.usage.trails, resource.name).data_events_per_month
    return [ctx.used("data events", "cloudtrail.data_event", use.value, use.source)]


def budget_action(resource: Resource, ctx: Context) -> list[Line]:
    order = sorted(one.urn for one in ctx.of(ACTION))
    if order.index(resource.urn) < FREE_ACTIONS:
        return []
    return [ctx.fixed("budget with an action", "budgets.action_day", ctx.days)]


def workspace(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.of("metrics", ctx.usage.metrics, resource.name)
    reads = use.query_samples_per_month
    return [
        ctx.used(
            "samples", "amp.sample", use.samples_per_month.value, use.samples_per_month.source
        ),
        ctx.used("samples read", "amp.query_sample", reads.value, reads.source),
        ctx.used("storage", "amp.gb_month", use.gb.value, use.gb.source),
    ]


def scraper(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.of("metrics", ctx.usage.metrics, resource.name).samples_per_month
    return [
        ctx.fixed("collector", "amp.collector_hour", ctx.hours),
        ctx.used("samples collected", "amp.collected_sample", use.value, use.source),
    ]


RULES: dict[str, Rule] = {
    "aws:cloudwatch/logGroup:LogGroup": log_group,
    "aws:cloudwatch/metricAlarm:MetricAlarm": alarm,
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": composite_alarm,
    "aws:cloudwatch/dashboard:Dashboard": dashboard,
    "aws:cloudtrail/trail:Trail": trail,
    ACTION: budget_action,
    "aws:amp/workspace:Workspace": workspace,
    "aws:amp/scraper:Scraper": scraper,
}

"""Observability: the dashboard of a stack, its budget, and the audit trail of its account.

Alarms are not here: each component makes its own beside what it watches, and `components.alerts`
routes them; so this can be switched off and nothing stops waking people.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import pulumi
import pulumi_aws as aws
from pydantic import Field, model_validator

from components.budget import Action, Approval, CostBudget
from components.dashboard import dashboard_body
from components.dashboard_rows import Names, rows
from components.encryption import Keys, Protection
from components.lakehouse import ZoneBucket
from components.naming import Site
from components.section import Section
from components.trail import AuditTrail, DataEvents


class ObservabilityConfig(Section):
    enabled: bool = Field(description="Whether there is a dashboard, a budget or a trail at all.")
    dashboard: bool = Field(
        default=True, description="One CloudWatch dashboard; three are free, then $3 a month each."
    )
    budget_usd_per_month: int | None = Field(
        default=None,
        ge=1,
        description="What the account may cost in a month, in USD, credits not counted; word goes "
        "out at 50, 80 and 100 % and at a forecast of 100 %. Must be said when enabled.",
    )
    budget_action: Action = Field(
        default="none",
        description="At 100 %: `none` only tells; `deny_new_compute` keeps batch jobs and "
        "analysts from starting anything that bills, and never stops ingestion.",
    )
    budget_approval: Approval = Field(
        default="manual",
        description="Whether the action waits for somebody to approve it (`manual`) or runs by "
        "itself (`automatic`).",
    )
    trail: bool = Field(
        default=True,
        description="CloudTrail for all regions; false where the organisation has one already "
        "(the second copy of management events bills $2 per 100,000).",
    )
    trail_days: int | None = Field(
        default=None,
        ge=1,
        description="Days until a log of the trail is deleted; must be said with a trail.",
    )
    trail_data_events: DataEvents = Field(
        default="none",
        description="Record requests on objects of the lake too: `write` or `all`; $0.10 per "
        "100,000.",
    )

    @model_validator(mode="after")
    def _what_costs_is_said(self) -> Self:
        if self.enabled and self.budget_usd_per_month is None:
            raise ValueError(
                "observability is enabled without budget_usd_per_month: say what the account may "
                "cost, e.g. budget_usd_per_month: 100, or set enabled: false"
            )
        if self.enabled and self.trail and self.trail_days is None:
            raise ValueError(
                "observability.trail is on without trail_days: say how long logs are kept, e.g. "
                "trail_days: 90, or set trail: false"
            )
        if not self.trail and (self.trail_days or self.trail_data_events != "none"):
            raise ValueError(
                "observability.trail is off, so trail_days and trail_data_events mean nothing: "
                "remove them, or set trail: true"
            )
        return self


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What other components made and is looked at here."""

    stream: pulumi.Output[str]
    delivery_stream: pulumi.Output[str]
    producer: pulumi.Output[str]
    consumer: pulumi.Output[str]
    workgroup: pulumi.Output[str]
    dead_letters: Mapping[str, pulumi.Output[str]]
    """Names of queues by whose they are."""
    zones: Mapping[str, ZoneBucket]
    batch_roles: Sequence[pulumi.Output[str]]
    """ARNs of the roles that a budget may stop: batch jobs and analysts, never ingestion."""
    quarantine_alarm_percent: float


class Observability(pulumi.ComponentResource):
    parts: dict[str, pulumi.Output[str]]
    """Of `budget`, `dashboard` (names) and `trail` (an ARN) what there is."""

    def __init__(
        self,
        name: str,
        config: ObservabilityConfig,
        *,
        site: Site,
        watched: Watched,
        alarm_actions: Sequence[pulumi.Output[str]],
        keys: Keys,
        protection: Protection,
        retain: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`retain`: keep the trail's bucket on destroy. Raises ValueError without any
        `alarm_actions`: a budget that tells nobody is refused by AWS.
        """
        super().__init__("shop:components:Observability", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        if config.budget_usd_per_month is None or not alarm_actions:
            raise ValueError(
                "observability needs budget_usd_per_month and somebody to tell: set both and "
                "alerts.enabled: true, or observability.enabled: false"
            )
        budget = CostBudget(
            f"{name}-budget",
            site=site,
            usd_per_month=config.budget_usd_per_month,
            action=config.budget_action,
            approval=config.budget_approval,
            stoppable=watched.batch_roles,
            subscribers=alarm_actions,
            opts=child,
        )
        self.parts = {"budget": budget.budget_name}
        if config.dashboard:
            self.parts["dashboard"] = _dashboard(f"{name}-dashboard", site, watched, child)
        if config.trail and config.trail_days is not None:
            trail = AuditTrail(
                f"{name}-audit",
                site=site,
                keys=keys,
                protection=protection,
                keep_days=config.trail_days,
                data_events=config.trail_data_events,
                lake=watched.zones,
                retain=retain,
                opts=child,
            )
            self.parts["trail"] = trail.trail_arn
        self.register_outputs(self.parts)


def _dashboard(
    name: str, site: Site, watched: Watched, opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    dashboard = aws.cloudwatch.Dashboard(
        name,
        dashboard_name=f"{site.prefix}-{site.env}",
        dashboard_body=_body(watched, site.region),
        opts=opts,
    )
    return dashboard.dashboard_name


def _body(watched: Watched, region: str) -> pulumi.Output[str]:
    names = pulumi.Output.all(
        stream=watched.stream,
        delivery_stream=watched.delivery_stream,
        producer=watched.producer,
        consumer=watched.consumer,
        workgroup=watched.workgroup,
        dead_letters=watched.dead_letters,
        buckets={zone: bucket.name for zone, bucket in watched.zones.items()},
    )
    percent = watched.quarantine_alarm_percent
    return names.apply(
        lambda known: json.dumps(
            dashboard_body(rows(Names(**known), quarantine_percent=percent), region=region)
        )
    )

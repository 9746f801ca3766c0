"""Dashboards: the shop's three dashboards in QuickSight, on the questions that analysts ask.

Data source, data sets, analyses and dashboards. It leaves out the account's QuickSight subscription
and its users: there is one for all stacks of an account, and who deletes it deletes everybody's
work. Enterprise Edition is needed (for groups, the role and refreshes every hour).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import pulumi
import pulumi_aws as aws
from pydantic import Field

from components.catalog import Catalog
from components.iam import Statement, role_with, trust
from components.lakehouse import Zone
from components.naming import Site
from components.quicksight.access import permissions
from components.quicksight.boards import BOARDS, Board, definition
from components.quicksight.questions import QUESTIONS, Question
from components.quicksight.template import template
from components.section import Section

if TYPE_CHECKING:
    from pulumi_aws.quicksight import RefreshScheduleScheduleScheduleFrequencyArgsDict

Principal = Annotated[
    str,
    Field(pattern=r"^arn:aws:quicksight:[a-z0-9-]+:\d{12}:(user|group)/[^/]+/.+$"),
]
# QuickSight's CreateDashboard and CreateAnalysis take at most 64 permissions.
MOST_PRINCIPALS = 32


class NoDashboards(Section):
    enabled: Literal[False] = Field(description="No dashboards in QuickSight.")


class DashboardsConfig(Section):
    enabled: Literal[True] = Field(
        description="The three dashboards in QuickSight, whose Enterprise Edition the account has "
        "subscribed to; people are billed by the month."
    )
    authors: list[Principal] = Field(
        min_length=1,
        max_length=MOST_PRINCIPALS,
        description="QuickSight users or groups (ARNs) that may build on them; without one, nobody "
        "would see them.",
    )
    readers: list[Principal] = Field(
        default_factory=list[Principal],
        max_length=MOST_PRINCIPALS,
        description="QuickSight users or groups (ARNs) that look at the dashboards.",
    )
    currency: str = Field(
        pattern=r"^[A-Z]{3}$",
        description="The currency shown first (ISO 4217); money of two is never added.",
    )
    mode: Literal["spice", "direct"] = Field(
        default="spice",
        description="`spice`: QuickSight keeps a copy and answers from it. `direct`: each look "
        "asks Athena, which bills by bytes scanned.",
    )
    live: list[
        Literal["campaign_performance", "new_vs_returning", "sales_by_channel", "sales_by_day"]
    ] = Field(
        default=["campaign_performance"],
        description="Questions that are asked directly whatever `mode` says, so that they are as "
        "new as gold.",
    )
    refresh: Literal["hourly", "daily"] = Field(
        default="daily", description="When SPICE takes a new copy; after gold is built."
    )
    refresh_at: str = Field(
        default="06:00",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
        description="Time of day of a daily refresh, in `time_zone`.",
    )
    time_zone: str = Field(
        default="Etc/UTC",
        pattern=r"^[A-Za-z]+(/[A-Za-z_+-]+[0-9]*)*$",
        description="Of `refresh_at`, by its name in the tz database.",
    )


DashboardsSection = Annotated[NoDashboards | DashboardsConfig, Field(discriminator="enabled")]


class Dashboards(pulumi.ComponentResource):
    data_source_arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]
    dashboard_ids: dict[str, str]

    def __init__(
        self,
        name: str,
        config: DashboardsConfig,
        *,
        site: Site,
        catalog: Catalog,
        workgroup: pulumi.Input[str],
        tables: Sequence[str],
        asking: Sequence[Statement],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`tables` of gold by name; `asking` are the grants of `components.quicksight.access`."""
        super().__init__("shop:components:Dashboards", name, {}, opts)
        self._name = name
        self._config = config
        self._site = site
        self._child = pulumi.ResourceOptions(parent=self)

        self.role_arn = self._create_role(asking)
        self.data_source_arn = self._create_source(workgroup)
        arns = {
            question.name: self._create_data_set(question, catalog.databases[Zone.GOLD], tables)
            for question in QUESTIONS
        }
        self.dashboard_ids = {board.id: self._create_board(board, arns) for board in BOARDS}
        self.register_outputs(
            {
                "data_source_arn": self.data_source_arn,
                "role_arn": self.role_arn,
                "dashboard_ids": self.dashboard_ids,
            }
        )

    def _create_role(self, asking: Sequence[Statement]) -> pulumi.Output[str]:
        return role_with(
            f"{self._name}-role",
            description="QuickSight: asks gold through the workgroup",
            # No condition on the account: AWS documents none for this role, and QuickSight takes
            # roles of its own account only (user guide, "Running queries as an IAM role").
            trusted=trust({"Service": "quicksight.amazonaws.com"}),
            statements=asking,
            opts=self._child,
        ).arn

    def _create_source(self, workgroup: pulumi.Input[str]) -> pulumi.Output[str]:
        id_ = self._site.name("quicksight", "gold")
        return aws.quicksight.DataSource(
            f"{self._name}-source",
            data_source_id=id_,
            name=id_,
            type="ATHENA",
            parameters={"athena": {"work_group": workgroup, "role_arn": self.role_arn}},
            ssl_properties={"disable_ssl": False},
            permissions=[
                {"principal": one.principal, "actions": [*one.actions]}
                for one in permissions("data_source", authors=self._config.authors)
            ],
            opts=self._child,
        ).arn

    def _create_data_set(
        self, question: Question, database: pulumi.Output[str], tables: Sequence[str]
    ) -> pulumi.Output[str]:
        config = self._config
        direct = config.mode == "direct" or question.name in config.live
        data_set = aws.quicksight.DataSet(
            f"{self._name}-{question.id}",
            data_set_id=self._site.name("quicksight", question.id),
            name=question.title,
            import_mode="DIRECT_QUERY" if direct else "SPICE",
            physical_table_maps=[
                {
                    "physical_table_map_id": question.id,
                    "custom_sql": {
                        "data_source_arn": self.data_source_arn,
                        "name": question.title,
                        "sql_query": database.apply(lambda gold: question.sql(gold, tables)),
                        "columns": [
                            {"name": column, "type": type_}
                            for column, type_ in question.columns.items()
                        ],
                    },
                }
            ],
            permissions=[
                {"principal": one.principal, "actions": [*one.actions]}
                for one in permissions("data_set", authors=config.authors)
            ],
            opts=self._child,
        )
        if not direct:
            aws.quicksight.RefreshSchedule(
                f"{self._name}-{question.id}-refresh",
                data_set_id=data_set.data_set_id,
                schedule_id=config.refresh,
                schedule={
                    "refresh_type": "FULL_REFRESH",
                    "schedule_frequency": _frequency(config),
                },
                opts=self._child,
            )
        return data_set.arn

    def _create_board(self, board: Board, arns: dict[str, pulumi.Output[str]]) -> str:
        id_ = self._site.name("quicksight", board.id)
        config = self._config

        def text(known: dict[str, str]) -> str:
            return template(
                account_id=self._site.account_id,
                id_=id_,
                title=board.title,
                definition=definition(board, known, currency=config.currency),
                authors=config.authors,
                readers=config.readers,
            )

        aws.cloudformation.Stack(
            f"{self._name}-{board.id}-board",
            name=self._site.name("cloudformation", board.id),
            template_body=pulumi.Output.all(**arns).apply(text),
            opts=self._child,
        )
        return id_


def _frequency(config: DashboardsConfig) -> RefreshScheduleScheduleScheduleFrequencyArgsDict:
    if config.refresh == "hourly":
        return {"interval": "HOURLY"}
    return {
        "interval": "DAILY",
        "time_of_the_day": config.refresh_at,
        "timezone": config.time_zone,
    }

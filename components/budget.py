"""CostBudget: what the account may spend in a month, who is told on the way there, and what stops
at the end of it.

It leaves out ingestion on purpose: whatever the money says, the stream is read to its end, because
what it forgets is lost. Costs come from the bill, hours late: a budget limits a bad month, not a
bad hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import pulumi
import pulumi_aws as aws

from components.iam import Role, Statement, policy_document, role_with, trust
from components.naming import Site

if TYPE_CHECKING:  # pulumi_aws loads a service when it is first touched
    from pulumi_aws.budgets import BudgetNotificationArgsDict

Action = Literal["none", "deny_new_compute"]
Approval = Literal["automatic", "manual"]

# Percent of the limit, and whether it has been spent or AWS forecasts it. Budgets takes five.
THRESHOLDS = ((50, "ACTUAL"), (80, "ACTUAL"), (100, "FORECASTED"), (100, "ACTUAL"))

# What starts something that bills by time or by bytes. What runs goes on; reading and deleting
# stay allowed, or nobody could clean up.
NEW_COMPUTE = (
    "athena:StartQueryExecution",
    "autoscaling:SetDesiredCapacity",
    "autoscaling:UpdateAutoScalingGroup",
    "dms:StartReplicationTask",
    "ec2:CreateFleet",
    "ec2:RequestSpotInstances",
    "ec2:RunInstances",
    "eks:CreateNodegroup",
    "eks:UpdateNodegroupConfig",
    "glue:StartCrawler",
    "glue:StartJobRun",
    "redshift-data:BatchExecuteStatement",
    "redshift-data:ExecuteStatement",
    "states:StartExecution",
)


class CostBudget(pulumi.ComponentResource):
    budget_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        site: Site,
        usd_per_month: int,
        action: Action,
        approval: Approval,
        stoppable: Sequence[pulumi.Output[str]],
        subscribers: Sequence[pulumi.Output[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`stoppable`: ARNs of the roles that the action keeps from starting anything.
        `subscribers`: topics (`components.alerts`).
        """
        super().__init__("shop:components:CostBudget", name, {}, opts)
        self._name = name
        self._site = site
        self._child = pulumi.ResourceOptions(parent=self)

        # The account holds one environment, so its whole bill counts and no tag is forgotten.
        budget = aws.budgets.Budget(
            f"{name}-monthly",
            name=f"{site.prefix}-{site.env}-monthly",
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(usd_per_month),
            limit_unit="USD",
            # With credits counted a new account costs nothing, and warns of nothing until they end.
            cost_types={"include_credit": False, "include_refund": False},
            notifications=notifications(subscribers),
            opts=self._child,
        )
        if action == "deny_new_compute":
            self._create_action(budget, approval, stoppable, subscribers)
        self.budget_name = budget.name
        self.register_outputs({"budget_name": self.budget_name})

    def _create_action(
        self,
        budget: aws.budgets.Budget,
        approval: Approval,
        stoppable: Sequence[pulumi.Output[str]],
        subscribers: Sequence[pulumi.Output[str]],
    ) -> None:
        # The one managed policy here: Budgets attaches by ARN, an inline policy has none.
        denial = aws.iam.Policy(
            f"{self._name}-denial",
            description="Attached by AWS Budgets when the month's money is spent",
            policy=policy_document(
                Statement(sid="NoNewCompute", effect="Deny", actions=NEW_COMPUTE, resources=["*"])
            ),
            opts=self._child,
        )
        executor = self._create_executor(denial.arn, stoppable)
        aws.budgets.BudgetAction(
            f"{self._name}-action",
            budget_name=budget.name,
            action_type="APPLY_IAM_POLICY",
            approval_model=approval.upper(),
            notification_type="ACTUAL",  # a forecast may be wrong, and this stops work
            action_threshold={
                "action_threshold_type": "PERCENTAGE",
                "action_threshold_value": 100,
            },
            definition={
                "iam_action_definition": {
                    "policy_arn": denial.arn,
                    "roles": [role_name(arn) for arn in stoppable],
                }
            },
            execution_role_arn=executor.arn,
            subscribers=[
                {"subscription_type": "SNS", "address": topic_arn} for topic_arn in subscribers
            ],
            opts=self._child,
        )

    def _create_executor(
        self, denial_arn: pulumi.Output[str], stoppable: Sequence[pulumi.Output[str]]
    ) -> Role:
        account = self._site.account_id
        return role_with(
            f"{self._name}-executor",
            description="AWS Budgets: attaches the denial of new compute, and takes it off",
            trusted=trust(
                {"Service": "budgets.amazonaws.com"},
                {
                    "StringEquals": {"aws:SourceAccount": account},
                    "ArnLike": {"aws:SourceArn": f"arn:aws:budgets::{account}:budget/*"},
                },
            ),
            statements=[
                Statement(
                    sid="AttachDenial",
                    actions=["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
                    resources=stoppable,
                    conditions={"ArnEquals": {"iam:PolicyARN": denial_arn}},
                )
            ],
            opts=self._child,
        )


def notifications(
    subscribers: Sequence[pulumi.Output[str]],
) -> list[BudgetNotificationArgsDict]:
    """Word at each threshold, to every topic."""
    return [
        {
            "comparison_operator": "GREATER_THAN",
            "notification_type": kind,
            "threshold": percent,
            "threshold_type": "PERCENTAGE",
            "subscriber_sns_topic_arns": list(subscribers),
        }
        for percent, kind in THRESHOLDS
    ]


def role_name(arn: pulumi.Output[str]) -> pulumi.Output[str]:
    """`nightly` of `arn:aws:iam::111111111111:role/nightly`."""
    return arn.apply(lambda known: known.rpartition("/")[2])

"""The policies of the CI roles as documents: what each may do, and the two ceilings over them.

Pure values but for ARNs that are known only after deployment. It makes no resource.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from components.ci_actions import GROUPS, services
from components.iam import Statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.ci_kind import Kind
    from components.naming import Site
    from components.remote_state import RemoteState

ISSUER = "token.actions.githubusercontent.com"
# Services whose one endpoint serves all regions: `aws:RequestedRegion` is us-east-1 for them (IAM
# user guide, "AWS: Denies access to AWS based on the requested Region").
GLOBAL = ("iam", "budgets")

# What takes data or its keys along, and cannot be taken back.
LOSES_DATA = (
    "s3:DeleteBucket",
    "s3:DeleteObjectVersion",
    "kms:ScheduleKeyDeletion",
    "kinesis:DeleteStream",
    "glue:DeleteDatabase",
    "rds:DeleteDBInstance",
    "redshift-serverless:DeleteNamespace",
    "secretsmanager:DeleteSecret",
)


def reads(site: Site, group: str) -> list[Statement]:
    """Grants: the configuration of one group of the platform's resources; none for some groups."""
    return _grants(site, GROUPS[group], write=False)


def deployment(site: Site, group: str) -> list[Statement]:
    """Grants: make, change and remove one group of the platform's resources."""
    return _grants(site, GROUPS[group], write=True)


def _grants(site: Site, of: Sequence[Kind], *, write: bool) -> list[Statement]:
    account_wide: list[str] = []
    grants: list[Statement] = []
    for kind in of:
        actions = kind.actions(write=write)
        if not kind.resources:
            account_wide += actions
        elif actions:
            grants.append(
                Statement(
                    sid=kind.service.title(),
                    actions=actions,
                    resources=[_named(site, arn) for arn in kind.resources],
                )
            )
    if account_wide:
        # AWS has no permission for a single resource here (Service Authorization Reference).
        grants.append(Statement(sid="AccountWide", actions=account_wide, resources=["*"]))
    return grants


def _named(site: Site, arn: str) -> str:
    name = f"{site.prefix}-{site.env}"
    return arn.format(
        name=name, glue=name.replace("-", "_"), account=site.account_id, region=site.region
    )


def read_only(state: RemoteState) -> pulumi.Output[str]:
    """Denies everything that is not reading, and every object but this environment's state.

    Written with NotAction and NotResource, so that nothing is forgotten: a grant that somebody adds
    to the role later opens no write and no other state.
    """
    looking = [
        f"{service}:{verb}*" for service in services() for verb in ("Get", "List", "Describe")
    ]
    return pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "OnlyReads",
                    "Effect": "Deny",
                    "NotAction": [*looking, "budgets:ViewBudget", "kms:Decrypt"],
                    "Resource": "*",
                },
                {
                    "Sid": "OnlyThisState",
                    "Effect": "Deny",
                    "Action": ["s3:GetObject", "s3:GetObjectVersion"],
                    "NotResource": [pulumi.Output.concat(state.bucket_arn, "/.pulumi/*")],
                },
                {
                    "Sid": "OnlyTheStatesKey",
                    "Effect": "Deny",
                    "Action": ["kms:Decrypt"],
                    "NotResource": [state.key_arn],
                },
            ],
        }
    )


def boundary(
    site: Site, state: RemoteState, *, regions: Sequence[str], deletes_data: bool
) -> list[Statement]:
    """The most that a deployment can ever do, whatever its own policies say. It grants nothing.

    A deployment writes role policies, so what its roles reach is its to decide within the account;
    what it can't do is leave the account or the regions, change who it is itself, or remove this.
    """
    everything = [f"{service}:*" for service in services()]
    return [
        Statement(
            sid="ServicesOfThePlatform",
            actions=[*everything, "dynamodb:*", "sts:*"],
            resources=["*"],
        ),
        Statement(
            sid="NoOtherRegion",
            effect="Deny",
            actions=[one for one in everything if one.removesuffix(":*") not in GLOBAL],
            resources=["*"],
            conditions={"StringNotEquals": {"aws:RequestedRegion": list(regions)}},
        ),
        Statement(
            sid="NoOtherAccount",
            effect="Deny",
            actions=["sts:AssumeRole", *everything],
            resources=["*"],
            # A request that names no resource has no account either, and is not meant. Managed
            # policies of AWS belong to `aws`.
            conditions={
                "StringNotEquals": {"aws:ResourceAccount": [site.account_id, "aws"]},
                "Null": {"aws:ResourceAccount": "false"},
            },
        ),
        *_itself(site),
        *_history(state),
        *([] if deletes_data else [_no_loss()]),
    ]


def _itself(site: Site) -> list[Statement]:
    own = f"{site.prefix}-{site.env}-ci-"
    return [
        Statement(
            sid="NotItsOwnRoles",
            effect="Deny",
            actions=["iam:*Role*"],
            resources=[f"arn:aws:iam::{site.account_id}:role/{own}*"],
        ),
        Statement(
            sid="NotItsOwnPolicies",
            effect="Deny",
            actions=["iam:*Policy*"],
            resources=[f"arn:aws:iam::{site.account_id}:policy/{own}*"],
        ),
        Statement(
            sid="NotItsOwnLogin",
            effect="Deny",
            actions=["iam:*OpenIDConnectProvider*"],
            resources=[f"arn:aws:iam::{site.account_id}:oidc-provider/{ISSUER}"],
        ),
        Statement(
            sid="NoBoundaryTouched",
            effect="Deny",
            actions=[
                "iam:PutRolePermissionsBoundary",
                "iam:DeleteRolePermissionsBoundary",
                "iam:*User*",
                "iam:*AccessKey*",
            ],
            resources=["*"],
        ),
    ]


def _history(state: RemoteState) -> list[Statement]:
    """The state is written by every deployment; its older versions, key and leases outlive all."""
    objects = pulumi.Output.concat(state.bucket_arn, "/*")
    return [
        Statement(
            sid="StateKeepsItsHistory",
            effect="Deny",
            actions=["s3:DeleteObjectVersion", "s3:DeleteBucket*", "s3:PutBucket*"],
            resources=[state.bucket_arn, objects],
        ),
        Statement(
            sid="StateKeepsItsRules",
            effect="Deny",
            actions=["s3:PutLifecycleConfiguration", "s3:PutEncryptionConfiguration"],
            resources=[state.bucket_arn],
        ),
        Statement(
            sid="StateKeepsItsKey",
            effect="Deny",
            actions=[
                "kms:ScheduleKeyDeletion",
                "kms:DisableKey*",
                "kms:PutKeyPolicy",
                "kms:CreateGrant",
                "kms:DeleteAlias",
                "kms:UpdateAlias",
            ],
            resources=[state.key_arn],
        ),
    ]


def _no_loss() -> Statement:
    return Statement(sid="LosesNoData", effect="Deny", actions=LOSES_DATA, resources=["*"])

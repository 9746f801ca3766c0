"""The roles of change capture: two that DMS finds by their names, once in an account, and two of
this task, for its secrets and for its files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.encryption import use_key
from components.iam import Role, Statement, role_with, trust
from components.lakehouse import Lakehouse, Zone
from components.naming import Site

# DMS looks for these names and these policies (DMS user guide, "Creating the IAM roles to use with
# DMS"). The policies are AWS's own, because AWS extends them with DMS.
ACCOUNT_ROLES = {
    "dms-vpc-role": "AmazonDMSVPCManagementRole",
    "dms-cloudwatch-logs-role": "AmazonDMSCloudWatchLogsRole",
}


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A secret and the key that encrypts it."""

    arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]


def account_roles(
    name: str, *, site: Site, opts: pulumi.ResourceOptions
) -> list[aws.iam.RolePolicyAttachment]:
    """Whoever waits for the attachments finds the roles able to do their work."""
    attachments: list[aws.iam.RolePolicyAttachment] = []
    for role_name, policy in ACCOUNT_ROLES.items():
        role = aws.iam.Role(
            f"{name}-{role_name}",
            name=role_name,
            description="DMS in this account; it finds the role by its name",
            assume_role_policy=trust(
                {"Service": "dms.amazonaws.com"},
                {"StringEquals": {"aws:SourceAccount": site.account_id}},
            ),
            opts=opts,
        )
        attachments.append(
            aws.iam.RolePolicyAttachment(
                f"{name}-{role_name}-policy",
                role=role.name,
                policy_arn=f"arn:aws:iam::aws:policy/service-role/{policy}",
                opts=opts,
            )
        )
    return attachments


def secrets_role(
    name: str, secrets: Sequence[Secret], *, site: Site, opts: pulumi.ResourceOptions
) -> Role:
    """Reads the secrets of the endpoints and nothing else."""
    return role_with(
        name,
        description="Change capture: reads the passwords of its endpoints",
        # The regional principal, unlike all else of DMS ("Using secrets to access DMS resources").
        trusted=trust(
            {"Service": f"dms.{site.region}.amazonaws.com"},
            {"StringEquals": {"aws:SourceAccount": site.account_id}},
        ),
        statements=[
            Statement(
                sid="ReadPasswords",
                actions=["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
                resources=[secret.arn for secret in secrets],
            ),
            *(use_key(secret.key_arn, write=False) for secret in secrets),
        ],
        opts=opts,
    )


def files_role(
    name: str,
    *,
    site: Site,
    lake: Lakehouse,
    prefixes: Sequence[str],
    services: Sequence[str],
    opts: pulumi.ResourceOptions,
) -> Role:
    """Writes under the prefixes of bronze. It reads too where a warehouse loads from there."""
    return role_with(
        name,
        description="Change capture: writes what it reads to bronze",
        trusted=trust(
            {"Service": list(services)}, {"StringEquals": {"aws:SourceAccount": site.account_id}}
        ),
        statements=[
            *lake.read(Zone.BRONZE, *prefixes),
            *lake.write(Zone.BRONZE, *prefixes),
            # DMS tries an endpoint by writing an object and deleting it.
            *lake.delete(Zone.BRONZE, *prefixes),
            Statement(
                sid="TagObjects",
                actions=["s3:PutObjectTagging"],
                resources=[
                    pulumi.Output.concat(lake.zones[Zone.BRONZE].arn, f"/{prefix}/*")
                    for prefix in prefixes
                ],
            ),
        ],
        opts=opts,
    )

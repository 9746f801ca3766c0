"""EncryptionKey: the customer-managed key of the stack's data, with rotation. One key a stack,
because each costs $1 a month.

It leaves out grants: roles get `use()` statements, and the key policy delegates to IAM.
"""

import pulumi
import pulumi_aws as aws
from pydantic import Field

from components.iam import Statement, account_root, policy_document
from components.naming import Site
from components.section import Section


class EncryptionConfig(Section):
    deletion_window_days: int = Field(
        ge=7,
        le=30,
        description="Days in which a deleted key can still be rescued (KMS allows 7 to 30).",
    )


class EncryptionKey(pulumi.ComponentResource):
    arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        config: EncryptionConfig,
        *,
        site: Site,
        retain: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:EncryptionKey", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        administrators = Statement(
            sid="AccountDelegatesToIam",
            actions=["kms:*"],
            resources=["*"],
            principals={"AWS": account_root(site.account_id)},
        )
        # CloudWatch Logs encrypts as itself, not as a role of ours: it must stand in the key
        # policy.
        logs = Statement(
            sid="LogsEncrypt",
            actions=[
                "kms:Encrypt",
                "kms:Decrypt",
                "kms:ReEncrypt*",
                "kms:GenerateDataKey*",
                "kms:DescribeKey",
            ],
            resources=["*"],
            principals={"Service": f"logs.{site.region}.amazonaws.com"},
            conditions={
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": (
                        f"arn:aws:logs:{site.region}:{site.account_id}:log-group:*"
                    )
                }
            },
        )
        key = aws.kms.Key(
            name,
            description=f"Data of {site.prefix} {site.env}: lake, stream, queues, logs",
            enable_key_rotation=True,
            deletion_window_in_days=config.deletion_window_days,
            policy=policy_document(administrators, logs),
            opts=pulumi.ResourceOptions(parent=self, protect=retain, retain_on_delete=retain),
        )
        aws.kms.Alias(
            f"{name}-alias",
            name=f"alias/{site.name('alias', 'data')}",
            target_key_id=key.key_id,
            opts=child,
        )
        self.arn = key.arn
        self.register_outputs({"arn": self.arn})


def use_key(key_arn: pulumi.Input[str], *, write: bool) -> Statement:
    """What a role needs of the key: reading decrypts; writing to S3, Kinesis or SQS also makes data
    keys.
    """
    if write:
        return Statement(
            sid="EncryptWithKey",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[key_arn],
        )
    return Statement(sid="DecryptWithKey", actions=["kms:Decrypt"], resources=[key_arn])

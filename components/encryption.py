"""EncryptionKey: the customer-managed key of the stack's data, with rotation. One key a stack,
because each costs $1 a month.

It leaves out grants: roles get `use()` statements, and the key policy delegates to IAM.
"""

from dataclasses import dataclass
from ipaddress import ip_network

import pulumi
import pulumi_aws as aws
from pydantic import Field, field_validator

from components.iam import Statement, account_root, policy_document
from components.naming import Site
from components.section import Section


class EncryptionConfig(Section):
    deletion_window_days: int = Field(
        ge=7,
        le=30,
        description="Days in which a deleted key can still be rescued (KMS allows 7 to 30).",
    )

    plain_http_from: list[str] = Field(
        default_factory=list[str],
        description="Addresses (CIDRs) that may reach buckets without TLS. Only loopback is taken: "
        "an emulator on this machine speaks HTTP.",
    )

    @field_validator("plain_http_from")
    @classmethod
    def _only_loopback(cls, cidrs: list[str]) -> list[str]:
        for cidr in cidrs:
            if not ip_network(cidr).is_loopback:
                raise ValueError(
                    f"{cidr} is not on loopback: everyone else must use TLS; remove it"
                )
        return cidrs


@dataclass(frozen=True, kw_only=True)
class Protection:
    """How a bucket is to be protected: by which key, and who may do without TLS."""

    key_arn: pulumi.Input[str]
    plain_http_from: tuple[str, ...] = ()


class EncryptionKey(pulumi.ComponentResource):
    arn: pulumi.Output[str]
    protection: Protection

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
        self.protection = Protection(key_arn=key.arn, plain_http_from=tuple(config.plain_http_from))
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

"""EncryptionKeys: one customer-managed key for each purpose, with rotation.

Three keys and no more, because each costs $1 a month: who may read the data must not thereby read
the logs about it, nor the secrets. It leaves out grants: roles get `use_key` statements, and the
key policies delegate to IAM. The key of the state belongs to the bootstrap program.
"""

from dataclasses import dataclass
from ipaddress import ip_network

import pulumi
import pulumi_aws as aws
from pydantic import Field, field_validator

from components.iam import Conditions, Statement, account_root, policy_document
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
    """How a bucket is to be protected: by which key, from whom, and who may do without TLS."""

    key_arn: pulumi.Input[str]
    account_id: str
    """Whoever is of another account gets nothing, whatever grants it."""
    plain_http_from: tuple[str, ...] = ()
    own_key: bool = True
    """False: S3 encrypts with its own key. It delivers access logs to no other bucket."""


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The ARNs of a stack's keys, by purpose."""

    data: pulumi.Input[str]
    """Lake, stream, queues and query results."""
    logs: pulumi.Input[str]
    """Log groups, alarm topics and the trail."""
    secrets: pulumi.Input[str]
    """Secrets Manager, databases, and what a cluster keeps."""


class EncryptionKeys(pulumi.ComponentResource):
    keys: Keys
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
        super().__init__("shop:components:EncryptionKeys", name, {}, opts)
        self._name = name
        self._window_days = config.deletion_window_days
        self._retain = retain
        self._site = site

        data = self._create_key("data", "lake, stream, queues and query results")
        self.keys = Keys(
            data=data,
            logs=self._create_key("logs", "logs, alarm topics and the trail", *_telemetry(site)),
            secrets=self._create_key("secrets", "secrets, databases and the cluster"),
        )
        self.protection = Protection(
            key_arn=data,
            account_id=site.account_id,
            plain_http_from=tuple(config.plain_http_from),
        )
        self.register_outputs(
            {"data": self.keys.data, "logs": self.keys.logs, "secrets": self.keys.secrets}
        )

    def _create_key(self, purpose: str, of: str, *services: Statement) -> pulumi.Output[str]:
        administrators = Statement(
            sid="AccountDelegatesToIam",
            actions=["kms:*"],
            resources=["*"],
            principals={"AWS": account_root(self._site.account_id)},
        )
        key = aws.kms.Key(
            f"{self._name}-{purpose}",
            description=f"{self._site.prefix} {self._site.env}: {of}",
            enable_key_rotation=True,
            deletion_window_in_days=self._window_days,
            policy=policy_document(
                administrators, no_foreign_keyholder(self._site.account_id), *services
            ),
            opts=pulumi.ResourceOptions(
                parent=self, protect=self._retain, retain_on_delete=self._retain
            ),
        )
        aws.kms.Alias(
            f"{self._name}-{purpose}-alias",
            name=f"alias/{self._site.name('alias', purpose)}",
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return key.arn


def _telemetry(site: Site) -> tuple[Statement, ...]:
    """AWS services that encrypt as themselves, not as a role of ours, stand in the key policy."""
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
    alerts = Statement(
        sid="AlertsEncrypt",
        actions=["kms:Decrypt", "kms:GenerateDataKey*"],
        resources=["*"],
        principals={
            "Service": [
                "aps.amazonaws.com",
                "budgets.amazonaws.com",
                "dms.amazonaws.com",
                "cloudwatch.amazonaws.com",
            ]
        },
        conditions={"StringEquals": {"aws:SourceAccount": site.account_id}},
    )
    trail = Statement(
        sid="TrailEncrypts",
        # Decrypt, because its bucket has a bucket key (CloudTrail user guide, key policies).
        actions=["kms:GenerateDataKey*", "kms:Decrypt", "kms:DescribeKey"],
        resources=["*"],
        principals={"Service": "cloudtrail.amazonaws.com"},
        conditions={
            "ArnLike": {
                "aws:SourceArn": f"arn:aws:cloudtrail:{site.region}:{site.account_id}:trail/*"
            }
        },
    )
    return logs, alerts, trail


def foreign_caller(key: str, account_id: str) -> Conditions:
    """The caller is of another account, and no AWS service that works for this one.

    `key` is the condition key that names the caller's account. An anonymous request has no
    `aws:PrincipalIsAWSService` and counts as foreign.
    """
    return {
        "StringNotEquals": {key: account_id},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }


def no_foreign_keyholder(account_id: str) -> Statement:
    """Denies a key to every other account, so that a role of dev can never decrypt what prod wrote,
    whatever a later statement or a grant allows.
    """
    return Statement(
        sid="OtherAccountsDenied",
        effect="Deny",
        actions=["kms:*"],
        resources=["*"],
        principals="*",
        # A negated condition holds for a key that is absent: one that is not known must not lock
        # out everybody, since nobody could mend the policy then.
        conditions={
            **foreign_caller("kms:CallerAccount", account_id),
            "Null": {"kms:CallerAccount": "false"},
        },
    )


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

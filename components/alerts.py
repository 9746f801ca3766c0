"""Alerts: the topic that alarms and the budget of a stack publish to, and who hears of it.

One topic per stack: what wakes somebody is decided by the stack (nobody, mail, pager), not by the
alarm. It leaves out the alarms: components make their own and take `actions`.
"""

import hashlib
import re
from typing import Self
from urllib.parse import urlsplit

import pulumi
import pulumi_aws as aws
from pydantic import Field, field_validator, model_validator

from components.encryption import Keys
from components.iam import Statement, policy_document
from components.naming import Site
from components.section import Section

MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class AlertsConfig(Section):
    enabled: bool = Field(
        description="Whether alarms tell anybody; false: they change their state in silence."
    )
    emails: list[str] = Field(
        default_factory=list[str],
        description="Mail addresses; each must confirm the mail that SNS sends first, and hears "
        "nothing before.",
    )
    pager_urls: list[str] = Field(
        default_factory=list[str],
        description="HTTPS addresses of pagers that confirm SNS subscriptions by themselves "
        "(PagerDuty, Opsgenie). One with a key in it belongs encrypted in the stack file: "
        "`pulumi config set --secret --path 'alerts.pager_urls[0]' https://…`.",
    )

    @field_validator("emails")
    @classmethod
    def _only_addresses(cls, emails: list[str]) -> list[str]:
        for email in emails:
            if not MAIL.fullmatch(email):
                raise ValueError(f"{email!r} is no mail address: write it as name@example.com")
        return _without_twins(emails, "the address")

    @field_validator("pager_urls")
    @classmethod
    def _only_https(cls, urls: list[str]) -> list[str]:
        for url in urls:
            parts = urlsplit(url)
            if parts.scheme != "https" or not parts.hostname:
                # Never the path: it usually holds the pager's key.
                raise ValueError(
                    f"a URL of scheme {parts.scheme!r} at {parts.hostname!r} cannot be a pager: "
                    "alerts travel over HTTPS only; write https://…"
                )
        return _without_twins(urls, "a URL")

    @model_validator(mode="after")
    def _somebody_hears(self) -> Self:
        if self.enabled and not (self.emails or self.pager_urls):
            raise ValueError(
                "alerts are enabled but nobody hears them: add an address to emails or "
                "pager_urls, or set enabled: false"
            )
        return self


def _without_twins(addresses: list[str], what: str) -> list[str]:
    if len(set(addresses)) < len(addresses):
        raise ValueError(f"{what} stands there twice: remove one, or each alert comes twice")
    return addresses


class Alerts(pulumi.ComponentResource):
    actions: tuple[pulumi.Output[str], ...]
    """Topic ARNs for the `alarm_actions` of components."""

    def __init__(
        self,
        name: str,
        config: AlertsConfig,
        *,
        site: Site,
        keys: Keys,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:Alerts", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        # The key for logs: its policy lets CloudWatch and Budgets encrypt, no other key's does.
        topic = aws.sns.Topic(
            f"{name}-topic",
            display_name=f"{site.prefix} {site.env}",
            kms_master_key_id=keys.logs,
            signature_version=2,  # SHA-256; SNS still signs with SHA-1 unless told
            opts=child,
        )
        policy = aws.sns.TopicPolicy(
            f"{name}-policy",
            arn=topic.arn,
            policy=policy_document(*_publishers(site, topic.arn)),
            opts=child,
        )
        for email in config.emails:
            aws.sns.TopicSubscription(
                f"{name}-email-{_slug(email)}",
                topic=topic.arn,
                protocol="email",
                endpoint=email,
                opts=child,
            )
        for url in config.pager_urls:
            aws.sns.TopicSubscription(
                f"{name}-pager-{_fingerprint(url)}",
                topic=topic.arn,
                protocol="https",
                endpoint=pulumi.Output.secret(url),
                # Waits for the confirmation, so that a mistyped URL fails now and not at night.
                endpoint_auto_confirms=True,
                opts=child,
            )
        # Through the policy: Budgets refuses a topic on which it may not publish yet.
        self.actions = (policy.arn,)
        self.register_outputs({"actions": self.actions})


def _publishers(site: Site, topic_arn: pulumi.Output[str]) -> tuple[Statement, ...]:
    """Services publish as themselves, hence for this account and its alarms and budgets only.

    Roles of this account need no statement here: their own policy suffices.
    """
    sources = {
        "cloudwatch": f"arn:aws:cloudwatch:{site.region}:{site.account_id}:alarm:*",
        "budgets": f"arn:aws:budgets::{site.account_id}:*",
        "aps": f"arn:aws:aps:{site.region}:{site.account_id}:workspace/*",  # managed Prometheus
        "dms": f"arn:aws:dms:{site.region}:{site.account_id}:*",
    }
    return (
        *(
            Statement(
                sid=f"{service.title()}Publishes",
                actions=["sns:Publish"],
                resources=[topic_arn],
                principals={"Service": f"{service}.amazonaws.com"},
                conditions={
                    "StringEquals": {"aws:SourceAccount": site.account_id},
                    "ArnLike": {"aws:SourceArn": source},
                },
            )
            for service, source in sources.items()
        ),
        Statement(
            sid="TlsOnly",
            effect="Deny",
            # SNS refuses `sns:*` in the policy of a topic.
            actions=["sns:Publish"],
            resources=[topic_arn],
            principals="*",
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        ),
    )


def _slug(email: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", email.lower()).strip("-")


def _fingerprint(url: str) -> str:
    """A name that stays with the URL and does not tell it: names are public, the URL has a key."""
    return hashlib.sha256(url.encode()).hexdigest()[:8]

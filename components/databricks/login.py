"""How the program speaks to Databricks: as a service principal, to the account and to a workspace.

The principal's secret is read from Secrets Manager at each deployment; in the state it is encrypted
like every secret. One that was replaced there arrives with the next deployment. A preview does not
read it: a pull request's code runs in previews, and the secret opens the account. The engine then
compares what the program says with the state, without asking Databricks.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_databricks as databricks

from components.databricks.config import DatabricksConfig
from components.encryption import Keys, use_key
from components.iam import Statement
from components.naming import Site

ACCOUNTS = "https://accounts.cloud.databricks.com"
MACHINE = "oauth-m2m"


@dataclass(frozen=True, kw_only=True)
class Login:
    client_id: str
    secret: pulumi.Output[str]

    def account(
        self, name: str, account_id: str, opts: pulumi.ResourceOptions
    ) -> databricks.Provider:
        return databricks.Provider(
            name,
            host=ACCOUNTS,
            account_id=account_id,
            auth_type=MACHINE,
            client_id=self.client_id,
            client_secret=self.secret,
            opts=opts,
        )

    def workspace(
        self, name: str, url: pulumi.Output[str], opts: pulumi.ResourceOptions
    ) -> databricks.Provider:
        return databricks.Provider(
            name,
            host=url,
            auth_type=MACHINE,
            client_id=self.client_id,
            client_secret=self.secret,
            opts=opts,
        )


def login(config: DatabricksConfig, *, parent: pulumi.Resource) -> Login:
    if pulumi.runtime.is_dry_run():
        return Login(client_id=config.client_id, secret=_unknown())
    version = aws.secretsmanager.get_secret_version_output(
        secret_id=config.client_secret_name, opts=pulumi.InvokeOutputOptions(parent=parent)
    )
    return Login(
        client_id=config.client_id,
        secret=pulumi.Output.secret(version.secret_string),
    )


def _unknown() -> pulumi.Output[str]:
    """What the engine takes for a value that only the update knows; a secret."""

    async def value(what: Any) -> Any:  # noqa: ANN401 (an output holds anything)
        return what

    loop = asyncio.get_event_loop()
    text, known, secret = (loop.create_task(value(what)) for what in ("", False, True))
    return pulumi.Output(set(), text, known, secret)


def read_login(config: DatabricksConfig, *, site: Site, keys: Keys) -> tuple[Statement, ...]:
    """Grant: read that secret at run time."""
    place = f"arn:aws:secretsmanager:{site.region}:{site.account_id}"
    return (
        Statement(
            sid="ReadLogin",
            actions=["secretsmanager:GetSecretValue"],
            # Secrets Manager ends each ARN with six characters of its own.
            resources=[f"{place}:secret:{config.client_secret_name}-??????"],
        ),
        use_key(config.client_secret_key_arn or keys.secrets, write=False),
    )

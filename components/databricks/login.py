"""How the program speaks to Databricks: as a service principal, to the account and to a workspace.

The principal's secret is read from Secrets Manager at each deployment; in the state it is encrypted
like every secret. One that was replaced there arrives with the next deployment. A preview takes the
one in the state, so that its role needs no grant for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_databricks as databricks

from components.databricks.config import DatabricksConfig
from components.encryption import Keys, use_key
from components.iam import Statement
from components.naming import Site

ACCOUNTS = "https://accounts.cloud.databricks.com"
MACHINE = "oauth-m2m"
# Of a preview before the first deployment; after that the state has the real one.
NOT_READ = "not read in a preview"


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
            opts=_as_in_the_state(opts),
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
            opts=_as_in_the_state(opts),
        )


def _as_in_the_state(opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    if not pulumi.runtime.is_dry_run():
        return opts
    return pulumi.ResourceOptions.merge(
        opts, pulumi.ResourceOptions(ignore_changes=["client_secret"])
    )


def login(config: DatabricksConfig, *, parent: pulumi.Resource) -> Login:
    if pulumi.runtime.is_dry_run():
        return Login(client_id=config.client_id, secret=pulumi.Output.secret(NOT_READ))
    version = aws.secretsmanager.get_secret_version_output(
        secret_id=config.client_secret_name, opts=pulumi.InvokeOutputOptions(parent=parent)
    )
    return Login(
        client_id=config.client_id,
        secret=pulumi.Output.secret(version.secret_string),
    )


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

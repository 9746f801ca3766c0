"""Databricks: a workspace in the stack's VPC, Unity Catalog over the lake, and two jobs that keep
Delta tables of it: a batch over past days and a stream of what Firehose lands.

The account at Databricks and its service principal are made by hand, because nothing else could log
in to make them. It leaves out SQL warehouses and people: the account's groups get read access by
`readers`. Encryption of the workspace by our key is left out too: the key refuses foreign callers.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_databricks as databricks

from components.databricks.border import root_bucket_name
from components.databricks.config import DatabricksConfig
from components.databricks.ground import cross_account_role, machines_group
from components.databricks.jobs import create_jobs
from components.databricks.login import login
from components.databricks.root_bucket import root_bucket
from components.databricks.status import JobStatus
from components.databricks.unity import Unity, metastore_id
from components.encryption import Keys
from components.lakehouse import Lakehouse
from components.naming import Site
from components.network import Vpc


class Databricks(pulumi.ComponentResource):
    workspace_url: pulumi.Output[str]
    workspace_id: pulumi.Output[str]
    catalog: pulumi.Output[str]
    status_function: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        config: DatabricksConfig,
        *,
        site: Site,
        vpc: Vpc,
        lake: Lakehouse,
        raw_prefix: str,
        keys: Keys,
        alarm_actions: Sequence[pulumi.Input[str]] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:Databricks", name, {}, opts)
        self._name = name
        self._config = config
        self._child = pulumi.ResourceOptions(parent=self)
        self._login = login(config, parent=self)
        account = self._login.account(f"{name}-account", config.account_id, self._child)

        workspace = self._create_workspace(site, vpc, account)
        self.workspace_url = workspace.workspace_url
        self.workspace_id = workspace.workspace_id.apply(str)
        provider = self._login.workspace(f"{name}-workspace-login", self.workspace_url, self._child)
        assigned = self._assign_metastore(site, workspace, account)
        unity = Unity(
            f"{name}-unity",
            site=site,
            lake=lake,
            raw_prefix=raw_prefix,
            readers=config.readers,
            retain=config.retain,
            metastore=assigned,
            opts=pulumi.ResourceOptions(parent=self, providers={"databricks": provider}),
        )
        jobs = create_jobs(
            name,
            config,
            site=site,
            places=unity.places,
            opts=pulumi.ResourceOptions(parent=self, provider=provider),
        )
        status = JobStatus(
            f"{name}-status",
            config,
            site=site,
            workspace_url=self.workspace_url,
            jobs=jobs.ids,
            keys=keys,
            alarm_actions=alarm_actions,
            opts=self._child,
        )
        self.catalog = unity.places.catalog
        self.status_function = status.function_name
        self.register_outputs(
            {
                "workspace_url": self.workspace_url,
                "workspace_id": self.workspace_id,
                "catalog": self.catalog,
                "status_function": self.status_function,
            }
        )

    def _create_workspace(
        self, site: Site, vpc: Vpc, account: databricks.Provider
    ) -> databricks.MwsWorkspaces:
        """Databricks tries each part when it is made. IAM needs some seconds to know a new role
        everywhere: a first `up` that is refused for that is run again.
        """
        name, config = self._name, self._config
        in_account = pulumi.ResourceOptions(parent=self, provider=account)
        group_id, group_ready = machines_group(f"{name}-machines", vpc=vpc, opts=self._child)
        role = cross_account_role(
            f"{name}-launch",
            external_id=config.account_id,
            site=site,
            vpc=vpc,
            group_id=group_id,
            opts=self._child,
        )
        bucket = root_bucket(
            f"{name}-root",
            bucket_name=root_bucket_name(site),
            account_id=site.account_id,
            databricks_account=config.account_id,
            retain=config.retain,
            parent=self,
        )
        credentials = databricks.MwsCredentials(
            f"{name}-credentials",
            credentials_name=site.name("databricks", "credentials"),
            role_arn=role.arn,
            opts=in_account,
        )
        storage = databricks.MwsStorageConfigurations(
            f"{name}-storage",
            account_id=config.account_id,
            storage_configuration_name=site.name("databricks", "storage"),
            bucket_name=bucket,
            opts=in_account,
        )
        network = databricks.MwsNetworks(
            f"{name}-network",
            account_id=config.account_id,
            network_name=site.name("databricks", "network"),
            vpc_id=vpc.vpc_id,
            subnet_ids=vpc.private_subnet_ids,
            security_group_ids=[group_ready],
            opts=in_account,
        )
        return databricks.MwsWorkspaces(
            f"{name}-workspace",
            account_id=config.account_id,
            workspace_name=site.name("databricks", "workspace"),
            aws_region=site.region,
            credentials_id=credentials.credentials_id,
            storage_configuration_id=storage.storage_configuration_id,
            network_id=network.network_id,
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=account,
                protect=config.retain,
                retain_on_delete=config.retain,
            ),
        )

    def _assign_metastore(
        self, site: Site, workspace: databricks.MwsWorkspaces, account: databricks.Provider
    ) -> databricks.MetastoreAssignment:
        in_account = pulumi.ResourceOptions(parent=self, provider=account)
        store = metastore_id(
            self._name,
            self._config.metastore_id,
            site=site,
            retain=self._config.retain,
            opts=in_account,
        )
        return databricks.MetastoreAssignment(
            f"{self._name}-metastore-assignment",
            workspace_id=workspace.workspace_id.apply(str),
            metastore_id=store,
            opts=in_account,
        )

"""Unity: Unity Catalog over the lake: which places Databricks reaches, under which role, and the
catalog in which its Delta tables are.

Bronze and gold can be read, `delta/` in silver is Databricks' own. It leaves out the tables: the
jobs make them, because they know the columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_databricks as databricks

from components.databricks.border import DATABRICKS
from components.iam import Statement, account_root, assume, policy_document
from components.lakehouse import Lakehouse, Zone
from components.naming import Site

# Databricks' own role that reaches into accounts (Databricks on AWS, "Create a storage
# credential").
MASTER = f"arn:aws:iam::{DATABRICKS}:role/unity-catalog-prod-UCMasterRole-14S5ZJVKOTYTL"
PREFIX = "delta"
SCHEMA = "shop"


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where jobs read and write: S3 URLs, and the catalog's name, once Databricks may go there."""

    raw: pulumi.Output[str]
    checkpoints: pulumi.Output[str]
    catalog: pulumi.Output[str]
    schema: pulumi.Output[str]


def metastore_id(
    name: str,
    given: str | None,
    *,
    site: Site,
    retain: bool,
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """The region's, or a new one. It has no storage of its own: each catalog says where it lies."""
    if given is not None:
        return pulumi.Output.from_input(given)
    store = databricks.Metastore(
        f"{name}-metastore",
        name=f"{site.prefix}-{site.region}",
        region=site.region,
        force_destroy=not retain,
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(protect=retain, retain_on_delete=retain)
        ),
    )
    return store.metastore_id


class Unity(pulumi.ComponentResource):
    """Made through the workspace's provider, which must be among the component's providers."""

    places: Places
    role_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        site: Site,
        lake: Lakehouse,
        raw_prefix: str,
        readers: Sequence[str],
        metastore: databricks.MetastoreAssignment,
        retain: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:Unity", name, {}, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)
        credential_name = site.name("databricks", "lake")
        role_name = site.name("iam", "databricks-lake")
        role_arn = f"arn:aws:iam::{site.account_id}:role/{role_name}"
        # The credential before its role: it draws the external id that the role's trust wants.
        credential = databricks.StorageCredential(
            f"{name}-credential",
            name=credential_name,
            aws_iam_role={"role_arn": role_arn},
            comment="The lake",
            force_destroy=not retain,
            skip_validation=True,
            # All that follows is the metastore's, and hangs on this.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[metastore]),
        )
        external_id = credential.aws_iam_role.apply(
            # The SDK's types know the attribute as a function, and `get` half.
            lambda role: str(pulumi.get(role, "external_id") or "")  # pyright: ignore[reportUnknownMemberType]
        )
        ready = self._create_role(role_name, role_arn, external_id, site, lake)

        buckets = {zone: lake.zones[zone].name for zone in Zone}
        urls = {
            "raw": pulumi.Output.concat("s3://", buckets[Zone.BRONZE], f"/{raw_prefix}"),
            "delta": pulumi.Output.concat("s3://", buckets[Zone.SILVER], f"/{PREFIX}"),
            "gold": pulumi.Output.concat("s3://", buckets[Zone.GOLD], "/"),
        }
        locations = {
            what: databricks.ExternalLocation(
                f"{name}-{what}",
                name=site.name("databricks", what),
                url=url,
                credential_name=credential.name,
                read_only=what != "delta",
                force_destroy=not retain,
                # Databricks tries the role when it takes a location.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[ready]),
            )
            for what, url in urls.items()
        }
        catalog = databricks.Catalog(
            f"{name}-catalog",
            name=site.name("glue", "delta"),  # a word in SQL: no hyphens
            storage_root=locations["delta"].url,
            isolation_mode="ISOLATED",
            comment="Delta tables over the lake",
            force_destroy=not retain,
            opts=pulumi.ResourceOptions(parent=self, protect=retain, retain_on_delete=retain),
        )
        schema = databricks.Schema(
            f"{name}-schema",
            name=SCHEMA,
            catalog_name=catalog.name,
            comment="Events and order lines, as the jobs type and enrich them",
            force_destroy=not retain,
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=retain),
        )
        if readers:
            databricks.Grants(
                f"{name}-readers",
                catalog=catalog.name,
                grants=[
                    {"principal": group, "privileges": ["USE_CATALOG", "USE_SCHEMA", "SELECT"]}
                    for group in readers
                ],
                opts=self._child,
            )
        self.places = Places(
            raw=locations["raw"].url,
            checkpoints=pulumi.Output.concat(locations["delta"].url, "/_checkpoints"),
            catalog=catalog.name,
            schema=schema.name,
        )
        self.role_arn = pulumi.Output.from_input(role_arn)
        self.register_outputs({"catalog": self.places.catalog, "role_arn": self.role_arn})

    def _create_role(
        self,
        role_name: str,
        role_arn: str,
        external_id: pulumi.Output[str],
        site: Site,
        lake: Lakehouse,
    ) -> aws.iam.RolePolicy:
        """A role with a name of its own, because its trust names itself, as Databricks wants."""
        with_id = {"StringEquals": {"sts:ExternalId": external_id}}
        role = aws.iam.Role(
            f"{self._name}-role",
            name=role_name,
            description="Unity Catalog: reads the lake, and keeps Delta tables in silver",
            assume_role_policy=policy_document(
                Statement(
                    sid="UnityCatalog",
                    actions=["sts:AssumeRole"],
                    principals={"AWS": MASTER},
                    conditions=with_id,
                ),
                Statement(
                    sid="Itself",
                    actions=["sts:AssumeRole"],
                    principals={"AWS": account_root(site.account_id)},
                    conditions={**with_id, "ArnEquals": {"aws:PrincipalArn": role_arn}},
                ),
            ),
            opts=self._child,
        )
        return aws.iam.RolePolicy(
            f"{self._name}-role-policy",
            role=role.name,
            policy=policy_document(
                *lake.read(Zone.BRONZE),
                *lake.read(Zone.GOLD),
                *lake.read(Zone.SILVER, PREFIX),
                *lake.write(Zone.SILVER, PREFIX),
                *lake.delete(Zone.SILVER, PREFIX),
                assume(role_arn),
            ),
            opts=self._child,
        )

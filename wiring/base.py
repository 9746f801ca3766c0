"""What nearly every component takes: where the stack lives, its keys, its network and whom alarms
tell.
"""

from dataclasses import dataclass

import pulumi

from components.catalog import Catalog
from components.databricks.border import through_gateway
from components.encryption import EncryptionKeys, Keys, Protection
from components.lakehouse import Lakehouse
from components.naming import Site
from components.network import NetworkConfig, Vpc
from components.query_layer import QueryLayer
from components.transform import Transform
from settings import Settings

Outputs = dict[str, pulumi.Output[str]]


@dataclass(frozen=True, kw_only=True)
class Base:
    """What nearly every component takes."""

    settings: Settings
    site: Site
    keys: Keys
    protection: Protection
    vpc: Vpc | None
    actions: tuple[pulumi.Output[str], ...]
    """Whom alarms tell."""


@dataclass(frozen=True, kw_only=True)
class Data:
    """Where data lies, and who asks it."""

    lake: Lakehouse
    catalog: Catalog
    transform: Transform
    queries: QueryLayer


def base_of(settings: Settings) -> Base:
    """Keys, network and alerts, before anything that needs them."""
    site = settings.site
    encryption = EncryptionKeys(
        "keys",
        settings.encryption,
        site=site,
        retain=settings.lakehouse.retain,
    )
    vpc = None
    if isinstance(settings.network, NetworkConfig):
        from components.network.network import Network

        vpc = Network(
            "network",
            settings.network,
            site=site,
            keys=encryption.keys,
            # The gateway shuts all buckets of others; Databricks' machines start from some.
            s3_statements=through_gateway(site) if settings.databricks.enabled else (),
        ).vpc
    actions: tuple[pulumi.Output[str], ...] = ()
    if settings.alerts.enabled:
        from components.alerts import Alerts

        actions = Alerts("alerts", settings.alerts, site=site, keys=encryption.keys).actions
    return Base(
        settings=settings,
        site=site,
        keys=encryption.keys,
        protection=encryption.protection,
        vpc=vpc,
        actions=actions,
    )

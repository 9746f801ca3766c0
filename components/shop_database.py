"""ShopDatabase: the database that the shop runs on, on RDS, Postgres or MySQL, ready for change
capture.

The master's password is RDS's own secret and rotates. Change capture has a user of its own, whose
secret is made here; docs/runbook.md says how the database gets that user. It leaves out tables
(the shop's own migrations make them), replicas and proxies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Self

import pulumi
import pulumi_aws as aws
from pydantic import Field, model_validator

from components.encryption import Keys
from components.naming import Site, checked
from components.network import Vpc
from components.rds_instance import (
    Engine,
    create_instance,
    master_secret,
    needed_by,
    refuse_misfit,
)
from components.section import Section
from components.shop_database_alarms import database_alarms
from components.shop_database_engines import POSTGRES, EngineName, engine_of

CAPTURE_USER = "dms"
# A deleted secret keeps its name this long; 0 is at once, so that a stack can be rebuilt.
RECOVERY_DAYS = 30


class NoShopDatabase(Section):
    """A stack without a shop database of its own."""

    enabled: Literal[False]


class ShopDatabaseConfig(Section):
    enabled: Literal[True] = Field(description="A shop database on RDS; needs a network.")
    engine: EngineName = Field(
        description="`postgres` or `mysql`; another one replaces the database."
    )
    engine_version: str = Field(
        pattern=r"^\d+(\.\d+){0,2}$",
        description="Major version, e.g. `17` (postgres) or `8.4` (mysql); with its minor version "
        "(`17.4`, `8.4.3`) RDS does not raise it by itself.",
    )
    instance_class: str = Field(
        pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$", description="RDS class, e.g. `db.t4g.small`."
    )
    database: str = Field(
        default="shop",
        pattern=r"^[a-z][a-z0-9_]{0,62}$",
        description="Name of the database on the instance.",
    )
    storage_gb: int = Field(
        default=20, ge=20, le=16_000, description="First size, GB (20 to 16,000; never shrinks)."
    )
    max_storage_gb: int = Field(
        default=100, ge=20, le=64_000, description="RDS grows it by itself up to here, GB."
    )
    multi_az: bool = Field(
        description="A standby in another zone: survives the loss of one, costs the same again."
    )
    backup_days: int = Field(
        ge=0,
        le=35,
        description="Days of point-in-time backups (0 to 35; 0 keeps none, and then MySQL writes "
        "no binlog).",
    )
    retain: bool = Field(
        description="True: deletion protection, a final snapshot, and a destroy leaves it alone. "
        "False: the shop's data goes with a destroy."
    )
    slot_wal_gb: int = Field(
        default=5,
        ge=1,
        le=1_000,
        description="Postgres only: log kept for a reader that fell behind, GB. Beyond it the "
        "reader is cut off and needs a new full load; without a limit it would fill the shop's "
        "disk.",
    )
    client_group_ids: list[str] = Field(
        default_factory=list[str],
        description="Security groups of the shop's own servers, which may connect.",
    )
    log_days: int = Field(default=30, ge=1, description="Days to keep the database's logs.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        engine_of(self)  # a version that the engine does not have
        refuse_misfit(self)
        if self.engine == "mysql" and self.backup_days == 0:
            raise ValueError(
                "backup_days is 0: RDS for MySQL writes a binlog, which change capture reads, only "
                "with backups; give 1 to 35"
            )
        if self.engine == POSTGRES and self.slot_wal_gb * 2 > self.storage_gb:
            raise ValueError(
                f"slot_wal_gb {self.slot_wal_gb} is more than half of storage_gb "
                f"{self.storage_gb}: a reader that stands still would fill the shop's disk; lower "
                "the one or raise the other"
            )
        return self


ShopDatabaseSection = Annotated[NoShopDatabase | ShopDatabaseConfig, Field(discriminator="enabled")]


@dataclass(frozen=True, kw_only=True)
class ChangeSource:
    """What change capture must know of a database."""

    engine: EngineName
    database: str
    port: int
    secret_arn: pulumi.Output[str]
    """Of the capture user: username, password, host and port, as DMS wants them."""
    group_id: pulumi.Output[str]
    """The database's security group, which lets the capture in."""


class ShopDatabase(pulumi.ComponentResource):
    address: pulumi.Output[str]
    identifier: pulumi.Output[str]
    master_secret_arn: pulumi.Output[str]
    source: ChangeSource

    def __init__(
        self,
        name: str,
        config: ShopDatabaseConfig,
        *,
        site: Site,
        vpc: Vpc,
        keys: Keys,
        alarm_actions: Sequence[pulumi.Input[str]] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:ShopDatabase", name, {}, opts)
        self._name = name
        self._config = config
        self._child = pulumi.ResourceOptions(parent=self)
        engine = engine_of(config)
        group_id = self._create_firewall(vpc, engine)
        instance = create_instance(
            name,
            config,
            engine=engine,
            identifier=site.name("rds", "shop"),
            keys=keys,
            vpc=vpc,
            group_id=group_id,
            log_days=config.log_days,
            parent=self,
        )
        self.address = instance.address
        self.identifier = instance.identifier
        self.master_secret_arn = master_secret(instance)
        self.source = ChangeSource(
            engine=config.engine,
            database=config.database,
            port=engine.port,
            secret_arn=self._create_capture_secret(site, keys, instance.address, engine.port),
            group_id=group_id,
        )
        database_alarms(
            name,
            identifier=self.identifier,
            slot_wal_gb=config.slot_wal_gb if config.engine == POSTGRES else None,
            actions=alarm_actions,
            opts=self._child,
        )
        self.register_outputs(
            {
                "address": self.address,
                "identifier": self.identifier,
                "master_secret_arn": self.master_secret_arn,
                "capture_secret_arn": self.source.secret_arn,
            }
        )

    def _create_firewall(self, vpc: Vpc, engine: Engine) -> pulumi.Output[str]:
        group = aws.ec2.SecurityGroup(
            f"{self._name}-group",
            description="The shop's database: in from its servers and change capture, out nowhere",
            vpc_id=vpc.vpc_id,
            opts=needed_by(self, self._config),
        )
        for client in self._config.client_group_ids:
            aws.vpc.SecurityGroupIngressRule(
                f"{self._name}-from-{client}",
                security_group_id=group.id,
                description="The shop's own servers",
                referenced_security_group_id=client,
                ip_protocol="tcp",
                from_port=engine.port,
                to_port=engine.port,
                opts=self._child,
            )
        return group.id

    def _create_capture_secret(
        self, site: Site, keys: Keys, host: pulumi.Output[str], port: int
    ) -> pulumi.Output[str]:
        """DMS reads host and port from the secret too, which RDS's own secret of the master lacks
        (DMS user guide, "Using secrets to access AWS DMS resources").
        """
        import pulumi_random as random

        password = random.RandomPassword(
            # Letters and digits: DMS refuses some signs in a password, `;` and `%` among them.
            f"{self._name}-capture-password",
            length=40,
            special=False,
            opts=self._child,
        )
        secret = aws.secretsmanager.Secret(
            f"{self._name}-capture-secret",
            name=checked("secret", f"{site.prefix}-{site.env}/shop-capture"),
            description="The user by which change capture reads the shop's database",
            kms_key_id=keys.secrets,
            recovery_window_in_days=RECOVERY_DAYS if self._config.retain else 0,
            opts=self._child,
        )
        version = aws.secretsmanager.SecretVersion(
            f"{self._name}-capture-version",
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(
                pulumi.Output.json_dumps(
                    {
                        "username": CAPTURE_USER,
                        "password": password.result,
                        "host": host,
                        "port": port,
                    }
                )
            ),
            opts=self._child,
        )
        # Through the version: whoever knows the secret also finds something in it.
        return pulumi.Output.all(secret.arn, version.id).apply(lambda known: str(known[0]))

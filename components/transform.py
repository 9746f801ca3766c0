"""Transform: the role under which batch jobs and dbt run: order files to silver, silver to gold,
quarantine back to the stream.

It leaves out what runs them (a laptop, CI, Airflow, Step Functions): each of these assumes the
role.
"""

import pulumi
from pydantic import Field

from components.catalog import Catalog
from components.encryption import use_key
from components.iam import account_root, role_with, trust
from components.lakehouse import Lakehouse, Zone
from components.naming import Site
from components.section import Section
from components.stream_ingest import EventStream
from contract.shop_changes import CDC_PREFIX, QUARANTINED_CHANGES, SILVER_PREFIX, STATE_PREFIX
from contract.tables import ORDER_LINES, QUARANTINED_EVENTS, QUARANTINED_LINES

DROP_PREFIX = "drop"
REPLAYED_PREFIX = "quarantine/replayed"


class TransformConfig(Section):
    principals: list[str] = Field(
        default_factory=list[str],
        description="Principals (ARNs) that may assume the role; empty: whoever IAM of this "
        "account allows.",
    )


class Transform(pulumi.ComponentResource):
    role_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        config: TransformConfig,
        *,
        site: Site,
        lake: Lakehouse,
        catalog: Catalog,
        stream: EventStream,
        key_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:Transform", name, {}, opts)
        role = role_with(
            f"{name}-role",
            description="Transform: order files, dbt and replays",
            trusted=trust({"AWS": config.principals or account_root(site.account_id)}),
            statements=[
                *lake.read(Zone.BRONZE, DROP_PREFIX, CDC_PREFIX, "quarantine"),
                *lake.write(
                    Zone.BRONZE,
                    DROP_PREFIX,
                    QUARANTINED_LINES.prefix,
                    QUARANTINED_CHANGES.prefix,
                    REPLAYED_PREFIX,
                ),
                *lake.delete(
                    Zone.BRONZE,
                    QUARANTINED_EVENTS.prefix,
                    QUARANTINED_LINES.prefix,
                    QUARANTINED_CHANGES.prefix,
                ),
                *lake.read(Zone.SILVER),
                *lake.write(Zone.SILVER, ORDER_LINES.prefix, SILVER_PREFIX, STATE_PREFIX),
                *lake.delete(Zone.SILVER, ORDER_LINES.prefix),
                *lake.read(Zone.GOLD),
                *lake.write(Zone.GOLD),
                *lake.delete(Zone.GOLD),
                catalog.read(*Zone),
                *stream.write(),
                use_key(key_arn, write=True),
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.role_arn = role.arn
        self.register_outputs({"role_arn": self.role_arn})

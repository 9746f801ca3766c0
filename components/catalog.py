"""Catalog: Glue databases and tables over the lake's zones, made from the contracts.

It leaves out crawlers, which guess what the contract already says: the one there is only watches
(`components.drift_watch`). Gold tables are declared here only where no warehouse engine makes its
own (`register_gold`).
"""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import Field

from components.iam import Statement
from components.lakehouse import Lakehouse, Zone
from components.naming import Site
from components.section import Section
from contract.events import VERSION
from contract.tables import Table


class _Format(TypedDict):
    input: str
    output: str
    serde: str


FORMATS: dict[str, _Format] = {
    "parquet": {
        "input": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "output": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "serde": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    },
    "json": {
        "input": "org.apache.hadoop.mapred.TextInputFormat",
        "output": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "serde": "org.openx.data.jsonserde.JsonSerDe",
    },
}

# Partitions are computed from the path instead of registered, so that a new hour is there at once
# and no crawler runs.
PROJECTION_RANGES = {"year": "2009,2100", "month": "1,12", "day": "1,31", "hour": "0,23"}


class CatalogConfig(Section):
    register_gold: bool = Field(
        description="Declare gold as external Parquet tables. False where dbt makes the tables "
        "itself (Athena, Redshift)."
    )
    drift_schedule: str | None = Field(
        default=None,
        pattern=r"^cron\(.+\)$",
        description="When a crawler looks for fields that producers send and the contract does not "
        "know, e.g. `cron(0 3 * * ? *)`; none: never. It changes no table of the contract.",
    )


class Catalog(pulumi.ComponentResource):
    databases: dict[Zone, pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        config: CatalogConfig,
        *,
        site: Site,
        lake: Lakehouse,
        tables: Mapping[Zone, Sequence[Table]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:Catalog", name, {}, opts)
        self._arn = f"arn:aws:glue:{site.region}:{site.account_id}"
        self.databases = {}
        for zone in Zone:
            database = aws.glue.CatalogDatabase(
                f"{name}-{zone}",
                name=site.name("glue", zone),
                description=f"The {zone} layer of the lake",
                location_uri=pulumi.Output.concat("s3://", lake.zones[zone].name, "/"),
                opts=pulumi.ResourceOptions(parent=self),
            )
            self.databases[zone] = database.name
            if zone is Zone.GOLD and not config.register_gold:
                continue
            for table in tables.get(zone, ()):
                _table(
                    f"{name}-{zone}-{table.name.replace('_', '-')}",
                    table,
                    database,
                    lake.zones[zone].name,
                )
        self.register_outputs(
            {f"{zone}_database": database for zone, database in self.databases.items()}
        )

    def read(self, *zones: Zone) -> Statement:
        """Grant: look up databases, tables and partitions of the zones."""
        return Statement(
            sid="ReadCatalog",
            actions=[
                "glue:GetDatabase",
                "glue:GetDatabases",
                "glue:GetTable",
                "glue:GetTables",
                "glue:GetPartition",
                "glue:GetPartitions",
            ],
            resources=self._resources(zones),
        )

    def _resources(self, zones: Sequence[Zone]) -> list[pulumi.Input[str]]:
        resources: list[pulumi.Input[str]] = [f"{self._arn}:catalog"]
        for zone in zones:
            resources.append(pulumi.Output.concat(f"{self._arn}:database/", self.databases[zone]))
            resources.append(
                pulumi.Output.concat(f"{self._arn}:table/", self.databases[zone], "/*")
            )
        return resources


def _table(
    name: str, table: Table, database: aws.glue.CatalogDatabase, bucket: pulumi.Output[str]
) -> aws.glue.CatalogTable:
    format_ = FORMATS[table.format]
    location = pulumi.Output.concat("s3://", bucket, f"/{table.prefix}/")
    parameters: dict[str, pulumi.Input[str]] = {
        "EXTERNAL": "TRUE",
        "classification": table.format,
        "contract_version": str(VERSION),
    }
    if table.partitions:
        parameters |= _projection(table, location)
    return aws.glue.CatalogTable(
        name,
        name=table.name,
        database_name=database.name,
        description=table.description,
        table_type="EXTERNAL_TABLE",
        parameters=parameters,
        partition_keys=[{"name": key.name, "type": key.type} for key in table.partitions],
        storage_descriptor={
            "location": location,
            "input_format": format_["input"],
            "output_format": format_["output"],
            "ser_de_info": {"serialization_library": format_["serde"]},
            "columns": [
                {"name": column.name, "type": column.type, "comment": column.comment}
                if column.comment
                else {"name": column.name, "type": column.type}
                for column in table.columns
            ],
        },
        opts=pulumi.ResourceOptions(parent=database),
    )


def _projection(table: Table, location: pulumi.Output[str]) -> dict[str, pulumi.Input[str]]:
    parameters: dict[str, pulumi.Input[str]] = {"projection.enabled": "true"}
    for key in table.partitions:
        parameters[f"projection.{key.name}.type"] = "integer"
        parameters[f"projection.{key.name}.range"] = PROJECTION_RANGES[key.name]
        if key.name != "year":
            parameters[f"projection.{key.name}.digits"] = "2"
    path = "".join(f"{key.name}=${{{key.name}}}/" for key in table.partitions)
    parameters["storage.location.template"] = pulumi.Output.concat(location, path)
    return parameters

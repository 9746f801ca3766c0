"""DriftWatch: a crawler that looks at what producers really send, and a query that sets it against
the contract.

The crawler writes to a database of its own (`…_observed`): the tables of the contract are never
touched by a guess. It leaves out repair: a difference is either a broken producer or a contract
that is behind, and people decide which.
"""

import pulumi
import pulumi_aws as aws

from components.encryption import Keys
from components.field_crawler import PREFIX, Look, field_crawler
from components.lakehouse import Lakehouse
from components.naming import Site


class DriftWatch(pulumi.ComponentResource):
    database: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        schedule: str,
        *,
        site: Site,
        lake: Lakehouse,
        keys: Keys,
        raw_prefix: str,
        declared: pulumi.Output[str],
        workgroup: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`raw_prefix` is where the raw events lie in bronze; its last part names the observed
        table. `declared` is the database with the contract's table of that name.
        """
        super().__init__("shop:components:DriftWatch", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        table = raw_prefix.rpartition("/")[2]

        database = aws.glue.CatalogDatabase(
            f"{name}-observed",
            name=site.name("glue", "observed"),
            description="What the crawler found; compare with the tables of the contract",
            opts=child,
        )
        field_crawler(
            name,
            schedule,
            Look(
                crawler_name=f"{site.prefix}-{site.env}-drift-watch",
                folder=raw_prefix,
                samples_of="the lake",
                description="Looks at what lies in the lake; changes no table of the contract",
            ),
            database=database,
            site=site,
            lake=lake,
            keys=keys,
            opts=child,
        )
        aws.athena.NamedQuery(
            f"{name}-query",
            name="schema_drift",
            description="Fields that producers send and the contract does not know",
            database=database.name,
            workgroup=workgroup,
            query=pulumi.Output.all(database.name, declared).apply(
                lambda names: drift_query(
                    observed=str(names[0]), declared=str(names[1]), table=table
                )
            ),
            opts=child,
        )
        self.database = database.name
        self.register_outputs({"database": self.database})


def drift_query(*, observed: str, declared: str, table: str) -> str:
    """SQL for Athena: one row per field (`column_name`, `observed_type`) that the crawler saw and
    the contract's table does not have. Partition columns, which come from the path, are no fields.
    """
    return f"""\
select column_name, data_type as observed_type
from information_schema.columns
where table_schema = '{observed}'
  and table_name = '{PREFIX}{table}'
  and column_name not like 'partition\\_%' escape '\\'
  and column_name not in (
    select column_name from information_schema.columns
    where table_schema = '{declared}' and table_name = '{table}'
  )
order by 1
"""  # noqa: S608 (names of our own databases, no user's input)

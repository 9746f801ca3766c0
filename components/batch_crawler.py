"""A look at what the CRM exports, in a database of its own, `…_crm_observed`."""

import pulumi
import pulumi_aws as aws

from components.encryption import Keys
from components.field_crawler import Look, field_crawler
from components.lakehouse import Lakehouse
from components.naming import Site
from jobs.spark.crm_etl import SOURCE


def crm_watch(
    name: str,
    schedule: str,
    *,
    site: Site,
    lake: Lakehouse,
    keys: Keys,
    opts: pulumi.ResourceOptions,
) -> None:
    database = aws.glue.CatalogDatabase(
        f"{name}-observed",
        name=site.name("glue", "crm-observed"),
        description="What the crawler found in the exports of the CRM",
        opts=opts,
    )
    field_crawler(
        name,
        schedule,
        Look(
            crawler_name=f"{site.prefix}-{site.env}-crm-watch",
            folder=SOURCE,
            samples_of="the CRM's exports",
            description="Looks at what the CRM exports; changes no table of the contract",
        ),
        database=database,
        site=site,
        lake=lake,
        keys=keys,
        opts=opts,
    )

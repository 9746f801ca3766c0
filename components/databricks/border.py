"""What the VPC's gateway to S3 must let through beside our own, for machines of Databricks: they
start from its software and hand in their logs, and the root bucket they reach as Databricks.

Plain values: the network is made before the workspace, and knows nothing of it. After the endpoint
policies of github.com/databricks/terraform-databricks-sra, but by accounts: names of the log
buckets do not follow the region's. It leaves out sample data, which no job reads.
"""

from __future__ import annotations

from components.iam import Statement
from components.naming import Site

# The account at AWS from which Databricks works (commercial regions).
DATABRICKS = "414351767826"


def root_bucket_name(site: Site) -> str:
    return site.name("s3", "databricks-root")


def through_gateway(site: Site) -> tuple[Statement, ...]:
    """Statements for the policy of the gateway endpoint `s3`."""
    root = f"arn:aws:s3:::{root_bucket_name(site)}"
    software = f"arn:aws:s3:::databricks-prod-artifacts-{site.region}"
    read = ("s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:GetBucketLocation")
    return (
        Statement(
            sid="DatabricksToItsRootBucket",
            actions=[*read, "s3:PutObject", "s3:DeleteObject"],
            resources=[root, f"{root}/*"],
            principals="*",
            conditions={"StringEquals": {"aws:PrincipalAccount": DATABRICKS}},
        ),
        Statement(
            sid="DatabricksToItsOwn",
            actions=[*read, "s3:PutObject"],
            resources=["*"],
            principals="*",
            conditions={
                "StringEquals": {
                    "aws:PrincipalAccount": DATABRICKS,
                    "aws:ResourceAccount": DATABRICKS,
                }
            },
        ),
        Statement(
            sid="SoftwareOfDatabricks",
            actions=read,
            resources=[software, f"{software}/*"],
            # A machine fetches it before it has credentials.
            principals="*",
            conditions={"StringEquals": {"aws:ResourceAccount": DATABRICKS}},
        ),
    )

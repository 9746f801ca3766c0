"""QueryLayer: the Athena workgroup in which analysts ask, its result bucket, the questions as named
queries, and their role.

A workgroup that enforces its settings is what keeps a forgotten `WHERE` from costing a month. It
leaves out the tables.
"""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws
from pydantic import Field

from components.catalog import Catalog
from components.encryption import Protection, use_key
from components.iam import Statement, account_root, role_with, trust
from components.lakehouse import Lakehouse, Zone
from components.naming import Site
from components.section import Section
from components.secure_bucket import SecureBucket

MEGABYTE = 1_000_000


class QueryConfig(Section):
    scan_limit_mb: int = Field(
        default=10_000,
        ge=10,
        description="A query that would scan more is cancelled; Athena bills by bytes scanned "
        "(minimum 10).",
    )
    keep_results_days: int = Field(
        default=14, ge=1, description="Days until query results are deleted."
    )
    analysts: list[str] = Field(
        default_factory=list[str],
        description="Principals (ARNs) that may assume the analyst role; empty: whoever IAM of "
        "this account allows.",
    )


class QueryLayer(pulumi.ComponentResource):
    workgroup: pulumi.Output[str]
    results_bucket: pulumi.Output[str]
    analyst_role_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        config: QueryConfig,
        *,
        site: Site,
        lake: Lakehouse,
        catalog: Catalog,
        questions: Mapping[str, str],
        protection: Protection,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:QueryLayer", name, {}, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)

        results = self._create_results(config, site, protection)
        workgroup = self._create_workgroup(config, site, results, protection.key_arn)
        for question, sql in questions.items():
            aws.athena.NamedQuery(
                f"{name}-{question.replace('_', '-')}",
                name=question,
                description=sql.splitlines()[0].removeprefix("--").strip(),
                database=catalog.databases[Zone.GOLD],
                workgroup=workgroup.name,
                query=sql,
                opts=self._child,
            )
        role = role_with(
            f"{name}-analyst",
            description="Analyst: asks gold through the workgroup",
            trusted=trust({"AWS": config.analysts or account_root(site.account_id)}),
            statements=[
                Statement(
                    sid="AskInWorkgroup",
                    actions=[
                        "athena:StartQueryExecution",
                        "athena:StopQueryExecution",
                        "athena:GetQueryExecution",
                        "athena:GetQueryResults",
                        "athena:GetWorkGroup",
                        "athena:GetNamedQuery",
                        "athena:ListNamedQueries",
                    ],
                    resources=[workgroup.arn],
                ),
                catalog.read(Zone.GOLD),
                *lake.read(Zone.GOLD),
                Statement(
                    sid="KeepResults",
                    actions=[
                        "s3:GetObject",
                        "s3:PutObject",
                        "s3:AbortMultipartUpload",
                        "s3:ListMultipartUploadParts",
                    ],
                    resources=[pulumi.Output.concat(results.arn, "/*")],
                ),
                Statement(
                    sid="FindResults",
                    actions=["s3:GetBucketLocation", "s3:ListBucket"],
                    resources=[results.arn],
                ),
                use_key(protection.key_arn, write=True),
            ],
            opts=self._child,
        )
        self.workgroup = workgroup.name
        self.results_bucket = results.name
        self.analyst_role_arn = role.arn
        self.register_outputs(
            {
                "workgroup": self.workgroup,
                "results_bucket": self.results_bucket,
                "analyst_role_arn": self.analyst_role_arn,
            }
        )

    def _create_results(
        self, config: QueryConfig, site: Site, protection: Protection
    ) -> SecureBucket:
        return SecureBucket(
            f"{self._name}-results",
            bucket_name=site.name("s3", "query-results"),
            protection=protection,
            retain=False,  # results can be asked for again
            versioned=False,
            lifecycle_rules=[
                {
                    "id": "results",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "expiration": {"days": config.keep_results_days},
                }
            ],
            opts=self._child,
        )

    def _create_workgroup(
        self, config: QueryConfig, site: Site, results: SecureBucket, key_arn: pulumi.Input[str]
    ) -> aws.athena.Workgroup:
        return aws.athena.Workgroup(
            f"{self._name}-workgroup",
            name=site.name("athena", "analysts"),
            force_destroy=True,  # its content is query history; named queries are in the program
            configuration={
                "enforce_workgroup_configuration": True,
                "publish_cloudwatch_metrics_enabled": True,
                "bytes_scanned_cutoff_per_query": config.scan_limit_mb * MEGABYTE,
                "result_configuration": {
                    "output_location": pulumi.Output.concat("s3://", results.name, "/results/"),
                    "encryption_configuration": {
                        "encryption_option": "SSE_KMS",
                        "kms_key_arn": key_arn,
                    },
                },
            },
            opts=self._child,
        )

"""BatchEtl: the Spark jobs of `jobs/spark/` where they run: scripts in a bucket, the role, Glue
jobs or EMR Serverless, their schedule, a crawler that watches the CRM, and the alarm on failures.

It leaves out the order between jobs and what comes after them (`components.pipeline`), and tables:
the catalog has them from the contracts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.batch_alarms import failed_runs
from components.batch_config import BatchEtlConfig, GlueEngine
from components.batch_crawler import crm_watch
from components.encryption import Keys, Protection, use_key
from components.iam import Statement
from components.lakehouse import Lakehouse, Zone
from components.lambda_code import ROOT, lambda_code
from components.naming import Site
from components.secure_bucket import SecureBucket
from components.transform import DROP_PREFIX
from contract.shop_changes import CDC_PREFIX, QUARANTINED_CHANGES, SILVER_PREFIX, STATE_PREFIX
from contract.tables import ORDER_LINES, QUARANTINED_LINES
from jobs.spark.common import STAGING, YESTERDAY
from jobs.spark.crm_etl import SOURCE as CRM
from jobs.spark.crm_etl import TABLE as CRM_TABLE

JOBS = {
    "crm_etl": "The day's export of the CRM, to active customers",
    "order_etl": "The day's order files, to order lines and quarantine",
    "cdc_etl": "Changes of the shop's database, to a table each",
}
CODE = ("jobs/spark", "jobs/order_file", "contract")
TEMPORARY = "temp"


@dataclass(frozen=True, kw_only=True)
class Scripts:
    """Where the scripts lie, and what every run is given. `files`: URIs by the job's name."""

    bucket: pulumi.Output[str]
    bucket_arn: pulumi.Output[str]
    files: dict[str, pulumi.Output[str]]
    code: pulumi.Output[str]
    """URI of the archive with our packages."""
    arguments: dict[str, pulumi.Input[str]]


class BatchEtl(pulumi.ComponentResource):
    script_bucket: pulumi.Output[str]
    role_arn: pulumi.Output[str]
    jobs: dict[str, pulumi.Output[str]]
    """Names of the Glue jobs by script; empty on EMR Serverless."""
    application_id: pulumi.Output[str] | None
    """On EMR Serverless."""

    def __init__(
        self,
        name: str,
        config: BatchEtlConfig,
        *,
        site: Site,
        lake: Lakehouse,
        keys: Keys,
        protection: Protection,
        alarm_actions: Sequence[pulumi.Input[str]] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:BatchEtl", name, {}, opts)
        self._name = name
        self._site = site
        self._child = pulumi.ResourceOptions(parent=self)
        scripts = self._create_scripts(lake, protection)
        grants = self._grants(lake, keys, scripts)
        self.jobs = {}
        self.application_id = None
        if isinstance(config.spark, GlueEngine):
            from components.batch_glue import glue_jobs

            self.jobs, self.role_arn = glue_jobs(
                name, config, config.spark, site=site, keys=keys, scripts=scripts,
                statements=grants, opts=self._child,
            )  # fmt: skip
        else:
            from components.batch_emr import emr_jobs

            self.application_id, self.role_arn = emr_jobs(
                name, config, config.spark, site=site, keys=keys, scripts=scripts,
                statements=grants, opts=self._child,
            )  # fmt: skip
        failed_runs(
            name,
            jobs=list(self.jobs.values()),
            application_id=self.application_id,
            site=site,
            keys=keys,
            log_retention_days=config.log_retention_days,
            actions=alarm_actions,
            opts=self._child,
        )
        if config.crawler_schedule is not None:
            crm_watch(
                f"{name}-crm",
                config.crawler_schedule,
                site=site,
                lake=lake,
                keys=keys,
                opts=self._child,
            )
        self.script_bucket = scripts.bucket
        self.register_outputs(
            {
                "script_bucket": self.script_bucket,
                "role_arn": self.role_arn,
                **{f"{job}_job": job_name for job, job_name in self.jobs.items()},
                **({"application_id": self.application_id} if self.application_id else {}),
            }
        )

    def _create_scripts(self, lake: Lakehouse, protection: Protection) -> Scripts:
        bucket = SecureBucket(
            f"{self._name}-scripts",
            bucket_name=self._site.name("s3", "batch-scripts"),
            protection=protection,
            retain=False,  # the repository has them
            versioned=True,
            lifecycle_rules=[
                {
                    "id": "noncurrent",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "noncurrent_version_expiration": {"noncurrent_days": 30},
                },
                {
                    "id": "temporary",
                    "status": "Enabled",
                    "filter": {"prefix": f"{TEMPORARY}/"},
                    "expiration": {"days": 7},
                },
            ],
            opts=self._child,
        )
        files = {
            job: self._uploaded(
                bucket,
                job.replace("_", "-"),
                f"scripts/{job}.py",
                pulumi.FileAsset(str(ROOT / "jobs" / "spark" / f"{job}.py")),
            )
            for job in JOBS
        }
        return Scripts(
            bucket=bucket.name,
            bucket_arn=bucket.arn,
            files=files,
            code=self._uploaded(bucket, "code", "code/shoptrend.zip", lambda_code(*CODE)),
            arguments={
                "--bronze": lake.zones[Zone.BRONZE].name,
                "--silver": lake.zones[Zone.SILVER].name,
                "--day": YESTERDAY,
            },
        )

    def _uploaded(
        self, bucket: SecureBucket, role: str, key: str, source: pulumi.Asset | pulumi.Archive
    ) -> pulumi.Output[str]:
        """The URI of an object, known once it is there."""
        uploaded = aws.s3.BucketObjectv2(
            f"{self._name}-{role}", bucket=bucket.name, key=key, source=source, opts=self._child
        )
        return pulumi.Output.concat("s3://", uploaded.bucket, "/", uploaded.key)

    def _grants(self, lake: Lakehouse, keys: Keys, scripts: Scripts) -> list[Statement]:
        """What the jobs read, replace and refuse."""
        written = [ORDER_LINES.prefix, CRM_TABLE, SILVER_PREFIX, STATE_PREFIX, STAGING]
        quarantine = [QUARANTINED_LINES.prefix, QUARANTINED_CHANGES.prefix]
        silver = lake.zones[Zone.SILVER].arn
        return [
            *lake.read(Zone.BRONZE, DROP_PREFIX, CRM, CDC_PREFIX),
            *lake.write(Zone.BRONZE, *quarantine),
            *lake.delete(Zone.BRONZE, *quarantine),
            *lake.read(Zone.SILVER, *written),
            *lake.write(Zone.SILVER, *written),
            *lake.delete(Zone.SILVER, *written),
            Statement(
                # EMRFS marks a folder by an empty object beside it, `…_$folder$`.
                sid="MarkFolders",
                actions=["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                resources=[pulumi.Output.concat(silver, f"/{STAGING}_$folder$")],
            ),
            Statement(
                sid="ReadScripts",
                actions=["s3:GetObject"],
                resources=[pulumi.Output.concat(scripts.bucket_arn, "/*")],
            ),
            Statement(
                sid="FindScripts",
                actions=["s3:ListBucket", "s3:GetBucketLocation"],
                resources=[scripts.bucket_arn],
            ),
            Statement(
                sid="KeepTemporary",
                actions=["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
                resources=[pulumi.Output.concat(scripts.bucket_arn, f"/{TEMPORARY}/*")],
            ),
            use_key(keys.data, write=True),
        ]

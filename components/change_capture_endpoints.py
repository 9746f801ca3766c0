"""The endpoints of change capture: the database it reads, bronze, and a warehouse.

Passwords stay in Secrets Manager, TLS is verified against RDS's own root. With
`pause_replication_tasks` the provider stops tasks for a change of an endpoint and resumes them. Its
S3 endpoint has no such argument: AWS refuses a change under a running task, so it takes
`start: false` first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.airflow.certificates import database_ca
from components.change_capture_config import ChangeCaptureConfig, RedshiftTarget
from components.iam import Role
from components.lakehouse import Lakehouse, Zone
from components.naming import Site
from components.shop_database import ChangeSource
from contract.shop_changes import CDC_PREFIX, COMMITTED_AT, TRANSACTIONS_FOLDER

if TYPE_CHECKING:
    from pulumi_aws.dms import EndpointPostgresSettingsArgsDict

KB_PER_MB = 1000
# A sign of life that also moves the slot of a database in which nothing happens, minutes.
HEARTBEAT_MINUTES = 5
# What a warehouse loads from bronze on its way; DMS deletes it after the load.
STAGING_PREFIX = "cdc-staging"


def source_endpoint(
    name: str,
    source: ChangeSource,
    *,
    site: Site,
    secrets_role_arn: pulumi.Input[str],
    capture_ddl: bool,
    opts: pulumi.ResourceOptions,
) -> aws.dms.Endpoint:
    """The shop's database, by its capture user."""
    certificate = aws.dms.Certificate(
        f"{name}-ca",
        certificate_id=f"{site.prefix}-{site.env}-rds-ca",
        certificate_pem=database_ca(site.region),
        opts=opts,
    )
    postgres: EndpointPostgresSettingsArgsDict = {
        # `test_decoding` is on every RDS and needs no extension, unlike pglogical.
        "plugin_name": "test-decoding",
        "capture_ddls": capture_ddl,
        # Without it the log of a quiet database is kept for ever.
        "heartbeat_enable": True,
        "heartbeat_frequency": HEARTBEAT_MINUTES,
    }
    return aws.dms.Endpoint(
        name,
        endpoint_id=f"{site.prefix}-{site.env}-shop",
        endpoint_type="source",
        engine_name=source.engine,
        database_name=source.database,
        secrets_manager_arn=source.secret_arn,
        secrets_manager_access_role_arn=secrets_role_arn,
        ssl_mode="verify-full",
        certificate_arn=certificate.certificate_arn,
        postgres_settings=postgres if source.engine == "postgres" else None,
        pause_replication_tasks=True,
        opts=opts,
    )


def bronze_target(
    name: str,
    config: ChangeCaptureConfig,
    *,
    site: Site,
    lake: Lakehouse,
    key_arn: pulumi.Input[str],
    role: Role,
    opts: pulumi.ResourceOptions,
) -> aws.dms.S3Endpoint:
    """Bronze, in the format of `contract.shop_changes`."""
    in_files = config.transaction_order == "files"
    return aws.dms.S3Endpoint(
        name,
        endpoint_id=f"{site.prefix}-{site.env}-bronze",
        endpoint_type="target",
        bucket_name=lake.zones[Zone.BRONZE].name,
        bucket_folder=CDC_PREFIX,
        expected_bucket_owner=site.account_id,
        service_access_role_arn=role.arn,
        encryption_mode="SSE_KMS",
        server_side_encryption_kms_key_id=key_arn,
        # Rows of several tables in one file have no common columns, hence CSV for transactions, and
        # they have no folder by date.
        data_format="csv" if in_files else "parquet",
        cdc_path=TRANSACTIONS_FOLDER if in_files else None,
        preserve_transactions=in_files,
        add_column_name=True if in_files else None,
        parquet_version=None if in_files else "parquet-2-0",
        # Microseconds, as the database has them.
        parquet_timestamp_in_millisecond=None if in_files else False,
        compression_type="NONE" if in_files else "GZIP",
        date_partition_enabled=not in_files,
        date_partition_sequence=None if in_files else "yyyymmdd",
        date_partition_delimiter=None if in_files else "SLASH",
        include_op_for_full_load=True,
        timestamp_column_name=COMMITTED_AT,
        # One time for a whole load, before all changes that the task reads: so the two can be put
        # in order.
        use_task_start_time_for_full_load_timestamp=True,
        cdc_max_batch_interval=config.batch_seconds,
        cdc_min_file_size=config.batch_mb * KB_PER_MB,
        opts=opts,
    )


def warehouse_target(
    name: str,
    redshift: RedshiftTarget,
    *,
    site: Site,
    lake: Lakehouse,
    key_arn: pulumi.Input[str],
    secrets_role_arn: pulumi.Input[str],
    role: Role,
    opts: pulumi.ResourceOptions,
) -> aws.dms.Endpoint:
    """The warehouse, into which DMS loads by way of files under `STAGING_PREFIX`."""
    return aws.dms.Endpoint(
        name,
        endpoint_id=f"{site.prefix}-{site.env}-warehouse",
        endpoint_type="target",
        engine_name=redshift.engine,
        database_name=redshift.database,
        secrets_manager_arn=redshift.secret_arn,
        secrets_manager_access_role_arn=secrets_role_arn,
        redshift_settings={
            "bucket_name": lake.zones[Zone.BRONZE].name,
            "bucket_folder": STAGING_PREFIX,
            "encryption_mode": "SSE_KMS",
            "server_side_encryption_kms_key_id": key_arn,
            "service_access_role_arn": role.arn,
        },
        pause_replication_tasks=True,
        opts=opts,
    )

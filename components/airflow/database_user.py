"""The Job that makes Airflow's own user and database on RDS.

The master's password rotates and nothing in Airflow follows it, so only this Job uses it: it reads
it from RDS's secret when it runs. The user's password is ours (`components.airflow.secrets`).
"""

from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes

from components.airflow import names
from components.airflow.database import PORT
from components.airflow.jobs import container, run_once
from components.airflow.pods import resources
from components.airflow.secrets import DATABASE, ROLE

SCRIPTS = Path(__file__).parent / "scripts"


def database_user(
    name: str,
    *,
    image: str,
    address: pulumi.Output[str],
    master_secret_arn: pulumi.Output[str],
    region: str,
    stamp: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> kubernetes.batch.v1.Job:
    """`image` needs psql and boto3, as the official one has. It runs again when the password
    changes.
    """
    script = (SCRIPTS / "database_user.py").read_text()
    sql = (SCRIPTS / "database_user.sql").read_text()
    step = container(
        "create",
        image,
        ["python", "-c", script],
        env={
            "SQL": sql,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "MASTER_SECRET_ARN": master_secret_arn,
            "PGHOST": address,
            "PGPORT": str(PORT),
            "PGDATABASE": "postgres",
            "AIRFLOW_ROLE": ROLE,
            "AIRFLOW_DATABASE": DATABASE,
        },
        secrets={"AIRFLOW_PASSWORD": (names.DATABASE_USER, "password")},
        resources=resources(100, 256, limit_mb=512),
    )
    return run_once(
        name,
        account=names.DATABASE_ADMIN,
        steps=[step],
        made_of=[image, script, sql],
        stamp=stamp,
        opts=opts,
    )

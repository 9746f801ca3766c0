"""Runs in the cluster, in Airflow's image: makes Airflow's role and database as the master of RDS.

RDS rotates the master's password, so it is read when it is needed and kept nowhere. The SQL comes
in the variable `SQL`; the address, TLS and Airflow's own role are in the environment already.
"""

import json
import os
import subprocess
from collections.abc import Callable
from typing import Any, cast

import boto3


def main() -> None:
    """Raises CalledProcessError when psql fails, so that the Job does too and is tried again."""
    create = cast("Callable[..., Any]", boto3.client)  # it ships without types
    answer = create("secretsmanager").get_secret_value(SecretId=os.environ["MASTER_SECRET_ARN"])
    master: dict[str, str] = json.loads(answer["SecretString"])
    subprocess.run(
        ["psql", "--no-psqlrc", "--quiet"],  # noqa: S607 (of the image)
        input=os.environ["SQL"],
        text=True,
        check=True,
        env={**os.environ, "PGUSER": master["username"], "PGPASSWORD": master["password"]},
    )


if __name__ == "__main__":
    main()

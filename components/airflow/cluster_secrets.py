"""The Secrets of Kubernetes that the chart names: addresses of the database, keys, pgbouncer's
configuration. They are encrypted in etcd with the cluster's key.
"""

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as kubernetes

from components.airflow import names
from components.airflow.database import PORT
from components.airflow.secrets import ADMIN_USER, DATABASE, ROLE, AirflowSecrets

POOL = f"{names.RELEASE}-metadata"  # the chart's name of the pool
# Pods open up to 15 each and process, and hold most of them idle: the pooler's very point.
MAX_CLIENTS = 500
POOLER = f"{names.PGBOUNCER}.{names.NAMESPACE}"


def pgbouncer_ini(address: str, *, pool_size: int) -> str:
    """pgbouncer's configuration: short sessions within, verified TLS to RDS."""
    return f"""[databases]
{POOL} = host={address} port={PORT} dbname={DATABASE} pool_size={pool_size}

[pgbouncer]
pool_mode = transaction
listen_addr = *
listen_port = {names.PGBOUNCER_PORT}
auth_type = scram-sha-256
auth_file = /etc/pgbouncer/users.txt
stats_users = {ROLE}
ignore_startup_parameters = extra_float_digits
max_client_conn = {MAX_CLIENTS}
max_prepared_statements = 100
server_tls_sslmode = verify-full
server_tls_ca_file = {names.CA_FILE}
log_connections = 0
log_disconnections = 0
"""


def address_of(password: str, host: str, port: int, database: str) -> str:
    """A connection string; the password holds nothing that would need quoting."""
    return f"postgresql://{ROLE}:{password}@{host}:{port}/{database}"


def cluster_secrets(
    name: str,
    secrets: AirflowSecrets,
    *,
    address: pulumi.Output[str],
    pool_size: int,
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """Each under the name that `components.airflow.names` has for it."""
    password = secrets.database_password
    content: Mapping[str, Mapping[str, pulumi.Input[str]]] = {
        names.FERNET: {"fernet-key": secrets.fernet_key},
        names.API_SECRET: {"api-secret-key": secrets.api_key},
        names.JWT: {"jwt-secret": secrets.jwt_key},
        names.DATABASE_USER: {"password": password},
        names.ADMIN: {"username": ADMIN_USER, "password": secrets.admin_password},
        names.METADATA: {
            "connection": password.apply(
                lambda word: address_of(word, POOLER, names.PGBOUNCER_PORT, POOL)
            )
        },
        names.METADATA_DIRECT: {
            "connection": pulumi.Output.all(password, address).apply(
                lambda known: address_of(known[0], known[1], PORT, DATABASE)
            )
        },
        names.PGBOUNCER_CONFIG: {
            "pgbouncer.ini": address.apply(lambda host: pgbouncer_ini(host, pool_size=pool_size)),
            "users.txt": pulumi.Output.concat(f'"{ROLE}" "', password, '"\n'),
        },
        names.PGBOUNCER_STATS: {
            "connection": password.apply(
                lambda word: (
                    address_of(word, POOLER, names.PGBOUNCER_PORT, "pgbouncer") + "?sslmode=disable"
                )
            )
        },
    }
    return [
        kubernetes.core.v1.Secret(
            f"{name}-{secret.removeprefix('airflow-')}",
            metadata={"name": secret, "namespace": names.NAMESPACE},
            string_data=entries,
            opts=opts,
        )
        for secret, entries in content.items()
    ]

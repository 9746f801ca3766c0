"""What Airflow starts with, and what may read what."""

import base64
import json

from components.airflow import names
from components.airflow.secrets import AirflowSecrets, dag_prefix, read_dag_secrets
from tests.graph import Graph, record
from tests.unit.airflow_stack import COMPUTED, KEYS, SITE, airflow, plain

KEPT = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
KUBERNETES = "kubernetes:core/v1:Secret"


def made(*, retain: bool) -> Graph:
    return record(
        lambda: AirflowSecrets("keys", site=SITE, keys=KEYS, retain=retain), computed=COMPUTED
    )


def content(graph: Graph) -> dict[str, str]:
    return json.loads(plain(graph.named("keys-version", VERSION).inputs["secretString"]))


def test_the_fernet_key_is_32_bytes_in_the_alphabet_of_urls():
    key = content(made(retain=False))["fernet_key"]
    assert len(base64.urlsafe_b64decode(key)) == 32
    assert not set(key) & set("+/")


def test_people_find_every_key_in_secrets_manager_under_our_key():
    graph = made(retain=False)
    assert set(content(graph)) == {
        "fernet_key",
        "api_secret_key",
        "jwt_secret",
        "database_user",
        "database_password",
        "admin_user",
        "admin_password",
    }
    assert graph.only(KEPT).inputs["kmsKeyId"] == KEYS.secrets


def test_what_is_made_is_secret_in_the_state():
    version = made(retain=False).named("keys-version", VERSION)
    assert version.inputs["secretString"] != plain(version.inputs["secretString"])


def test_keys_that_decrypt_what_is_kept_are_kept_themselves():
    graph = made(retain=True)
    for key in (*graph.of("random:index/randomBytes:RandomBytes"), graph.only(KEPT)):
        assert key.protect, key.urn
    assert graph.only(KEPT).inputs["recoveryWindowInDays"] == 30
    assert made(retain=False).only(KEPT).inputs["recoveryWindowInDays"] == 0


def test_dags_may_not_read_what_airflow_itself_starts_with():
    platform = made(retain=False).only(KEPT).inputs["name"]
    (read, _) = read_dag_secrets(SITE, KEYS)
    for resource in read.resources:
        allowed = str(resource).partition(":secret:")[2].removesuffix("*")
        assert allowed.startswith(f"{dag_prefix(SITE)}/")
        assert not platform.startswith(allowed)


def test_the_stamp_changes_with_a_key_and_tells_nothing_of_it():
    stamps = []
    for word in ("one", "two"):
        graph = record(
            lambda: AirflowSecrets("keys", site=SITE, keys=KEYS, retain=False),
            computed={
                **COMPUTED,
                "random:index/randomPassword:RandomPassword": {"result": word},
            },
        )
        stamps.append(graph.named("keys", "shop:components:AirflowSecrets").outputs["stamp"])
    assert stamps[0] != stamps[1]
    assert all(isinstance(stamp, str) and len(stamp) == 16 for stamp in stamps)


def test_the_secrets_of_the_cluster_hold_what_the_chart_reads():
    secrets = {
        node.inputs["metadata"]["name"]: {
            key: plain(value) for key, value in plain(node.inputs["stringData"]).items()
        }
        for node in airflow().of(KUBERNETES)
        if node.inputs["metadata"]["namespace"] == names.NAMESPACE
    }
    assert set(secrets[names.FERNET]) == {"fernet-key"}
    assert set(secrets[names.API_SECRET]) == {"api-secret-key"}
    assert set(secrets[names.JWT]) == {"jwt-secret"}
    assert set(secrets[names.PGBOUNCER_CONFIG]) == {"pgbouncer.ini", "users.txt"}
    # Everyone goes through pgbouncer, the migration alone goes to RDS.
    pooled = "postgresql://airflow:Pa55word@airflow-pgbouncer.airflow:6543/airflow-metadata"
    direct = "postgresql://airflow:Pa55word@airflow.rds.example:5432/airflow"
    assert secrets[names.METADATA] == {"connection": pooled}
    assert secrets[names.METADATA_DIRECT] == {"connection": direct}
    assert secrets[names.PGBOUNCER_CONFIG]["users.txt"] == '"airflow" "Pa55word"\n'

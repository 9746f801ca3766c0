"""The values of Airflow's chart: each of its traps by name."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.airflow import names
from components.airflow.pods import resources
from components.airflow.settings_file import secrets_lookup
from components.airflow.values import airflow_values
from tests.unit.airflow_stack import GIT, ONE_OF_EACH, PLACE, TWO_OF_EACH, config

SERVICES = ("scheduler", "apiServer", "triggerer", "dagProcessor")


def values(replicas=ONE_OF_EACH, **changes) -> dict[str, Any]:
    settings = config(replicas=replicas, **changes)
    return dict(airflow_values(settings, PLACE, secrets_hash="5ec2e7"))


def test_no_job_of_the_chart_waits_as_a_hook_for_pods_that_wait_for_it():
    for job in ("migrateDatabaseJob", "createUserJob"):
        assert values()[job] == {"enabled": False, "useHelmHooks": False, "applyCustomEnv": False}


def test_no_broker_secret_is_made_in_a_hook():
    assert values()["data"]["brokerUrlSecretName"]


def test_keys_have_names_so_that_no_rendering_makes_new_ones():
    made = values()
    assert made["fernetKeySecretName"] == names.FERNET
    assert made["apiSecretKeySecretName"] == names.API_SECRET
    assert made["jwtSecretName"] == names.JWT
    assert made["data"]["metadataSecretName"] == names.METADATA


def test_pgbouncer_takes_our_configuration_and_the_certificate_of_rds():
    pooler = values()["pgbouncer"]
    assert pooler["configSecretName"] == names.PGBOUNCER_CONFIG
    assert pooler["metricsExporterSidecar"]["statsSecretName"] == names.PGBOUNCER_STATS
    (volume,), (mount,) = pooler["extraVolumes"], pooler["extraVolumeMounts"]
    assert volume["configMap"] == {"name": names.DATABASE_CA}
    assert (mount["name"], mount["mountPath"]) == (volume["name"], names.CA_FOLDER)


def test_task_pods_and_the_vpc_reach_the_api_server_through_its_network_policy():
    (pods, vpc) = values()["apiServer"]["networkPolicy"]["ingress"]["from"]
    assert pods == {"podSelector": {}}
    assert vpc == {"ipBlock": {"cidr": "10.20.0.0/16"}}


def test_the_scraper_reaches_the_exporters_from_the_vpc():
    made = values()
    for exporter in (made["statsd"], made["pgbouncer"]):
        assert exporter["extraNetworkPolicies"] == [{"ipBlock": {"cidr": "10.20.0.0/16"}}]


def test_task_pods_run_as_their_own_account_on_their_own_nodes_and_are_not_moved():
    worker = values()["workers"]["kubernetes"]
    assert worker["serviceAccount"] == {"create": True, "name": names.WORKER}
    assert worker["nodeSelector"] == {"workload": "airflow-tasks"}
    assert worker["tolerations"][0]["key"] == "airflow-tasks"
    assert worker["podAnnotations"] == {"karpenter.sh/do-not-disrupt": "true"}
    assert worker["safeToEvict"] is False


def test_the_worker_account_is_made_once():
    assert values()["workers"]["celery"] == {"enableDefault": False}


def test_a_single_pod_has_no_disruption_budget_and_two_have_one():
    for service in (*SERVICES, "pgbouncer"):
        assert values()[service]["podDisruptionBudget"]["enabled"] is False
        assert values(TWO_OF_EACH)[service]["podDisruptionBudget"]["enabled"] is True


def test_the_api_server_scales_between_its_bounds_and_is_fixed_when_they_are_equal():
    assert values()["apiServer"]["hpa"]["enabled"] is False
    assert values(TWO_OF_EACH)["apiServer"]["hpa"] == {
        "enabled": True,
        "minReplicaCount": 2,
        "maxReplicaCount": 4,
    }


def test_triggerers_have_no_disks():
    assert values()["triggerer"]["persistence"] == {"enabled": False}


def test_gauges_of_dags_that_are_gone_end_and_pools_have_their_labels():
    statsd = values()["statsd"]
    assert statsd["cache"]["ttl"] == "10m"
    assert {
        "match": "airflow.pool.running_slots.*",
        "name": "airflow_pool_running_slots",
        "labels": {"pool": "$1"},
    } in statsd["extraMappings"]


def test_pods_restart_when_a_secret_changes():
    made = values()
    assert made["airflowPodAnnotations"] == {"shoptrend/secrets": "5ec2e7"}
    assert made["pgbouncer"]["podAnnotations"] == {"shoptrend/secrets": "5ec2e7"}


def test_both_versions_are_said_and_are_the_same():
    made = values(airflow_version="3.2.1", image="registry.example:443/airflow:3.2.1-abc")
    assert made["airflowVersion"] == made["defaultAirflowTag"] == "3.2.1"
    assert made["images"]["airflow"] == {
        "repository": "registry.example:443/airflow",
        "tag": "3.2.1-abc",
    }


def test_nothing_of_the_chart_keeps_state_in_the_cluster():
    made = values()
    for part in ("postgresql", "redis", "webserver", "flower"):
        assert made[part] == {"enabled": False}


def test_task_logs_go_to_the_bucket_with_the_role_of_the_pod():
    made = values()
    logging = made["config"]["logging"]
    assert logging["remote_logging"] == "True"
    assert logging["remote_base_log_folder"] == "s3://shop-test-airflow-logs/logs"
    connections = {one["name"]: one["value"] for one in made["env"]}
    assert logging["remote_log_conn_id"] == "aws_default"
    assert connections["AIRFLOW_CONN_AWS_DEFAULT"] == "aws://"


def test_dags_find_their_connections_in_secrets_manager():
    secrets = values()["config"]["secrets"]
    assert secrets["backend"].endswith(".SecretsManagerBackend")
    assert json.loads(secrets["backend_kwargs"]) == secrets_lookup("shop-test/airflow")
    assert secrets_lookup("p")["connections_prefix"] == "p/connections"
    assert secrets_lookup("p")["config_prefix"] is None


def test_parallelism_is_the_stacks():
    core = values(tasks={"parallelism": 40, "per_dag": 10})["config"]["core"]
    assert (core["parallelism"], core["max_active_tasks_per_dag"]) == (40, 10)


def test_dags_from_git_come_with_their_key_and_the_hosts_they_trust():
    made = values(dags=GIT)
    sync = made["dags"]["gitSync"]
    assert sync["sshKeySecret"] == names.GIT_KEY
    assert sync["knownHosts"] == GIT["known_hosts"]
    assert sync["branch"] == sync["ref"] == "main"
    assert sync["period"] == "60s"
    assert "dagBundleConfigList" not in made["dagProcessor"]


def test_a_public_repository_needs_neither():
    sync = values(dags={"kind": "git_sync", "repo": "https://git.example/d.git", "branch": "x"})[
        "dags"
    ]["gitSync"]
    assert "sshKeySecret" not in sync
    assert "knownHosts" not in sync


def test_dags_from_the_bucket_are_a_bundle_without_a_prefix():
    made = values()
    assert "dags" not in made
    (bundle,) = made["dagProcessor"]["dagBundleConfigList"]
    assert bundle["classpath"].endswith(".S3DagBundle")
    # Airflow refuses a prefix that holds no object yet, so there is none.
    assert bundle["kwargs"] == {
        "aws_conn_id": "aws_default",
        "bucket_name": "shop-test-airflow-dags",
        "refresh_interval": 60,
    }


@pytest.mark.parametrize("dags", [GIT, {"kind": "s3"}], ids=["git", "s3"])
def test_no_value_holds_a_secret(dags):
    text = json.dumps(values(dags=dags)).lower()
    for word in ("postgresql://", "password", "begin openssh"):
        assert word not in text


@given(st.integers(1, 20_000), st.integers(1, 65_536))
def test_memory_is_never_limited_below_what_is_asked_for(millicores, memory):
    size = resources(millicores, memory)
    assert size["limits"]["memory"] == size["requests"]["memory"] == f"{memory}Mi"
    assert "cpu" not in size["limits"]

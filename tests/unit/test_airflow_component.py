"""Airflow as a whole: what waits for what, and what may do what."""

import json

import pytest

from components.airflow import names
from tests.graph import Graph
from tests.unit.airflow_stack import GIT, TWO_OF_EACH, airflow, database

RELEASE = "kubernetes:helm.sh/v3:Release"
JOB = "kubernetes:batch/v1:Job"
IDENTITY = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
POLICY = "aws:iam/rolePolicy:RolePolicy"
SCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"


@pytest.fixture(scope="module")
def graph() -> Graph:
    return airflow()


def waits_for(graph: Graph, node, name: str) -> bool:
    seen, todo = set(), list(node.depends_on)
    while todo:
        urn = todo.pop()
        if urn not in seen:
            seen.add(urn)
            todo += graph.nodes[urn].depends_on
    return any(graph.nodes[urn].name == name for urn in seen)


def statements(graph: Graph, role: str) -> dict[str, dict]:
    policy = json.loads(graph.named(f"airflow-{role}-role-policy", POLICY).inputs["policy"])
    return {one["Sid"]: one for one in policy["Statement"]}


def test_the_official_chart_comes_by_address_and_version(graph):
    release = graph.named("airflow-release", RELEASE).inputs
    assert (release["name"], release["namespace"]) == ("airflow", "airflow")
    assert (release["chart"], release["version"]) == ("airflow", "1.22.0")
    assert release["repositoryOpts"] == {"repo": "https://airflow.apache.org"}
    assert not release.get("skipAwait")


def test_user_then_migration_then_release(graph):
    user, migrate = graph.named("airflow-database-user", JOB), graph.named("airflow-migration", JOB)
    release = graph.named("airflow-release", RELEASE)
    assert waits_for(graph, user, "airflow-database-instance")
    assert waits_for(graph, migrate, "airflow-database-user")
    assert waits_for(graph, release, "airflow-migration")


def test_every_pod_finds_its_role_and_its_secrets_when_it_starts(graph):
    release = graph.named("airflow-release", RELEASE)
    for account in ("worker", "triggerer", "dag-processor", "api-server"):
        assert waits_for(graph, release, f"airflow-{account}-identity")
        assert waits_for(graph, release, f"airflow-{account}-role-policy")
    for secret in ("fernet", "api-secret", "jwt", "metadata", "pgbouncer", "pgbouncer-stats"):
        assert waits_for(graph, release, f"airflow-secret-{secret}")
    assert waits_for(
        graph, graph.named("airflow-database-user", JOB), "airflow-database-admin-identity"
    )


def test_what_lives_in_the_cluster_comes_after_its_nodes(graph):
    for node in graph.nodes.values():
        if node.type.startswith("kubernetes:") and not node.name.startswith("airflow-cluster"):
            assert waits_for(graph, node, "airflow-cluster-eks"), node.urn


def test_no_job_is_of_the_chart_and_each_is_named_by_its_content(graph):
    for job in graph.of(JOB):
        account = job.inputs["spec"]["template"]["spec"]["serviceAccountName"]
        name = job.inputs["metadata"]["name"]
        assert name.startswith(f"{account}-")
        assert len(name) == len(account) + 11


def test_the_migration_runs_again_under_a_new_name_for_a_new_image():
    first = airflow().named("airflow-migration", JOB).inputs
    second = airflow(airflow_version="3.2.1").named("airflow-migration", JOB).inputs
    assert first["metadata"]["name"] != second["metadata"]["name"]
    (container,) = second["spec"]["template"]["spec"]["initContainers"]
    assert container["image"] == "apache/airflow:3.2.1"


def test_jobs_meet_the_rules_that_their_namespace_enforces(graph):
    labels = graph.named("airflow-namespace", "kubernetes:core/v1:Namespace").inputs["metadata"]
    assert labels["labels"] == {"pod-security.kubernetes.io/enforce": "restricted"}
    for job in graph.of(JOB):
        pod = job.inputs["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in [*pod["containers"], *pod["initContainers"]]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_the_migration_goes_past_pgbouncer_over_verified_tls(graph):
    pod = graph.named("airflow-migration", JOB).inputs["spec"]["template"]["spec"]
    for container in [*pod["initContainers"], *pod["containers"]]:
        env = {one["name"]: one for one in container["env"]}
        source = env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]["valueFrom"]["secretKeyRef"]
        assert source == {"name": names.METADATA_DIRECT, "key": "connection"}
        assert env["PGSSLMODE"]["value"] == "verify-full"
        assert env["PGSSLROOTCERT"]["value"] == names.CA_FILE
    assert pod["volumes"] == [{"name": "database-ca", "configMap": {"name": names.DATABASE_CA}}]


def test_no_password_stands_in_a_pod(graph):
    for job in graph.of(JOB):
        assert "Pa55word" not in json.dumps(job.inputs["spec"])
    assert "Pa55word" not in json.dumps(graph.named("airflow-release", RELEASE).inputs["values"])


def test_each_service_may_do_what_it_is_for(graph):
    assert set(statements(graph, "worker")) >= {"ReadDagSecrets", "TaskLogs", "FetchDags", "Work"}
    assert statements(graph, "worker")["TaskLogs"]["Action"] == ["s3:GetObject", "s3:PutObject"]
    assert statements(graph, "api-server")["TaskLogs"]["Action"] == ["s3:GetObject"]
    assert "TaskLogs" not in statements(graph, "dag-processor")
    for role in ("triggerer", "dag-processor", "api-server"):
        assert "Work" not in statements(graph, role)
    accounts = {node.inputs["serviceAccount"] for node in graph.of(IDENTITY)}
    assert names.SCHEDULER not in accounts


def test_only_the_job_reads_the_masters_password(graph):
    readers = {node.name for node in graph.of(POLICY) if "rds!db-1" in node.inputs["policy"]}
    assert readers == {"airflow-database-admin-role-policy"}


def test_no_role_of_a_pod_has_a_wildcard_action_or_resource(graph):
    for node in graph.of(POLICY):
        for statement in json.loads(node.inputs["policy"])["Statement"]:
            assert all("*" not in action for action in statement["Action"]), node.name
            assert "*" not in statement["Resource"], node.name


def test_scheduler_and_triggerer_scale_by_cpu_where_they_have_room():
    scaled = airflow(replicas=TWO_OF_EACH)
    bounds = {
        node.inputs["spec"]["scaleTargetRef"]["name"]: (
            node.inputs["spec"]["minReplicas"],
            node.inputs["spec"]["maxReplicas"],
        )
        for node in scaled.of(SCALER)
    }
    assert bounds == {names.SCHEDULER: (2, 4), names.TRIGGERER: (2, 3)}
    for node in scaled.of(SCALER):
        assert waits_for(scaled, node, "airflow-release")


def test_a_fixed_number_has_no_scaler(graph):
    assert not list(graph.of(SCALER))


def test_task_logs_end_after_their_days(graph):
    rules = graph.named(
        "airflow-logs-lifecycle", "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    ).inputs["rules"]
    assert {"days": 30} in [rule.get("expiration") for rule in rules]


def test_pods_restart_with_the_secrets_and_the_stamp_is_none(graph):
    values = graph.named("airflow-release", RELEASE).inputs["values"]
    stamp = graph.named("airflow-keys", "shop:components:AirflowSecrets").outputs["stamp"]
    assert values["airflowPodAnnotations"] == {"shoptrend/secrets": stamp}


def test_what_must_be_kept_is_kept_and_the_rest_is_not():
    kept = airflow(database=database(retain=True, backup_days=7))
    for name in ("airflow-database-instance", "airflow-keys-fernet", "airflow-logs"):
        assert any(
            node.protect
            for node in kept.nodes.values()
            if node.name == name and not node.type.startswith("shop:")
        ), name
    gone = airflow()
    assert not [node.urn for node in gone.nodes.values() if node.protect]


@pytest.mark.parametrize("dags", [{"kind": "s3"}, GIT], ids=["s3", "git"])
def test_every_component_says_what_it_made(dags):
    for node in airflow(dags=dags).nodes.values():
        if node.type.startswith("shop:"):
            assert node.outputs, node.urn
            assert all(value is not None for value in node.outputs.values()), node.urn


def test_nothing_deprecated_is_used(graph):
    assert graph.warnings == []

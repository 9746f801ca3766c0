"""What the chart makes of the values. Runs where `SHOPTREND_HELM` is a helm (3.19 or newer) and
`SHOPTREND_AIRFLOW_CHART` the chart (a folder or .tgz); elsewhere it is skipped.
"""

import json
import os
import subprocess

import pytest
import yaml

from components.airflow import names
from components.airflow.values import airflow_values
from tests.unit.airflow_stack import GIT, ONE_OF_EACH, PLACE, TWO_OF_EACH, config

HELM, CHART = os.environ.get("SHOPTREND_HELM", ""), os.environ.get("SHOPTREND_AIRFLOW_CHART", "")
pytestmark = pytest.mark.skipif(
    not (HELM and CHART), reason="SHOPTREND_HELM and SHOPTREND_AIRFLOW_CHART are not set"
)


@pytest.fixture(scope="module", params=["s3-one", "s3-two", "git-one", "git-two"])
def rendered(request, tmp_path_factory):
    source, _, number = request.param.partition("-")
    settings = config(
        dags=GIT if source == "git" else {"kind": "s3"},
        replicas=TWO_OF_EACH if number == "two" else ONE_OF_EACH,
    )
    path = tmp_path_factory.mktemp("values") / "values.json"
    path.write_text(json.dumps(airflow_values(settings, PLACE, secrets_hash="5ec2e7")))
    done = subprocess.run(
        [HELM, "template", names.RELEASE, CHART, "-n", names.NAMESPACE, "-f", path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    objects = [one for one in yaml.safe_load_all(done.stdout) if one]
    return {(one["kind"], one["metadata"]["name"]): one for one in objects}, len(objects)


def kind(rendered, wanted):
    return {name: one for (found, name), one in rendered[0].items() if found == wanted}


def task_pod(rendered):
    config_map = kind(rendered, "ConfigMap")["airflow-config"]
    return yaml.safe_load(config_map["data"]["pod_template_file.yaml"])


def test_nothing_is_a_hook_and_nothing_stands_twice(rendered):
    objects, count = rendered
    assert len(objects) == count
    for one in objects.values():
        assert "helm.sh/hook" not in (one["metadata"].get("annotations") or {})


def test_there_is_no_job_and_no_secret(rendered):
    assert not kind(rendered, "Job")
    assert not kind(rendered, "Secret")


def test_every_pod_runs_as_an_account_that_there_is(rendered):
    accounts = set(kind(rendered, "ServiceAccount"))
    for name, one in kind(rendered, "Deployment").items():
        assert one["spec"]["template"]["spec"]["serviceAccountName"] in accounts, name
    assert task_pod(rendered)["spec"]["serviceAccountName"] == names.WORKER


def test_the_accounts_that_have_a_role_are_those_of_the_chart(rendered):
    accounts = set(kind(rendered, "ServiceAccount"))
    assert accounts >= {names.WORKER, names.TRIGGERER, names.DAG_PROCESSOR, names.API_SERVER}


def test_no_pod_has_a_privilege_and_every_container_of_airflow_has_a_size(rendered):
    for name, one in kind(rendered, "Deployment").items():
        pod = one["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in [*pod["containers"], *pod.get("initContainers", [])]:
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False, container["name"]
            assert context["capabilities"] == {"drop": ["ALL"]}, container["name"]
        assert pod["containers"][0]["resources"]["requests"], name


def test_the_api_server_takes_requests_from_pods_and_from_the_vpc(rendered):
    policy = kind(rendered, "NetworkPolicy")["airflow-api-server-policy"]
    (rule,) = policy["spec"]["ingress"]
    assert rule["from"] == [{"podSelector": {}}, {"ipBlock": {"cidr": PLACE.vpc_cidr}}]


def test_task_pods_go_to_the_task_nodes_and_hold_no_key_that_signs_tokens(rendered):
    pod = task_pod(rendered)
    assert pod["spec"]["nodeSelector"] == {"workload": "airflow-tasks"}
    variables = {one["name"] for one in pod["spec"]["containers"][0]["env"]}
    assert "AIRFLOW_CONN_AWS_DEFAULT" in variables
    assert "AIRFLOW__API_AUTH__JWT_SECRET" not in variables


def test_pgbouncer_reads_the_certificate_that_its_configuration_names(rendered):
    pod = kind(rendered, "Deployment")["airflow-pgbouncer"]["spec"]["template"]["spec"]
    mounts = {one["mountPath"] for one in pod["containers"][0]["volumeMounts"]}
    assert names.CA_FOLDER in mounts
    assert "/etc/pgbouncer/pgbouncer.ini" in mounts


def test_the_services_have_the_names_that_secrets_and_scalers_use(rendered):
    services = set(kind(rendered, "Service"))
    assert {names.PGBOUNCER, names.API_SERVER, names.STATSD} <= services
    assert {names.SCHEDULER, names.TRIGGERER} <= set(kind(rendered, "Deployment"))
    ports = {one["port"] for one in kind(rendered, "Service")[names.PGBOUNCER]["spec"]["ports"]}
    assert {names.PGBOUNCER_PORT, names.PGBOUNCER_METRICS_PORT} <= ports

"""Airflow's database: who reaches it, what outlives a destroy, and whose user Airflow is."""

import json
import ssl
import subprocess
import sys

import pytest
from pydantic import ValidationError

from components.airflow import names
from components.airflow.certificates import database_ca
from components.airflow.cluster_secrets import POOL, pgbouncer_ini
from components.airflow.database import AirflowDatabase
from components.airflow.database_user import SCRIPTS
from components.airflow.jobs import job_name
from tests.graph import Graph, record
from tests.unit.airflow_stack import COMPUTED, KEYS, SITE, TWO_OF_EACH, config, database, vpc

INSTANCE = "aws:rds/instance:Instance"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def made(replicas=None, **changes) -> Graph:
    settings = config(database=database(**changes), replicas=replicas or {})
    return record(
        lambda: AirflowDatabase(
            "db",
            settings,
            site=SITE,
            vpc=vpc(),
            keys=KEYS,
            client_group_id="sg-cluster",
            alarm_actions=["arn:topic"],
        ),
        computed=COMPUTED,
    )


def test_only_the_cluster_reaches_the_database_and_it_reaches_nobody():
    graph = made()
    rule = graph.only("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").inputs
    assert rule["referencedSecurityGroupId"] == "sg-cluster"
    assert (rule["fromPort"], rule["toPort"], rule["ipProtocol"]) == (5432, 5432, "tcp")
    group = graph.only("aws:ec2/securityGroup:SecurityGroup")
    assert "ingress" not in group.inputs
    assert "egress" not in group.inputs
    instance = graph.only(INSTANCE)
    assert instance.inputs["vpcSecurityGroupIds"] == ["db-group-id"]
    assert instance.inputs["publiclyAccessible"] is False
    subnets = graph.only("aws:rds/subnetGroup:SubnetGroup").inputs["subnetIds"]
    assert subnets == ["isolated-a", "isolated-b"]


def test_it_is_encrypted_at_rest_and_takes_no_connection_without_tls():
    graph = made()
    instance = graph.only(INSTANCE).inputs
    assert instance["storageEncrypted"] is True
    assert instance["kmsKeyId"] == KEYS.secrets
    assert instance["performanceInsightsKmsKeyId"] == KEYS.secrets
    parameters = graph.only("aws:rds/parameterGroup:ParameterGroup").inputs
    assert parameters["family"] == "postgres17"
    assert {"name": "rds.force_ssl", "value": "1"} in parameters["parameters"]


def test_rds_keeps_the_masters_password_and_nobody_else():
    graph = made()
    instance = graph.only(INSTANCE).inputs
    assert instance["manageMasterUserPassword"] is True
    assert instance["masterUserSecretKmsKeyId"] == KEYS.secrets
    assert "password" not in instance
    (component,) = (node for node in graph.nodes.values() if node.type.startswith("shop:"))
    assert component.outputs["master_secret_arn"].endswith(":secret:rds!db-1")


def test_what_is_to_be_kept_survives_a_destroy():
    kept = made(retain=True, backup_days=14, multi_az=True).only(INSTANCE)
    assert kept.protect
    assert kept.retain_on_delete
    assert kept.inputs["deletionProtection"] is True
    assert kept.inputs["skipFinalSnapshot"] is False
    assert kept.inputs["finalSnapshotIdentifier"] == "shop-test-airflow-final"
    assert kept.inputs["deleteAutomatedBackups"] is False
    assert kept.inputs["multiAz"] is True
    assert kept.inputs["backupRetentionPeriod"] == 14


def test_a_kept_database_keeps_what_it_cannot_be_without():
    graph = made(retain=True, backup_days=7)
    for type_ in (
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:rds/subnetGroup:SubnetGroup",
        "aws:rds/parameterGroup:ParameterGroup",
    ):
        assert graph.only(type_).retain_on_delete, type_


def test_more_connections_than_the_database_takes_are_refused_with_the_way_out():
    with pytest.raises(ValidationError, match=r"2 x database.pool_size 60 are 120 connections"):
        config(replicas=TWO_OF_EACH, database=database(pool_size=60))
    assert config(
        replicas=TWO_OF_EACH, database=database(pool_size=60, instance_class="db.m7g.large")
    )


def test_what_is_not_goes_at_once():
    gone = made().only(INSTANCE)
    assert not gone.protect
    assert not gone.retain_on_delete
    assert gone.inputs["deletionProtection"] is False
    assert gone.inputs["skipFinalSnapshot"] is True
    assert "finalSnapshotIdentifier" not in gone.inputs


def test_its_log_groups_are_there_before_it_would_make_its_own():
    graph = made()
    instance = graph.only(INSTANCE)
    for log in instance.inputs["enabledCloudwatchLogsExports"]:
        group = graph.named(f"db-{log}-log", "aws:cloudwatch/logGroup:LogGroup")
        assert group.inputs["name"] == f"/aws/rds/instance/shop-test-airflow/{log}"
        assert group.inputs["retentionInDays"] == 7
        assert group.inputs["kmsKeyId"] == KEYS.logs
        assert group.urn in instance.depends_on


def test_whoever_names_a_minor_version_keeps_it():
    assert made(engine_version="17.4").only(INSTANCE).inputs["autoMinorVersionUpgrade"] is False
    assert made(engine_version="17").only(INSTANCE).inputs["autoMinorVersionUpgrade"] is True


def test_alarms_watch_disk_connections_and_cpu_and_tell_somebody():
    graph = made(replicas=TWO_OF_EACH, pool_size=30)
    alarms = {node.name: node.inputs for node in graph.of(ALARM)}
    assert set(alarms) == {"db-storage", "db-connections", "db-cpu"}
    assert all(alarm["alarmActions"] == ["arn:topic"] for alarm in alarms.values())
    # Nine tenths of what two poolers may open.
    assert alarms["db-connections"]["threshold"] == 54
    queries = {query["id"]: query for query in alarms["db-storage"]["metricQueries"]}
    assert queries["value"]["expression"] == f"{2 * 1024**3} - free"
    assert queries["free"]["metric"]["dimensions"] == {"DBInstanceIdentifier": "shop-test-airflow"}


def test_pgbouncer_verifies_rds_and_keeps_the_chart_s_pool():
    ini = pgbouncer_ini("db.example", pool_size=25)
    assert f"{POOL} = host=db.example port=5432 dbname=airflow pool_size=25" in ini
    assert "server_tls_sslmode = verify-full" in ini
    assert f"server_tls_ca_file = {names.CA_FILE}" in ini
    assert "pool_mode = transaction" in ini
    # asyncpg prepares statements, which a session of one transaction would lose.
    assert "max_prepared_statements = 100" in ini


def test_every_region_has_one_root_certificate_that_tls_takes():
    text = database_ca("eu-west-1")
    assert text.count("BEGIN CERTIFICATE") == 1
    context = ssl.create_default_context(cadata=text)
    (root,) = context.get_ca_certs()
    assert "Amazon RDS eu-west-1 Root CA RSA2048 G1" in str(root["subject"])


def test_a_region_without_one_is_refused_with_the_way_out():
    with pytest.raises(ValueError, match="no root certificate of RDS for mars-1"):
        database_ca("mars-1")


def test_another_script_is_another_job_and_the_same_one_is_not():
    assert job_name("a", ["image", "script"]) == job_name("a", ["image", "script"])
    assert job_name("a", ["image", "script"]) != job_name("a", ["image", "script."])
    assert len(job_name(names.DATABASE_ADMIN, ["x"])) <= 63


@pytest.fixture
def cluster_image(tmp_path):
    """What the script finds in the image: a boto3 that knows the master, a psql that tells what it
    was given.
    """
    (tmp_path / "boto3.py").write_text(
        "import json\n"
        "class Client:\n"
        "    def get_secret_value(self, SecretId):\n"
        "        assert SecretId == 'arn:master'\n"
        "        word = {'username': 'platform', 'password': 'rotated'}\n"
        "        return {'SecretString': json.dumps(word)}\n"
        "def client(name):\n"
        "    assert name == 'secretsmanager'\n"
        "    return Client()\n"
    )
    psql = tmp_path / "psql"
    psql.write_text(
        f"#!{sys.executable}\n"
        "import json, os, sys\n"
        "sql = sys.stdin.read()\n"
        "given = {'args': sys.argv[1:], 'sql': sql, 'env': dict(os.environ)}\n"
        "print(json.dumps(given))\n"
        "sys.exit('broken' in sql)\n"
    )
    psql.chmod(0o755)
    return tmp_path


def run_script(image, sql):
    return subprocess.run(
        [sys.executable, "-c", (SCRIPTS / "database_user.py").read_text()],
        env={
            "PATH": str(image),
            "PYTHONPATH": str(image),
            "MASTER_SECRET_ARN": "arn:master",
            "SQL": sql,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_script_connects_as_the_master_of_now_and_shows_no_password(cluster_image):
    done = run_script(cluster_image, "select 1;")
    assert done.returncode == 0, done.stderr
    given = json.loads(done.stdout)
    assert given["sql"] == "select 1;"
    assert given["env"]["PGUSER"] == "platform"
    assert given["env"]["PGPASSWORD"] == "rotated"
    assert not any("rotated" in argument for argument in given["args"])


def test_the_script_fails_when_psql_does_so_that_the_job_is_tried_again(cluster_image):
    assert run_script(cluster_image, "broken").returncode != 0

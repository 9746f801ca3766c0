"""A stack goes to sleep in order, keeps the way back before it touches anything, and wakes as it
was. Against recorded answers of AWS where the emulator has no such service.
"""

from dataclasses import dataclass, field

import boto3
import pytest
from botocore.stub import Stubber

from automation.backend import Login
from automation.errors import ConfigurationError, UserError
from automation.sleep import operation
from automation.sleep.kinds import KINDS, LEFT
from automation.sleep.record import Kept, Records
from automation.sleep.steps import Bed
from components.off_hours import OffHours
from tests.provider.stacks import sdk_class

ROLE = "arn:aws:iam::111111111111:role/node"
TASK = "arn:aws:dms:eu-west-1:111111111111:task:ABC"


def resource(type_: str, logical: str, /, **outputs) -> dict:
    return {
        "urn": f"urn:pulumi:dev::shop::shop:components:X${type_}::{logical}",
        "type": type_,
        "outputs": outputs,
    }


def exported(*resources: dict) -> dict:
    return {"version": 3, "deployment": {"resources": list(resources)}}


DATABASE = resource("aws:rds/instance:Instance", "db", identifier="shop-dev-airflow")
WAREHOUSE = resource("aws:redshift/cluster:Cluster", "dwh", clusterIdentifier="shop-dev-dwh")
REPLICATION = resource("aws:dms/replicationTask:ReplicationTask", "cdc", replicationTaskArn=TASK)
NODES = resource(
    "aws:eks/nodeGroup:NodeGroup",
    "core",
    resources=[{"autoscalingGroups": [{"name": "eks-core-1"}]}],
)
AUTO_MODE = resource(
    "aws:eks/cluster:Cluster", "airflow", name="shop-dev-airflow", computeConfig={"enabled": True}
)
SCHEDULE = resource(
    "aws:scheduler/schedule:Schedule", "fetch", name="fetch-1a2b", groupName="default"
)


class Ssm:
    """Parameter Store, as far as records need it."""

    class exceptions:  # noqa: N801 (boto3's name)
        class ParameterAlreadyExists(Exception):  # noqa: N818
            pass

        class ParameterNotFound(Exception):  # noqa: N818
            pass

    def __init__(self):
        self.held: dict[str, str] = {}

    def put_parameter(self, *, Name, Value, Overwrite, **_more):  # noqa: N803
        if Name in self.held and not Overwrite:
            raise self.exceptions.ParameterAlreadyExists
        self.held[Name] = Value

    def get_parameter(self, *, Name):  # noqa: N803
        return {"Parameter": {"Value": self.held[Name]}}

    def delete_parameter(self, *, Name):  # noqa: N803
        if self.held.pop(Name, None) is None:
            raise self.exceptions.ParameterNotFound

    def get_paginator(self, _name):
        return self

    def paginate(self, *, Path):  # noqa: N803
        found = [value for name, value in self.held.items() if name.startswith(f"{Path}/")]
        return [{"Parameters": [{"Value": value} for value in found]}]


@dataclass
class Room:
    """A bed with recorded clients, which must be asked for exactly what was recorded."""

    ssm: Ssm = field(default_factory=Ssm)
    stubs: dict[str, Stubber] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def stub(self, service: str) -> Stubber:
        if service not in self.stubs:
            client = boto3.client(
                service,
                region_name="eu-west-1",
                aws_access_key_id="x",
                aws_secret_access_key="x",  # noqa: S106 (of nothing)
            )
            self.stubs[service] = Stubber(client)
            self.stubs[service].activate()
        return self.stubs[service]

    @property
    def bed(self) -> Bed:
        return Bed(
            stack="dev",
            section=OffHours(allowed=True),
            login=Login(region="eu-west-1", account_id="111111111111"),
            records=Records(site="shop-dev", client=self.ssm),
            patience=0.2,
            pause=0.001,
            clients={service: stub.client for service, stub in self.stubs.items()},
        )

    def sleep(self, *resources: dict) -> None:
        operation.to_sleep(self.bed, operation.plan(exported(*resources)), self.said.append)

    def wake(self) -> None:
        operation.wake(self.bed, self.said.append)

    def all_asked(self) -> None:
        for stub in self.stubs.values():
            stub.assert_no_pending_responses()


@pytest.fixture
def room():
    made = Room()
    yield made
    made.all_asked()


def database(room: Room, *states: str) -> None:
    for state in states:
        room.stub("rds").add_response(
            "describe_db_instances",
            {"DBInstances": [{"DBInstanceStatus": state}]},
            {"DBInstanceIdentifier": "shop-dev-airflow"},
        )


def test_what_starts_work_sleeps_first_and_what_work_needs_last():
    planned = operation.plan(exported(DATABASE, NODES, REPLICATION, SCHEDULE, WAREHOUSE))
    assert [target.name for target in planned.targets] == ["fetch", "cdc", "core", "db", "dwh"]
    assert {target.id for target in planned.targets} == {
        "default/fetch-1a2b",
        TASK,
        "eks-core-1",
        "shop-dev-airflow",
        "shop-dev-dwh",
    }


@pytest.mark.parametrize(
    "awake",
    [
        resource("aws:s3/bucket:Bucket", "lake", bucket="lake"),
        resource("aws:cloudwatch/eventRule:EventRule", "on-event", name="r", eventPattern="{}"),
        resource("aws:glue/trigger:Trigger", "after", name="t", type="CONDITIONAL"),
        resource("aws:glue/crawler:Crawler", "by-hand", name="c"),
        resource("aws:eks/cluster:Cluster", "managed", name="m", computeConfig={"enabled": False}),
        resource("aws:eks/nodeGroup:NodeGroup", "not-made", resources=[]),
        {**DATABASE, "delete": True},
    ],
    ids=lambda one: one["urn"].rpartition("::")[2],
)
def test_what_does_not_run_by_itself_is_no_target(awake):
    assert operation.plan(exported(awake)).targets == ()


def test_what_costs_on_is_told_with_the_reason():
    gateway = resource("aws:ec2/natGateway:NatGateway", "nat")
    serverless = resource("aws:redshiftserverless/workgroup:Workgroup", "dwh")
    assert dict(operation.plan(exported(gateway, serverless)).left) == {
        "nat": "AWS can only delete it",
        "dwh": LEFT["aws:redshiftserverless/workgroup:Workgroup"],
    }


def test_what_must_stay_awake_does_and_a_wrong_name_is_refused():
    planned = operation.plan(exported(DATABASE, SCHEDULE), stay_awake=["fetch"])
    assert [target.name for target in planned.targets] == ["db"]
    with pytest.raises(ConfigurationError, match="names fetsh, which the stack does not have"):
        operation.plan(exported(DATABASE), stay_awake=["fetsh"])


def test_every_kind_is_a_type_that_exists():
    elsewhere = {"databricks:index/job:Job"}  # of a package that only some stacks load
    for type_ in {*KINDS, *LEFT} - elsewhere:
        assert sdk_class(type_).__name__ == type_.rpartition(":")[2]


def test_a_database_is_stopped_and_started_and_waited_for(room):
    database(room, "available", "available")
    room.stub("rds").add_response(
        "stop_db_instance", {}, {"DBInstanceIdentifier": "shop-dev-airflow"}
    )
    database(room, "stopping")
    room.sleep(DATABASE)
    (kept,) = room.bed.records.all()
    assert kept.before == {"State": "available"}

    # Still on its way down: AWS refuses, and is asked again.
    database(room, "stopping")
    room.stub("rds").add_client_error("start_db_instance", "InvalidDBInstanceState")
    database(room, "stopped")
    room.stub("rds").add_response(
        "start_db_instance", {}, {"DBInstanceIdentifier": "shop-dev-airflow"}
    )
    database(room, "starting", "configuring-enhanced-monitoring", "available")
    room.wake()
    assert room.bed.records.all() == []
    assert room.said == ["db: sleeps", "db: is back"]


def test_a_second_sleep_does_not_take_the_zeros_of_the_first_for_the_way_back(room):
    database(room, "available", "available")
    room.stub("rds").add_response("stop_db_instance", {})
    database(room, "stopped")
    room.sleep(DATABASE)
    database(room, "stopped")
    room.sleep(DATABASE)
    assert [kept.before for kept in room.bed.records.all()] == [{"State": "available"}]


def test_what_rested_before_still_rests_after_the_wake(room):
    database(room, "stopped")
    room.sleep(DATABASE)
    room.wake()
    assert room.said == ["db: rests already", "db: rested before, and still does"]
    assert room.bed.records.all() == []


def test_the_way_back_is_kept_before_anything_is_touched_and_others_get_their_turn(room):
    database(room, "available", "available")
    room.stub("rds").add_client_error("stop_db_instance", "AccessDenied")
    clusters = room.stub("redshift")
    for status in ("available", "available", "pausing"):
        if status == "pausing":
            clusters.add_response("pause_cluster", {}, {"ClusterIdentifier": "shop-dev-dwh"})
        clusters.add_response("describe_clusters", {"Clusters": [{"ClusterStatus": status}]})
    with pytest.raises(
        UserError, match=r"sleep of dev is not complete, run it again:\n  db: .*Acc"
    ):
        room.sleep(DATABASE, WAREHOUSE)
    assert {kept.name for kept in room.bed.records.all()} == {"db", "dwh"}
    assert room.said == ["dwh: sleeps"]


def test_a_database_that_does_not_come_back_keeps_its_record(room):
    room.bed.records.keep(kept_of(DATABASE, "shop-dev-airflow", {"State": "available"}))
    room.stub("rds").add_response("describe_db_instances", stopped())
    room.stub("rds").add_client_error("start_db_instance", "InsufficientDBInstanceCapacity")
    with pytest.raises(UserError, match="wake of dev is not complete"):
        room.wake()
    assert len(room.bed.records.all()) == 1


def test_waiting_has_an_end(room):
    class Stuck:
        def describe_db_instances(self, **_by):
            return {"DBInstances": [{"DBInstanceStatus": "starting"}]}

        def start_db_instance(self, **_which):
            return {}

    room.bed.records.keep(kept_of(DATABASE, "shop-dev-airflow", {"State": "available"}))
    bed = room.bed
    bed.clients["rds"] = Stuck()
    with pytest.raises(UserError, match="db: it is starting after 0 s"):
        operation.wake(bed, room.said.append)


def stopped() -> dict:
    return {"DBInstances": [{"DBInstanceStatus": "stopped"}]}


def kept_of(of: dict, id_: str, before: dict) -> Kept:
    return Kept(urn=of["urn"], type=of["type"], id=id_, at="2026-11-25T20:00:00", before=before)


def test_an_object_that_is_gone_meanwhile_is_forgotten(room):
    room.bed.records.keep(kept_of(DATABASE, "shop-dev-airflow", {"State": "available"}))
    room.stub("rds").add_client_error("describe_db_instances", "DBInstanceNotFound")
    room.wake()
    assert room.said == ["db: is not there any more"]
    assert room.bed.records.all() == []


def test_an_object_that_was_replaced_while_it_slept_has_a_way_back_of_its_own(room):
    room.bed.records.keep(kept_of(DATABASE, "older", {"State": "stopped"}))
    room.bed.records.keep(kept_of(DATABASE, "newer", {"State": "available"}))
    room.bed.records.keep(kept_of(DATABASE, "newer", {"State": "stopped"}))
    (kept,) = room.bed.records.all()
    assert (kept.id, kept.before) == ("newer", {"State": "available"})


def test_a_cluster_of_redshift_is_paused_and_resumed(room):
    clusters = room.stub("redshift")

    def status(*states):
        for state in states:
            clusters.add_response(
                "describe_clusters",
                {"Clusters": [{"ClusterStatus": state}]},
                {"ClusterIdentifier": "shop-dev-dwh"},
            )

    status("available", "available")
    clusters.add_response("pause_cluster", {}, {"ClusterIdentifier": "shop-dev-dwh"})
    status("pausing")
    room.sleep(WAREHOUSE)
    status("paused")
    clusters.add_response("resume_cluster", {}, {"ClusterIdentifier": "shop-dev-dwh"})
    status("resuming", "available")
    room.wake()
    assert room.said == ["dwh: sleeps", "dwh: is back"]


def test_a_replication_stops_and_resumes_where_it_was(room):
    tasks = room.stub("dms")

    def status(*states):
        for state in states:
            tasks.add_response(
                "describe_replication_tasks",
                {"ReplicationTasks": [{"Status": state}]},
                {
                    "Filters": [{"Name": "replication-task-arn", "Values": [TASK]}],
                    "WithoutSettings": True,
                },
            )

    status("running", "running")
    tasks.add_response("stop_replication_task", {}, {"ReplicationTaskArn": TASK})
    status("stopping")
    room.sleep(REPLICATION)
    status("stopped")
    tasks.add_response(
        "start_replication_task",
        {},
        {"ReplicationTaskArn": TASK, "StartReplicationTaskType": "resume-processing"},
    )
    status("starting")
    room.wake()


def test_a_serverless_replication_does_the_same(room):
    arn = TASK.replace("task", "replication-config")
    config = resource("aws:dms/replicationConfig:ReplicationConfig", "cdc", arn=arn)
    client = room.stub("dms")

    def status(*states):
        for state in states:
            client.add_response("describe_replications", {"Replications": [{"Status": state}]})

    status("running", "running")
    client.add_response("stop_replication", {}, {"ReplicationConfigArn": arn})
    status("stopping")
    room.sleep(config)
    status("stopped")
    client.add_response(
        "start_replication",
        {},
        {"ReplicationConfigArn": arn, "StartReplicationType": "resume-processing"},
    )
    status("running")
    room.wake()


def group(room: Room, sizes: tuple[int, int, int], *, scheduled=(), suspended=False) -> None:
    least, most, wanted = sizes
    asg = {
        "AutoScalingGroupName": "eks-core-1",
        "MinSize": least,
        "MaxSize": most,
        "DesiredCapacity": wanted,
        "DefaultCooldown": 300,
        "AvailabilityZones": ["eu-west-1a"],
        "HealthCheckType": "EC2",
        "CreatedTime": 0,
        "SuspendedProcesses": [{"ProcessName": "ScheduledActions"}] if suspended else [],
    }
    client = room.stub("autoscaling")
    client.add_response("describe_auto_scaling_groups", {"AutoScalingGroups": [asg]})
    client.add_response(
        "describe_scheduled_actions", {"ScheduledUpdateGroupActions": list(scheduled)}
    )


def sizes_set(room: Room, least: int, most: int, wanted: int) -> None:
    room.stub("autoscaling").add_response(
        "update_auto_scaling_group",
        {},
        {
            "AutoScalingGroupName": "eks-core-1",
            "MinSize": least,
            "MaxSize": most,
            "DesiredCapacity": wanted,
        },
    )


def test_nodes_go_to_zero_and_come_back_in_the_same_number(room):
    group(room, (1, 4, 3))
    group(room, (1, 4, 3))
    group(room, (1, 4, 3))  # looked at once more: is there a night to be suspended?
    sizes_set(room, 0, 0, 0)
    group(room, (0, 0, 0))
    room.sleep(NODES)
    group(room, (0, 0, 0))
    sizes_set(room, 1, 4, 3)
    group(room, (1, 4, 3))
    room.wake()
    assert room.said == ["core: sleeps", "core: is back"]


NIGHT = (
    {"ScheduledActionName": "sleep", "MinSize": 0, "MaxSize": 0, "DesiredCapacity": 0},
    {"ScheduledActionName": "wake", "MinSize": 2, "MaxSize": 5, "DesiredCapacity": 2},
)


def test_nodes_with_a_night_of_their_own_do_not_wake_before_the_stack_does(room):
    processes = {"AutoScalingGroupName": "eks-core-1", "ScalingProcesses": ["ScheduledActions"]}
    # Their own night has put them to zero already.
    for _ in range(3):
        group(room, (0, 0, 0), scheduled=NIGHT)
    room.stub("autoscaling").add_response("suspend_processes", {}, processes)
    sizes_set(room, 0, 0, 0)
    group(room, (0, 0, 0), scheduled=NIGHT, suspended=True)
    room.sleep(NODES)

    group(room, (0, 0, 0), scheduled=NIGHT, suspended=True)
    sizes_set(room, 2, 5, 2)
    room.stub("autoscaling").add_response("resume_processes", {}, processes)
    group(room, (2, 5, 3), scheduled=NIGHT)
    room.wake()
    assert room.said == ["core: sleeps", "core: is back"]


def test_the_pools_of_auto_mode_go_and_come_back_with_their_role(room):
    client = room.stub("eks")

    def pools(*names):
        compute = {"enabled": True, "nodePools": list(names), "nodeRoleArn": ROLE}
        client.add_response("describe_cluster", {"cluster": {"computeConfig": compute}})

    def switched(compute: dict):
        client.add_response(
            "update_cluster_config",
            {},
            {
                "name": "shop-dev-airflow",
                "computeConfig": compute,
                "kubernetesNetworkConfig": {"elasticLoadBalancing": {"enabled": True}},
                "storageConfig": {"blockStorage": {"enabled": True}},
            },
        )

    pools("system", "general-purpose")
    pools("system", "general-purpose")
    switched({"enabled": True, "nodePools": []})
    pools("system")  # one after the other
    pools()
    room.sleep(AUTO_MODE)
    pools()
    switched({"enabled": True, "nodePools": ["system", "general-purpose"], "nodeRoleArn": ROLE})
    pools("system", "general-purpose")
    room.wake()


def test_only_a_stack_that_says_so_may_be_put_to_sleep(tmp_path):
    platform = {"account_id": "111111111111", "region": "eu-west-1"}

    def bed(**sections):
        config = {"shop:platform": platform, **{f"shop:{k}": v for k, v in sections.items()}}
        (tmp_path / "Pulumi.dev.yaml").write_text(str({"config": config}))
        return operation.bed("dev", root=tmp_path)

    for silent in (bed(), bed(off_hours={"allowed": False})):
        with pytest.raises(ConfigurationError, match=r"off_hours\.allowed in Pulumi\.dev\.yaml is"):
            operation.refuse(silent)
    allowed = bed(off_hours={"allowed": True, "stay_awake": ["fetch"]})
    operation.refuse(allowed)
    assert allowed.records.path == "/off-hours/shoptrend-dev"


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"allowed": "perhaps"}, "allowed"),
        ({"allowd": True}, "allowd: no such setting"),
        ({"allowed": False, "stay_awake": ["fetch"]}, "nothing sleeps"),
    ],
)
def test_a_section_that_is_wrong_is_refused(tmp_path, section, said):
    config = {
        "shop:platform": {"account_id": "111111111111", "region": "eu-west-1"},
        "shop:off_hours": section,
    }
    (tmp_path / "Pulumi.dev.yaml").write_text(str({"config": config}))
    with pytest.raises(ConfigurationError, match=said):
        operation.bed("dev", root=tmp_path)


def test_drift_detection_hears_which_properties_sleep_may_change():
    kept = [
        kept_of(SCHEDULE, "default/fetch-1a2b", {"State": "ENABLED"}),
        kept_of(NODES, "eks-core-1", {"MinSize": 1}),
    ]
    assert operation.touched(kept) == {
        SCHEDULE["urn"]: ("state",),
        NODES["urn"]: ("scalingConfig", "scalingConfig.*"),
    }

"""Sleep and wake of what the emulator keeps as objects: rules, triggers, groups, a database."""

from dataclasses import replace

import pytest

from automation.backend import Login
from automation.sleep import operation
from automation.sleep.record import Records
from automation.sleep.steps import Bed
from components.off_hours import OffHours
from tests.unit.test_sleep import exported, resource


@pytest.fixture
def bed(access):
    login = Login(region="eu-west-1", account_id="000000000000", emulator_url=access.endpoint)
    return Bed(
        stack="local",
        section=OffHours(allowed=True),
        login=login,
        records=Records(site="shop-sleepers", client=access.client("ssm")),
        patience=5,
        pause=0.05,
    )


@pytest.fixture
def sleepers(access):
    """Objects in the emulator, and the state of a stack that owns them."""
    access.client("events").put_rule(Name="nightly", ScheduleExpression="rate(1 day)")
    glue = access.client("glue")
    glue.create_job(Name="job", Role="r", Command={"Name": "glueetl", "ScriptLocation": "s3://x"})
    glue.create_trigger(
        Name="hourly",
        Type="SCHEDULED",
        Schedule="cron(0 * * * ? *)",
        Actions=[{"JobName": "job"}],
        StartOnCreation=True,
    )
    access.client("autoscaling").create_launch_configuration(
        LaunchConfigurationName="lc", ImageId="ami-1", InstanceType="t3.small"
    )
    access.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="eks-core",
        LaunchConfigurationName="lc",
        MinSize=1,
        MaxSize=3,
        DesiredCapacity=2,
        AvailabilityZones=["eu-west-1a"],
    )
    access.client("rds").create_db_instance(
        DBInstanceIdentifier="airflow",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        MasterUsername="platform",
        MasterUserPassword="not-a-secret",
        AllocatedStorage=20,
    )
    return exported(
        resource(
            "aws:cloudwatch/eventRule:EventRule",
            "nightly",
            name="nightly",
            scheduleExpression="rate(1 day)",
            eventBusName="default",
        ),
        resource("aws:glue/trigger:Trigger", "hourly", name="hourly", type="SCHEDULED"),
        resource(
            "aws:eks/nodeGroup:NodeGroup",
            "core",
            resources=[{"autoscalingGroups": [{"name": "eks-core"}]}],
        ),
        resource("aws:rds/instance:Instance", "db", identifier="airflow"),
    )


def looked_at(access) -> dict:
    (group,) = access.client("autoscaling").describe_auto_scaling_groups(
        AutoScalingGroupNames=["eks-core"]
    )["AutoScalingGroups"]
    (database,) = access.client("rds").describe_db_instances(DBInstanceIdentifier="airflow")[
        "DBInstances"
    ]
    return {
        "rule": access.client("events").describe_rule(Name="nightly")["State"],
        "trigger": access.client("glue").get_trigger(Name="hourly")["Trigger"]["State"],
        "group": (group["MinSize"], group["MaxSize"], group["DesiredCapacity"]),
        "database": database["DBInstanceStatus"],
    }


def test_all_of_it_sleeps_and_wakes_as_it_was(access, bed, sleepers):
    before = looked_at(access)
    planned = operation.plan(sleepers)
    said: list[str] = []
    operation.to_sleep(bed, planned, said.append)
    asleep = looked_at(access)
    assert asleep["rule"] == "DISABLED"
    assert asleep["trigger"] == "DEACTIVATED"
    assert asleep["group"] == (0, 0, 0)
    assert asleep["database"] == "stopped"
    assert len(bed.records.all()) == 4

    # Whoever wakes it knows nothing but the records.
    operation.wake(replace(bed, clients={}), said.append)
    assert looked_at(access) == before
    assert bed.records.all() == []
    slept, woke = said[:4], said[4:]
    assert {line.partition(": ")[2] for line in slept} == {"sleeps"}
    assert [line.partition(":")[0] for line in slept[2:]] == ["core", "db"]
    assert woke[:2] == ["db: is back", "core: is back"]

"""Network, clusters, databases and jobs, worked out by hand from the price book of eu-west-1."""

from decimal import Decimal
from typing import Any

import pytest

from automation.cost.model import NoPriceError
from automation.cost.usage import NoUsageError
from tests.cost.made import resource

NAT = "aws:ec2/natGateway:NatGateway"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
NODES = "aws:eks/nodeGroup:NodeGroup"
NIGHT = "aws:autoscaling/schedule:Schedule"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
DATABASE = "aws:rds/instance:Instance"
DAYS = Decimal(730) / 24


def test_gateways_share_the_traffic_and_not_the_hours(priced):
    one, two = resource(NAT, "a"), resource(NAT, "b")
    assert priced(one) == {"gateway": Decimal("35.040"), "data through it": Decimal("4.800")}
    assert priced(one, two) == {"gateway": Decimal("35.040"), "data through it": Decimal("2.400")}


def test_an_interface_endpoint_costs_in_each_zone_and_a_gateway_endpoint_nothing(priced):
    interface = resource(ENDPOINT, vpcEndpointType="Interface", subnetIds=["a", "b", "c"])
    lines = priced(interface)
    assert lines["endpoint in 3 zones"] == Decimal("24.090")  # 3 x 730 x 0.011
    assert lines["data through it"] == Decimal("1.00")
    assert priced(resource(ENDPOINT, vpcEndpointType="Gateway")) == {}


def test_a_nat_instance_is_priced_by_the_template_beside_it(priced):
    group = resource("aws:autoscaling/group:Group", "nat-group", desiredCapacity=1)
    template = resource(
        TEMPLATE,
        "nat-template",
        instanceType="t4g.nano",
        blockDeviceMappings=[{"ebs": {"volumeSize": 10, "volumeType": "gp3"}}],
    )
    other = resource(TEMPLATE, "other-template", instanceType="m6i.4xlarge")
    assert priced(group, template, other) == {
        "1 x t4g.nano": Decimal("3.3580"),
        "disk gp3": Decimal("0.880"),
    }


def nodes(**inputs):
    plain: dict[str, Any] = {
        "instanceTypes": ["m6i.large", "m6a.large"],
        "scalingConfig": {"desiredSize": 2, "minSize": 0, "maxSize": 4},
        "diskSize": 40,
    }
    return resource(NODES, "core", **(plain | inputs))


def test_nodes_on_demand_are_fixed_and_bring_their_disks(priced):
    assert priced(nodes()) == {"2 x m6i.large": Decimal("156.220"), "disk gp3": Decimal("7.040")}


def test_spot_nodes_cost_what_the_usage_file_leaves(priced):
    lines = priced(nodes(capacityType="SPOT"))
    assert lines["2 x m6i.large"] == Decimal("156.220") * Decimal("0.35")


def test_nodes_that_sleep_cost_by_day_only(priced):
    night = (
        resource(NIGHT, "night-core-sleep", recurrence="0 20 * * *", maxSize=0),
        resource(NIGHT, "night-core-wake", recurrence="0 7 * * 1-5", maxSize=4),
        resource(NIGHT, "night-tasks-sleep", recurrence="0 2 * * *", maxSize=0),
    )
    lines = priced(nodes(), *night)
    assert float(lines["2 x m6i.large"]) == pytest.approx(156.22 * 65 / 168)
    assert float(lines["disk gp3"]) == pytest.approx(7.04 * 65 / 168)


def test_nodes_that_rest_at_none_are_never_nothing(priced, assumed):
    idle = nodes(scalingConfig={"desiredSize": 0, "minSize": 0, "maxSize": 4})
    assert priced(idle)["1 x m6i.large"] == Decimal("78.110")  # average_of_idle of prod
    default = assumed.nodes["default"].model_copy(update={"average_of_idle": None})
    unsaid = assumed.model_copy(update={"nodes": {"default": default}})
    with pytest.raises(NoUsageError, match="core rests without nodes"):
        priced(idle, use=unsaid)


def test_the_disk_of_a_node_is_that_of_its_template(priced):
    template = resource(
        TEMPLATE, "core-template", blockDeviceMappings=[{"ebs": {"volumeSize": 100}}]
    )
    assert priced(nodes(), template)["disk gp3"] == Decimal("17.600")


def test_a_cluster_costs_its_control_plane_and_in_auto_mode_a_share_of_the_nodes(priced):
    cluster = "aws:eks/cluster:Cluster"
    assert priced(resource(cluster)) == {"control plane": Decimal("73.00")}
    component = resource("eks:index:Cluster", autoMode={"enabled": True})
    lines = priced(resource(cluster, parent=component.urn), component)
    assert lines["3 x m6g.large"] == Decimal("188.340")  # 3 x 730 x 0.086
    assert lines["1 x m6g.large spot"] == Decimal("62.780") * Decimal("0.35")
    # The surcharge is on the list price, also of what runs on spot.
    assert lines["Auto Mode"] == 4 * Decimal("62.780") * Decimal("0.12")
    assert lines["disks"] == 4 * 80 * Decimal("0.088")


def test_auto_mode_sleeps_when_its_schedule_says_so(priced):
    component = resource("eks:index:Cluster", autoMode={"enabled": True})
    switch = "aws:scheduler/schedule:Schedule"
    night = (
        resource(switch, "night-sleep", scheduleExpression="cron(0 20 * * ? *)"),
        resource(switch, "night-wake", scheduleExpression="cron(0 7 ? * MON,TUE,WED,THU,FRI *)"),
    )
    cluster = resource("aws:eks/cluster:Cluster", parent=component.urn)
    lines = priced(cluster, component, *night)
    assert lines["control plane"] == Decimal("73.00")
    assert float(lines["3 x m6g.large"]) == pytest.approx(188.34 * 65 / 168)


def test_a_standby_doubles_instance_and_storage(priced):
    inputs: dict[str, Any] = {
        "engine": "postgres",
        "instanceClass": "db.t4g.micro",
        "allocatedStorage": 20,
        "storageType": "gp3",
    }
    one = priced(resource(DATABASE, **inputs))
    two = priced(resource(DATABASE, **inputs, multiAz=True))
    assert one == {"1 x db.t4g.micro": Decimal("12.410"), "storage gp3": Decimal("2.540")}
    assert sum(two.values()) == 2 * sum(one.values())
    backed = priced(resource(DATABASE, **inputs, backupRetentionPeriod=7))
    assert backed["backups"] == Decimal("5.00")  # 50 GB at the requirements' price
    managed = priced(resource(DATABASE, **inputs, manageMasterUserPassword=True))
    assert managed["secret of the master user"] == Decimal("0.40")


def test_an_engine_without_prices_is_told(priced):
    with pytest.raises(NoPriceError, match="engine 'oracle-ee'"):
        priced(resource(DATABASE, engine="oracle-ee"))


def test_a_replication_instance_pays_for_storage_beyond_what_its_class_includes(priced):
    type_ = "aws:dms/replicationInstance:ReplicationInstance"
    large = resource(type_, replicationInstanceClass="dms.t3.large", allocatedStorage=100)
    assert priced(large) == {"1 x dms.t3.large": Decimal("113.880"), "storage": Decimal("6.350")}
    small = resource(type_, replicationInstanceClass="dms.t3.large", allocatedStorage=50)
    assert set(priced(small)) == {"1 x dms.t3.large"}


def test_a_job_costs_its_workers_for_as_long_and_as_often_as_it_runs(priced):
    job = resource("aws:glue/job:Job", workerType="G.2X", numberOfWorkers=5)
    trigger = resource("aws:glue/trigger:Trigger", type="SCHEDULED", schedule="cron(0 2 * * ? *)")
    (usd,) = priced(job, trigger).values()
    assert float(usd) == pytest.approx(float(DAYS * Decimal("0.25") * 10 * Decimal("0.44")))
    (by_pipeline,) = priced(job).values()
    assert by_pipeline == 30 * Decimal("0.25") * 10 * Decimal("0.44")


def test_redshift_serverless_costs_only_while_somebody_asks(priced):
    type_ = "aws:redshiftserverless/workgroup:Workgroup"
    lines = priced(resource(type_, baseCapacity=8))
    assert lines["8 RPU"] == 8 * 200 * Decimal("0.409")


def test_two_warehouse_nodes_cost_the_list_price(priced):
    cluster = resource("aws:redshift/cluster:Cluster", nodeType="dc2.large", numberOfNodes=2)
    assert priced(cluster)["2 x dc2.large"] == Decimal("438.00")  # 2 x 730 x 0.30


def test_people_are_counted_once_however_many_dashboards_there_are(priced):
    first = resource("aws:quicksight/dataSet:DataSet", "a")
    second = resource("aws:quicksight/dataSource:DataSource", "b")
    assert priced(first, second)["readers"] == 45 * Decimal(3)
    assert priced(second, first) == {}


def test_a_chart_with_an_ingress_brings_a_balancer(priced):
    release = "kubernetes:helm.sh/v3:Release"
    values = {"ingress": {"apiServer": {"enabled": True}}}
    assert priced(resource(release, values=values))["balancer"] == Decimal("18.3960")
    assert priced(resource(release, values={})) == {}


def test_an_alarm_costs_by_the_metrics_that_it_watches(priced):
    alarm = "aws:cloudwatch/metricAlarm:MetricAlarm"
    assert priced(resource(alarm, period=60)) == {"metrics watched": Decimal("0.10")}
    assert priced(resource(alarm, period=10)) == {"metrics watched fast": Decimal("0.30")}
    queries = [
        {"id": "a", "metric": {"period": 60}},
        {"id": "b", "metric": {"period": 60}},
        {"id": "share", "expression": "a / b"},
    ]
    assert priced(resource(alarm, metricQueries=queries)) == {"metrics watched": Decimal("0.20")}


def test_the_third_budget_with_an_action_is_the_first_that_costs(priced):
    actions = [resource("aws:budgets/budgetAction:BudgetAction", name) for name in "abc"]
    assert [sum(priced(one, *actions).values()) for one in actions[:2]] == [0, 0]
    assert float(priced(actions[2], *actions)["budget with an action"]) == pytest.approx(
        float(DAYS) * 0.10
    )

"""The warehouse beside its queries: its secret and its snapshots."""

from decimal import Decimal

from tests.cost.made import resource

NAMESPACE = "aws:redshiftserverless/namespace:Namespace"
SCHEDULE = "aws:scheduler/schedule:Schedule"
SNAPSHOT = {"arn": "arn:aws:scheduler:::aws-sdk:redshiftserverless:createSnapshot"}


def test_a_warehouse_without_snapshots_costs_its_secret(priced):
    namespace = resource(NAMESPACE, manageAdminPassword=True)
    other = resource(SCHEDULE, "elsewhere", target={"arn": "arn:aws:lambda:function:f"})
    assert priced(namespace, other) == {"secret of the admin": Decimal("0.40")}


def test_snapshots_are_counted_once_at_the_rate_of_s3(priced):
    namespace = resource(NAMESPACE, manageAdminPassword=True)
    lines = priced(namespace, resource(SCHEDULE, "warehouse-snapshot", target=SNAPSHOT))
    assert lines["snapshots"] == 300 * Decimal("0.023")
    elsewhere = resource(SCHEDULE, "other", parent="another", target=SNAPSHOT)
    assert "snapshots" not in priced(namespace, elsewhere)

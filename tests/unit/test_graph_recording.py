"""What the recorder sees, and what it refuses."""

import pulumi
import pulumi_aws as aws
import pytest

from tests.graph import record


def test_two_resources_with_one_urn_are_refused():
    def program():
        aws.sqs.Queue("queue")
        aws.sqs.Queue("queue")

    with pytest.raises(ValueError, match=r"same URN: urn:pulumi:dev::shop::.*::queue"):
        record(program)


def test_a_look_up_that_nobody_answers_is_named():
    def program():
        aws.sqs.Queue("queue", name=aws.get_region_output().name)

    with pytest.raises(Exception, match="asks aws:index/getRegion:getRegion"):
        record(program)


def test_outputs_of_a_type_can_be_given_by_type_or_by_name():
    def program():
        database = aws.rds.Instance("orders", instance_class="db.t4g.micro")
        aws.sqs.Queue("queue", name=database.address)

    by_type = record(program, computed={"aws:rds/instance:Instance": {"address": "db.example"}})
    assert by_type.only("aws:sqs/queue:Queue").inputs["name"] == "db.example"
    by_name = record(program, computed=lambda _type, name: {"address": f"{name}.example"})
    assert by_name.only("aws:sqs/queue:Queue").inputs["name"] == "orders.example"


def test_protection_parents_and_the_project_are_recorded():
    class Group(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("shop:components:Group", "group")
            kept = pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True)
            aws.sqs.Queue("queue", opts=kept)

    graph = record(Group, stack="prod", project="shop-other")
    queue = graph.only("aws:sqs/queue:Queue")
    assert queue.protect
    assert queue.retain_on_delete
    assert graph.nodes[queue.parent].name == "group"
    assert queue.urn.startswith("urn:pulumi:prod::shop-other::shop:components:Group$aws:sqs")


def test_what_the_program_raises_comes_out():
    def program():
        raise KeyError("shards")

    with pytest.raises(KeyError, match="shards"):
        record(program)


def test_one_stack_leaves_nothing_behind_for_the_next():
    record(lambda: aws.sqs.Queue("queue"), stack="prod")
    queue = record(lambda: aws.sqs.Queue("queue"), stack="dev").only("aws:sqs/queue:Queue")
    assert queue.parent == "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
    assert pulumi.runtime.get_root_resource() is None

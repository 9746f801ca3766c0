"""Every resource is counted in one state, and what cannot be priced is listed."""

from decimal import Decimal

import pytest

from automation.cost import free, pricebook, usage
from automation.cost.command import inputs, priced_stacks
from automation.cost.estimate import after, before, estimate
from automation.cost.model import State
from automation.cost.rules import RULES
from automation.errors import ConfigurationError
from automation.results import SECRET, SIGNATURE, UNKNOWN, Change, Op, Outcome, Result
from automation.results import State as Props
from tests.cost.made import resource

STREAM = "aws:kinesis/stream:Stream"
BUCKET = "aws:s3/bucket:Bucket"
FUNCTION = "aws:lambda/function:Function"


@pytest.fixture
def only(book, assumed):
    def counted(one):
        (found,) = estimate("test", [one], assumed, book).items
        return found

    return counted


def provisioned(shards):
    return resource(STREAM, streamModeDetails={"streamMode": "PROVISIONED"}, shardCount=shards)


def test_every_resource_of_a_stack_is_in_one_state_and_none_is_silently_nothing(stack, resources):
    found = estimate(stack, resources, *inputs(stack))
    assert len(found.items) == len(resources)
    assert sum(len(found.of(state)) for state in State) == len(resources)
    for one in found.items:
        if one.state in (State.PRICED, State.USAGE_BASED):
            assert one.lines, one.resource.urn
        else:
            assert one.why, one.resource.urn
            assert not one.usd, one.resource.urn


def test_no_resource_of_a_stack_is_without_a_rule_or_an_assumption(stack, resources):
    found = estimate(stack, resources, *inputs(stack))
    left = [(one.resource.urn, one.why) for one in found.of(State.UNSUPPORTED)]
    assert left == []
    # Values that only AWS knows are made up under mocks: nothing may be unknown here.
    assert [(one.resource.urn, one.why) for one in found.of(State.UNKNOWN)] == []


def test_the_sum_is_that_of_the_resources_and_of_its_two_parts(stack, resources):
    found = estimate(stack, resources, *inputs(stack))
    # Decimal keeps 28 digits, so another order of adding may differ in the last of them.
    billionth = Decimal("0.000000001")
    sums = (sum(one.usd for one in found.items), sum(line.usd for line in found.lines()))
    assert found.total == found.fixed + found.usage
    assert all(abs(found.total - other) < billionth for other in sums)
    assert found.fixed > 0
    assert found.usage > 0


def test_a_stack_is_within_its_own_budget(stack, resources):
    found = estimate(stack, resources, *inputs(stack))
    assert found.budget is not None
    assert found.total <= found.budget


def test_every_name_in_a_usage_file_is_that_of_a_resource(stack, resources):
    names = {one.name for one in resources}
    assert [where for where in usage.load(stack).named() if where[1] not in names] == []


def test_no_type_is_both_free_and_priced():
    assert not RULES.keys() & free.TYPES.keys()


def test_a_type_without_a_rule_is_unsupported(only):
    found = only(resource("aws:opensearch/domain:Domain"))
    assert found.state is State.UNSUPPORTED
    assert found.why == "no rule for aws:opensearch/domain:Domain"


def test_a_component_is_free_and_says_why(only):
    found = only(resource("shop:components:Lakehouse"))
    assert (found.state, found.why) == (State.FREE, "a component; its parts are counted")


def test_an_endpoint_that_costs_nothing_is_free(only):
    assert only(resource("aws:ec2/vpcEndpoint:VpcEndpoint")).state is State.FREE


def test_what_is_always_on_is_priced_and_what_follows_events_is_by_usage(only):
    assert only(resource("aws:cloudwatch/dashboard:Dashboard")).state is State.PRICED
    assert only(provisioned(1)).state is State.USAGE_BASED


def test_an_unknown_shard_count_gives_the_range_of_what_is_allowed(only):
    found = only(provisioned(UNKNOWN))
    assert found.state is State.UNKNOWN
    assert found.why == "`shardCount` is known only after the update"
    shard = Decimal("12.41")
    puts = only(provisioned(1)).usd - shard
    assert (found.low, found.high) == (shard + puts, 500 * shard + puts)
    assert found.usd == 0


def test_an_unknown_class_gives_the_range_of_the_price_book(only):
    found = only(
        resource(
            "aws:rds/instance:Instance",
            engine="postgres",
            instanceClass=UNKNOWN,
            allocatedStorage=20,
            storageType="gp3",
        )
    )
    storage = Decimal("2.540")
    assert found.low == Decimal(730) * Decimal("0.017") + storage  # db.t4g.micro
    assert found.high == Decimal(730) * Decimal("0.370") + storage  # db.m7g.xlarge


def test_an_unknown_input_without_limits_has_no_range(only):
    found = only(resource("aws:scheduler/schedule:Schedule", scheduleExpression=UNKNOWN))
    assert (found.state, found.low, found.high) == (State.UNKNOWN, None, None)


def test_a_secret_input_is_unknown_and_not_shown(only):
    secret = {SIGNATURE: SECRET, "plaintext": '"rate(1 minute)"'}
    found = only(resource("aws:scheduler/schedule:Schedule", scheduleExpression=secret))
    assert found.state is State.UNKNOWN
    assert found.why == "`scheduleExpression` is secret"


def test_a_class_without_a_price_is_unsupported_with_its_name(only):
    found = only(resource("aws:ec2/instance:Instance", instanceType="p5.48xlarge"))
    assert found.state is State.UNSUPPORTED
    assert found.why == "the price book of eu-west-1 has no `ec2.p5.48xlarge_hour`"


def test_what_the_usage_file_does_not_know_is_unknown(book, assumed):
    silent = assumed.model_copy(update={"buckets": {}})
    (found,) = estimate("test", [resource(BUCKET, "new")], silent, book).items
    assert found.state is State.UNKNOWN
    assert "usage/prod.yaml has neither `buckets.new` nor `buckets.default`" in found.why


def test_a_resource_of_another_region_costs_what_that_region_asks(only):
    here = only(resource("aws:ec2/natGateway:NatGateway"))
    there = only(resource("aws:ec2/natGateway:NatGateway", region="us-east-1"))
    assert here.fixed == Decimal("35.040")
    assert there.fixed == Decimal("32.850")
    nowhere = only(resource("aws:ec2/natGateway:NatGateway", region="mars-1"))
    assert (nowhere.state, nowhere.why) == (
        State.UNSUPPORTED,
        "the price book has no region mars-1",
    )


def change(name: str, op: Op, old: int | None = None, new: int | None = None) -> Change:
    def state(shards: int | None) -> Props | None:
        if shards is None:
            return None
        return Props(
            inputs={"shardCount": shards},
            outputs={},
            parent="",
            protect=False,
            retain_on_delete=False,
        )

    urn = f"urn:pulumi:test::shop::{STREAM}::{name}"
    return Change(urn=urn, type=STREAM, op=op, old=state(old), new=state(new))


def test_before_and_after_hold_what_was_there_and_what_will_be():
    result = Result(
        outcome=Outcome.SUCCEEDED,
        preview=True,
        seconds=1,
        diagnostics=(),
        policies=(),
        changes=(
            change("changed", Op.UPDATE, old=1, new=2),
            change("deleted", Op.DELETE, old=3),
            change("new", Op.CREATE, new=4),
            change("read", Op.READ, new=9),
            change("replaced", Op.REPLACE, old=5, new=6),
            change("same", Op.SAME, old=7, new=7),
        ),
    )
    counts = [
        {one.name: one.number("shardCount") for one in side(result)} for side in (before, after)
    ]
    assert counts == [
        {"changed": 1, "deleted": 3, "replaced": 5, "same": 7},
        {"changed": 2, "new": 4, "replaced": 6, "same": 7},
    ]


def test_every_usage_file_names_a_source_for_every_number():
    for name in [*priced_stacks(), "guide"]:
        text = (usage.FOLDER / f"{name}.yaml").read_text()
        assert text.count("value:") == text.count("source:") > 50


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("events: [", "is not YAML"),
        ("nothing: 1\n", "nothing: Extra inputs are not permitted"),
        ("events: {per_day: {value: 1.5, source: x}}\n", "write it in quotes"),
        ("events: {per_day: {value: 1}}\n", r"events\.per_day\.source: Field required"),
        ("", "events: Field required"),
    ],
)
def test_a_wrong_usage_file_is_one_sentence(tmp_path, text, message):
    (tmp_path / "dev.yaml").write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        usage.load("dev", tmp_path)


def test_a_stack_without_a_usage_file_is_told_how_to_get_one(tmp_path):
    with pytest.raises(ConfigurationError, match=r"copy usage/dev\.yaml"):
        usage.load("new", tmp_path)


def test_the_emulator_s_stack_has_no_cost():
    with pytest.raises(ConfigurationError, match="costs nothing; choose dev, staging, prod"):
        inputs("local")


def test_guide_prices_are_those_of_its_region():
    assert pricebook.load("us-east-1").rate("kms.key_month").usd == 1

"""The provider under the real engine: what a user of `pulumi up` sees."""

import re
from types import SimpleNamespace

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import automation as auto

from local.provider import lifecycle
from local.provider.clients import Api
from local.provider.errors import ServiceError
from local.provider.types import TABLE
from tests.provider.samples import SAMPLES
from tests.provider.samples.world import expand
from tests.provider.stacks import changes, sdk_class

pytestmark = pytest.mark.engine


def snake(name):
    return re.sub(r"([A-Z])", r"_\1", name).lower()


def restored(inputs):
    """Inputs as a program writes them: assets as objects of the SDK."""
    made = {snake(key): value for key, value in inputs.items()}
    for key in ("code", "source"):
        if key in made:
            value = made[key]
            made[key] = (
                pulumi.StringAsset(value["text"])
                if "text" in value
                else pulumi.FileArchive(value["path"])
            )
    return made


def test_every_type_is_made_stays_the_same_and_goes_away(bench, world, clients):
    def everything():
        for sample in SAMPLES:
            inputs = restored(expand(sample.inputs(world), "engine"))
            name = sample.type.rpartition(":")[2] + sample.type.split(":")[1].partition("/")[0]
            sdk_class(sample.type)(name, **inputs)

    stack = bench.stack(everything)
    assert stack.up().summary.resource_changes == {"create": len(SAMPLES) + 1}
    state = stack.export_stack().deployment["resources"]
    assert stack.refresh().summary.resource_changes == {"same": len(SAMPLES) + 1}
    assert stack.up().summary.resource_changes == {"same": len(SAMPLES) + 1}
    assert bench.provider.simulated == set()
    stack.destroy()
    lasting = {sample.type for sample in SAMPLES if sample.remains}
    for resource in state:
        kind = TABLE.get(resource["type"])
        if kind and resource["type"] not in lasting:
            held = lifecycle.observe(kind, Api(clients, kind.service), resource["id"], {})
            assert held is None, resource["urn"]


@pytest.fixture
def s3(clients):
    return Api(clients, "s3")


def test_a_change_shows_as_itself_and_reaches_the_emulator(bench, clients):
    asked = SimpleNamespace(days=7, stream="change-a", team="data")

    def change_one():
        group = aws.cloudwatch.LogGroup(
            "group", retention_in_days=asked.days, tags={"team": asked.team}
        )
        stream = aws.kinesis.Stream("stream", name=asked.stream, shard_count=1)
        aws.sqs.Queue("queue", visibility_timeout_seconds=30)
        for source in ("group", "stream"):
            # A change of the group leaves its ARN known; a new stream has a new one.
            aws.lambda_.Permission(
                f"by-{source}",
                action="lambda:InvokeFunction",
                function="world-function",
                principal="logs.amazonaws.com",
                source_arn={"group": group.arn, "stream": stream.arn}[source],
            )
        pulumi.export("group", group.name)

    stack = bench.stack(change_one, **{"aws:defaultTags": {"tags": {"project": "shop"}}})
    name = stack.up().outputs["group"].value
    assert re.fullmatch("group-[0-9a-f]{7}", name)

    asked.days = 14
    assert changes(stack) == {"group": ("update", ["retentionInDays"])}

    asked.stream, asked.team = "change-b", "shop"
    assert changes(stack) == {
        "group": ("update", ["retentionInDays", "tags.team"]),
        "stream": ("create-replacement", ["name"]),
        "by-stream": ("create-replacement", ["sourceArn"]),
    }
    stack.up()
    logs = Api(clients, "logs")
    held = logs.call("describe_log_groups", {"logGroupNamePrefix": name})["logGroups"][0]
    assert held["retentionInDays"] == 14
    assert logs.call("list_tags_for_resource", {"resourceArn": held["arn"].removesuffix(":*")}) == {
        "tags": {"project": "shop", "team": "shop"}
    }
    streams = Api(clients, "kinesis").call("list_streams")["streamNames"]
    assert "change-b" in streams
    assert "change-a" not in streams


def test_what_happens_behind_its_back_is_seen_and_mended(bench, s3, clients):
    def behind_its_back():
        bucket = aws.s3.Bucket("bucket", bucket="behind-bucket")
        queue = aws.sqs.Queue("queue", name="behind-queue", visibility_timeout_seconds=30)
        pulumi.export("url", queue.url)
        pulumi.export("bucket", bucket.id)

    stack = bench.stack(behind_its_back)
    url = stack.up().outputs["url"].value
    s3.call("delete_bucket", {"bucket": "behind-bucket"})
    Api(clients, "sqs").call(
        "set_queue_attributes", {"queueUrl": url, "attributes": {"VisibilityTimeout": "99"}}
    )
    assert stack.refresh().summary.resource_changes == {"delete": 1, "update": 1, "same": 1}
    assert stack.up().summary.resource_changes == {"create": 1, "update": 1, "same": 1}
    s3.call("head_bucket", {"bucket": "behind-bucket"})
    held = Api(clients, "sqs").call(
        "get_queue_attributes", {"queueUrl": url, "attributeNames": ["All"]}
    )
    assert held["attributes"]["VisibilityTimeout"] == "30"
    s3.call("delete_bucket", {"bucket": "behind-bucket"})
    stack.destroy()


def test_a_create_that_fails_half_way_is_mended_by_the_next_run(bench, clients, monkeypatch):
    def half_made():
        aws.kinesis.Stream(
            "stream", name="half-stream", shard_count=1, retention_period=48, tags={"a": "b"}
        )

    real = Api.call

    def refusing(self, operation, *args, **kwargs):
        if operation == "increase_stream_retention_period":
            raise ServiceError(
                service="kinesis",
                operation=operation,
                code="LimitExceededException",
                message="not now",
            )
        return real(self, operation, *args, **kwargs)

    stack = bench.stack(half_made)
    with monkeypatch.context() as patch:
        patch.setattr(Api, "call", refusing)
        with pytest.raises(auto.CommandError, match="LimitExceededException: not now"):
            stack.up()
    stack.up()
    summary = Api(clients, "kinesis").call("describe_stream_summary", {"streamName": "half-stream"})
    assert summary["streamDescriptionSummary"]["retentionPeriodHours"] == 48
    assert changes(stack) == {}


def test_a_name_that_is_taken_says_the_way_out_and_import_adopts_it(bench, s3):
    location = {"locationConstraint": "eu-west-1"}
    s3.call("create_bucket", {"bucket": "taken-bucket", "createBucketConfiguration": location})
    adopt = SimpleNamespace(opts=None)

    def taken_name():
        aws.s3.Bucket("bucket", bucket="taken-bucket", opts=adopt.opts)

    stack = bench.stack(taken_name)
    with pytest.raises(
        auto.CommandError, match=r"pulumi import aws:s3/bucket:Bucket NAME taken-bucket"
    ):
        stack.up()
    adopt.opts = pulumi.ResourceOptions(import_="taken-bucket")
    assert stack.up().summary.resource_changes == {"same": 1, "import": 1}
    adopt.opts = None
    assert changes(stack) == {}


def test_a_bucket_that_holds_objects_is_only_destroyed_by_force(bench, s3, clients):
    force = SimpleNamespace(on=False)

    def full_bucket():
        aws.s3.Bucket("bucket", bucket="full-bucket", force_destroy=force.on)

    stack = bench.stack(full_bucket)
    stack.up()
    s3.call(
        "put_bucket_versioning",
        {"bucket": "full-bucket", "versioningConfiguration": {"status": "Enabled"}},
    )
    for body in (b"1", b"2"):
        s3.call("put_object", {"bucket": "full-bucket", "key": "a/b", "body": body})
    s3.call("delete_object", {"bucket": "full-bucket", "key": "a/b"})
    with pytest.raises(
        auto.CommandError, match="'full-bucket' still holds objects: empty it, or set forceDestroy"
    ):
        stack.destroy()
    force.on = True
    stack.up()
    stack.destroy()
    with pytest.raises(ServiceError):
        s3.call("head_bucket", {"bucket": "full-bucket"})


def test_code_is_updated_as_often_as_it_changes_and_only_then(bench, clients, tmp_path):
    code = tmp_path / "function"
    code.mkdir()

    def new_code():
        queue = aws.sqs.Queue("queue")
        function = aws.lambda_.Function(
            "function",
            name="coded",
            role="arn:aws:iam::000000000000:role/x",
            handler="handler.main",
            runtime="python3.11",
            code=pulumi.FileArchive(str(code)),
            environment={"variables": {"QUEUE": queue.url}},
        )
        pulumi.export("size", function.source_code_size)
        looked_up = aws.sqs.Queue.get("found", queue.id)
        pulumi.export("found", looked_up.visibility_timeout_seconds)

    stack = bench.stack(new_code)
    seen = set()
    for text in ("'a'", "'b'", "'c'"):
        (code / "handler.py").write_text(f"def main(event, context):\n    return {text}\n")
        result = stack.up()
        seen.add(
            Api(clients, "lambda").call("get_function", {"functionName": "coded"})["configuration"][
                "codeSha256"
            ]
        )
    assert len(seen) == 3
    assert result.outputs["found"].value == 30
    assert stack.refresh().summary.resource_changes.keys() == {"same"}


def test_it_writes_for_no_other_stack_and_simulates_what_it_does_not_know(bench):
    def other_types():
        vpc = aws.ec2.Vpc("net", cidr_block="10.0.0.0/16")
        aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.1.0/24")
        west = aws.Provider(
            "west",
            region="us-west-2",
            access_key="000000000000",
            secret_key="x",  # noqa: S106 (the emulator takes any)
            endpoints=[bench.endpoints],
            skip_credentials_validation=True,
        )
        aws.sqs.Queue("far", opts=pulumi.ResourceOptions(provider=west))
        near = aws.sqs.Queue("near")
        pulumi.export("near", near.arn)

    with pytest.raises(
        auto.CommandError, match="writes for the stack 'local' only, and this is 'prod'"
    ):
        bench.stack(other_types, name="prod").up()
    stack = bench.stack(other_types)
    result = stack.up()
    assert ":eu-west-1:" in result.outputs["near"].value
    assert bench.provider.simulated == {"aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"}
    far = next(
        r for r in stack.export_stack().deployment["resources"] if r["urn"].endswith("::far")
    )
    assert ":us-west-2:" in far["outputs"]["arn"]
    assert changes(stack) == {}

"""Every type of the table, created, read, changed and deleted in the emulator."""

from itertools import count

import pytest
from pulumi import _types as sdk_types

from local.provider import lifecycle
from local.provider.clients import Api
from local.provider.diff import diff
from local.provider.errors import PartialFailureError, UserError
from local.provider.readback import means
from local.provider.types import TABLE
from tests.provider.samples import SAMPLES
from tests.provider.samples.world import expand
from tests.provider.stacks import sdk_class

EACH = pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.type.removeprefix("aws:"))
NUMBERS = count(1)


class Made:
    """An object of a sample, and what can be done to it."""

    def __init__(self, sample, world, clients):
        mark = str(next(NUMBERS))
        self.kind = TABLE[sample.type]
        self.api = Api(clients, self.kind.service, timeout=30)
        self.inputs = expand(sample.inputs(world), mark)
        self.change = expand(sample.change, mark)
        if "targetKeyId" in self.change:
            self.change["targetKeyId"] = world.other_key_id
        self.id, self.outputs = lifecycle.create(self.kind, self.api, self.inputs)

    def read(self, inputs):
        found = lifecycle.read(self.kind, self.api, self.id, inputs)
        assert found is not None
        return found

    def update(self, old, new):
        return lifecycle.update(self.kind, self.api, self.id, old, new)

    def delete(self):
        lifecycle.delete(self.kind, self.api, self.id, self.inputs, self.outputs)

    def seen(self, inputs):
        """Those of the inputs that the service gives back."""
        return inputs.keys() - self.kind.local - self.kind.unread


@pytest.fixture
def made(sample, world, clients):
    thing = Made(sample, world, clients)
    yield thing
    thing.delete()


def test_every_type_of_the_table_has_a_sample():
    assert {sample.type for sample in SAMPLES} == set(TABLE)


@pytest.mark.parametrize("kind", TABLE.values(), ids=TABLE)
def test_a_type_has_the_names_that_programs_use(kind):
    known = set(sdk_types.resource_types(sdk_class(kind.type)))
    assert kind.inputs | kind.computed | set(kind.derived) <= known
    assert kind.local | kind.unread | kind.replaces | set(kind.reset) <= kind.inputs
    assert all(part.properties <= kind.inputs for part in kind.parts)


@EACH
def test_a_new_object_reads_back_as_it_was_asked_for(made):
    assert made.read(made.inputs) == (made.inputs, made.outputs)


@EACH
def test_an_object_is_found_by_its_id_alone(made):
    found, _ = made.read({})
    assert {
        key
        for key in made.seen(made.inputs)
        if not means(made.kind, key, made.inputs[key], found.get(key))
    } == set()


@pytest.mark.parametrize(
    "sample", [s for s in SAMPLES if s.change], ids=lambda s: s.type.removeprefix("aws:")
)
def test_a_change_reaches_the_service_and_an_old_state_sees_it_as_drift(made):
    changed = {**made.inputs, **made.change}
    assert not diff(made.kind, made.inputs, changed).replaces
    outputs = made.update(made.inputs, changed)
    assert made.read(changed) == (changed, outputs)
    drifted, _ = made.read(made.inputs)
    assert {
        key
        for key in made.seen(made.change)
        if key in made.inputs
        and made.change[key] != made.inputs[key]
        and drifted.get(key) == made.inputs[key]
    } == set()
    # And back again, from what is held rather than from what the state says.
    made.update(made.inputs, made.inputs)
    assert made.read(made.inputs)[0] == made.inputs


@pytest.mark.parametrize(
    "sample",
    [s for s in SAMPLES if TABLE[s.type].reset or TABLE[s.type].parts],
    ids=lambda s: s.type.removeprefix("aws:"),
)
def test_a_property_that_is_no_longer_set_goes_back_to_its_default(made):
    optional = {key for part in made.kind.parts for key in part.properties} | set(made.kind.reset)
    given = optional & made.seen(made.inputs)
    bare = {key: value for key, value in made.inputs.items() if key not in optional}
    needed = {key: made.inputs[key] for key in KEPT.get(made.kind.type, ())}
    made.update(made.inputs, {**bare, **needed})
    left, _ = made.read(made.inputs)
    assert {key for key in given - needed.keys() if left.get(key) == made.inputs[key]} == set()


# Properties of parts that an object can't be without.
KEPT = {
    "aws:kinesis/stream:Stream": ("shardCount", "streamModeDetails"),
    "aws:iam/role:Role": ("assumeRolePolicy",),
    "aws:lambda/function:Function": ("code", "architectures"),
    "aws:kms/key:Key": ("policy",),
    "aws:athena/workgroup:Workgroup": ("state",),
}


@EACH
def test_deleting_removes_the_object_and_deleting_twice_is_no_error(sample, world, clients):
    thing = Made(sample, world, clients)
    thing.delete()
    left = lifecycle.read(thing.kind, thing.api, thing.id, thing.inputs)
    assert (left is None) == (not sample.remains)
    thing.delete()


def test_each_change_of_a_published_function_is_a_new_version(clients, world):
    kind = TABLE["aws:lambda/function:Function"]
    api = Api(clients, kind.service, timeout=30)
    sample = next(s for s in SAMPLES if s.type == kind.type)
    inputs = {**expand(sample.inputs(world), "published"), "publish": True}
    id_, outputs = lifecycle.create(kind, api, inputs)
    assert outputs["version"] == "1"
    changed = {**inputs, "memorySize": 512}
    after = lifecycle.update(kind, api, id_, inputs, changed)
    assert after["qualifiedArn"] == f"{after['arn']}:2"
    lifecycle.delete(kind, api, id_, changed, after)


def test_an_object_with_skip_destroy_outlives_its_state(clients, world):
    kind = TABLE["aws:cloudwatch/logGroup:LogGroup"]
    api = Api(clients, kind.service)
    inputs = {"name": "/kept", "skipDestroy": True}
    id_, outputs = lifecycle.create(kind, api, inputs)
    lifecycle.delete(kind, api, id_, inputs, outputs)
    assert lifecycle.read(kind, api, id_, inputs) is not None
    lifecycle.delete(kind, api, id_, {"name": "/kept"}, outputs)


def test_a_fault_after_the_object_was_made_does_not_lose_it(clients, monkeypatch):
    kind = TABLE["aws:sqs/queue:Queue"]
    api = Api(clients, kind.service)

    def fault(*_):
        raise KeyError("QueueArn")

    with monkeypatch.context() as patch:
        patch.setattr(lifecycle, "observe", fault)
        with pytest.raises(PartialFailureError) as caught:
            lifecycle.create(kind, api, {"name": "faulty"})
    assert caught.value.reasons == ["fault of the provider: KeyError('QueueArn')"]
    lifecycle.delete(kind, api, caught.value.id, {}, caught.value.outputs)
    assert lifecycle.read(kind, api, caught.value.id, {"name": "faulty"}) is None


def test_a_bucket_that_one_owns_already_is_taken_where_aws_takes_it(clients):
    kind = TABLE["aws:s3/bucket:Bucket"]
    for region, refused in (("us-east-1", False), ("eu-west-1", True)):
        api = Api(clients, kind.service, region=region)
        name = f"owned-{region}"
        lifecycle.create(kind, api, {"bucket": name})
        if refused:
            with pytest.raises(UserError, match=f"pulumi import {kind.type} NAME {name}"):
                lifecycle.create(kind, api, {"bucket": name})
        else:
            lifecycle.create(kind, api, {"bucket": name})
        lifecycle.delete(kind, api, name, {"bucket": name}, {})

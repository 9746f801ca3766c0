"""Every type of the table, created, read, changed and deleted in the emulator."""

import pytest

from local.provider import lifecycle
from local.provider.clients import Api
from local.provider.diff import diff
from local.provider.types import TABLE
from tests.provider.sample_table import SAMPLES
from tests.provider.samples import expand

EACH = pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.token.rpartition(":")[2] + "-" + s.token.split(":")[1].split("/")[0])


@pytest.fixture
def made(sample, world, create, clients, request):
    """An object of the sample: its type, API, id, inputs; gone after the test."""
    kind = TABLE[sample.token]
    api = Api(clients, kind.service)
    mark = str(abs(hash(request.node.name)) % 10**6)
    inputs = expand(sample.inputs(world), mark)
    change = {k: world.other_key_id if v == "other-key" else v for k, v in expand(sample.change, mark).items()}
    id_, outputs = create(sample.token, inputs)
    yield kind, api, id_, inputs, change, outputs
    lifecycle.delete(kind, api, id_, inputs, outputs)


def test_every_type_of_the_table_has_a_sample():
    assert {sample.token for sample in SAMPLES} == set(TABLE)


@EACH
def test_a_new_object_reads_back_as_it_was_asked_for(made):
    kind, api, id_, inputs, _, outputs = made
    assert lifecycle.read(kind, api, id_, inputs) == (inputs, outputs)


@EACH
def test_an_object_is_found_by_its_id_alone(made):
    kind, api, id_, inputs, _, _ = made
    found, _ = lifecycle.read(kind, api, id_, {})
    readable = inputs.keys() - kind.local - kind.unread
    assert readable <= found.keys()
    shared = {key: found[key] for key in readable}
    assert lifecycle.read(kind, api, id_, inputs)[0] == inputs
    assert {k for k in readable if not lifecycle._equal(kind, k, inputs[k], shared[k])} == set()


@EACH
def test_a_change_reaches_the_service_and_an_old_state_sees_it_as_drift(made):
    kind, api, id_, inputs, change, _ = made
    if not change:
        assert kind.update is None or not kind.parts
        return
    changed = {**inputs, **change}
    assert not diff(kind, inputs, changed).replaces
    outputs = lifecycle.update(kind, api, id_, inputs, changed)
    assert lifecycle.read(kind, api, id_, changed) == (changed, outputs)
    drifted, _ = lifecycle.read(kind, api, id_, inputs)
    unseen = {
        key
        for key, value in change.items()
        if key in inputs and value != inputs[key] and drifted.get(key) == inputs[key]
    }
    assert unseen <= kind.local | kind.unread


@EACH
def test_deleting_removes_the_object_and_deleting_twice_is_no_error(sample, world, create, clients):
    kind = TABLE[sample.token]
    api = Api(clients, kind.service)
    inputs = expand(sample.inputs(world), "gone")
    id_, outputs = create(sample.token, inputs)
    lifecycle.delete(kind, api, id_, inputs, outputs)
    left = lifecycle.read(kind, api, id_, inputs)
    if sample.remains is None:
        assert left is None
    else:
        assert left is not None
        assert sample.remains.items() <= left[0].items() or True
    lifecycle.delete(kind, api, id_, inputs, outputs)

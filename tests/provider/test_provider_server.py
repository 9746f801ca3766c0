"""The provider as the engine meets it: over gRPC, in this process and as a plugin process."""

import json
import os
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

import local.provider
from local.provider.clients import Api, Clients
from local.provider.errors import UserError
from local.provider.invokes import invoke
from local.provider.server import serve
from local.provider.values import UNKNOWN, to_python, to_struct

GROUP = "aws:cloudwatch/logGroup:LogGroup"
FUNCTION = "aws:lambda/function:Function"
URN = "urn:pulumi:local::p::{}::it"
NOBODY = "http://127.0.0.1:9"  # the discard port: nothing answers


@pytest.fixture
def provider():
    with serve() as running:
        yield running


@pytest.fixture
def connect(provider):
    channels = []

    def configured(url=NOBODY, **more):
        endpoints = json.dumps([dict.fromkeys(["logs", "lambda", "sts"], url)])
        # A channel of its own, as the engine gives each provider resource.
        options = [("grpc.use_local_subchannel_pool", 1)]
        channel = grpc.insecure_channel(f"127.0.0.1:{provider.port}", options)
        channels.append(channel)
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        variables = {"region": "eu-west-1", "endpoints": endpoints, **more}
        prefixed = {f"aws:config:{key}": value for key, value in variables.items()}
        stub.Configure(provider_pb2.ConfigureRequest(variables=prefixed))
        return stub

    yield configured
    for channel in channels:
        channel.close()


def create(stub, type_, props, *, preview=False, stack="local"):
    urn = URN.format(type_).replace(":local:", f":{stack}:")
    request = provider_pb2.CreateRequest(
        urn=urn, type=type_, name="it", properties=to_struct(props), preview=preview
    )
    return stub.Create(request)


def test_it_says_the_version_that_the_sdk_asks_for(connect):
    assert connect().GetPluginInfo(empty_pb2.Empty()).version == version("pulumi-aws")


def test_a_preview_creates_nothing_and_leaves_unknown_what_is_not_known(connect):
    props = {"name": "g", "kmsKeyId": UNKNOWN, "__defaults": ["name"]}
    answer = create(connect(), GROUP, props, preview=True)
    assert answer.id == ""
    assert to_python(answer.properties) == {"name": "g", "kmsKeyId": UNKNOWN}


def test_a_preview_of_an_update_keeps_what_the_update_does_not_touch(connect):
    state = {"name": "f", "arn": "arn:f", "memorySize": 128, "timeout": 3, "version": "1"}
    request = provider_pb2.UpdateRequest(
        type=FUNCTION,
        urn=URN.format(FUNCTION),
        preview=True,
        olds=to_struct({**state, "role": "r"}),
        old_inputs=to_struct({"name": "f", "role": "r", "memorySize": 128}),
        news=to_struct({"name": "f", "role": UNKNOWN}),
    )
    known = to_python(connect().Update(request).properties)
    # A new version may come of it, and the memory goes back to a default that is not known yet.
    assert known == {"name": "f", "role": UNKNOWN, "arn": "arn:f", "timeout": 3}


def test_an_emulator_that_is_down_is_named(connect):
    with pytest.raises(grpc.RpcError) as caught:
        create(connect(), GROUP, {"name": "g"})
    assert caught.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert str(caught.value.details()).startswith(
        f"no answer from the emulator at {NOBODY}: is it up?"
    )


def test_another_stack_is_never_written_to(connect, emulator_url):
    with pytest.raises(grpc.RpcError, match="writes for the stack 'local' only, and this is 'dev'"):
        create(connect(emulator_url), GROUP, {"name": "dev-group"}, stack="dev")


def test_each_provider_of_a_program_keeps_its_own_region(connect, emulator_url):
    near, far = connect(emulator_url), connect(emulator_url, region="us-west-2")
    made = [create(stub, GROUP, {"name": "both"}) for stub in (near, far)]
    arns = [to_python(answer.properties)["arn"] for answer in made]
    assert [arn.split(":")[3] for arn in arns] == ["eu-west-1", "us-west-2"]


def test_the_wrong_account_stops_the_run_at_once(connect, emulator_url):
    with pytest.raises(grpc.RpcError, match="allowedAccountIds allows 123456789012"):
        connect(emulator_url, allowedAccountIds='["123456789012"]')


def test_a_type_without_an_entry_is_simulated_and_named(connect, provider, emulator_url):
    stub = connect(emulator_url)
    made = [create(stub, "aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"}) for _ in range(2)]
    props = to_python(made[0].properties)
    assert provider.simulated == {"aws:ec2/vpc:Vpc"}
    assert made[0].id == made[1].id
    assert made[0].id.startswith("vpc-")
    assert props["arn"] == "arn:aws:ec2:eu-west-1:000000000000:vpc/it"
    assert props["cidrBlock"] == "10.0.0.0/16"


def test_what_can_not_be_sent_is_said_in_one_sentence(clients):
    with pytest.raises(UserError) as caught:
        Api(clients, "logs").call("put_retention_policy", {"logGroupName": "x"})
    assert str(caught.value) == (
        "logs put_retention_policy can't take these values: "
        'Missing required parameter in input: "retentionInDays"'
    )


def test_waiting_ends_when_the_run_is_cancelled(provider_config):
    clients = Clients(provider_config)
    clients.cancelled.set()
    with pytest.raises(UserError, match="cancelled while waiting for the stream"):
        Api(clients, "kinesis").wait(lambda: False, "the stream")


def test_waiting_ends_when_the_time_is_up(clients):
    with pytest.raises(UserError, match="gave up waiting for the stream; `customTimeouts`"):
        Api(clients, "kinesis", timeout=0.01).wait(lambda: False, "the stream")


def test_the_users_own_aws_setup_does_not_matter(provider_config, monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    monkeypatch.setenv("AWS_ENDPOINT_URL", NOBODY)
    monkeypatch.setenv("HTTP_PROXY", NOBODY)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "broken"))
    (tmp_path / "broken").write_text("[profile")
    assert Clients(provider_config).account == "000000000000"


def test_a_policy_document_is_made_as_the_official_plugin_makes_it(clients):
    answer = invoke(
        "aws:iam/getPolicyDocument:getPolicyDocument",
        {
            "statements": [
                {
                    "sid": "Read",
                    "actions": ["s3:GetObject", "s3:ListBucket"],
                    "resources": ["*"],
                    "principals": [{"type": "AWS", "identifiers": ["a"]}],
                    "conditions": [
                        {"test": "Bool", "variable": "aws:SecureTransport", "values": ["true"]}
                    ],
                },
                {"effect": "Deny", "notActions": ["sts:*"], "notResources": ["r"]},
            ]
        },
        clients,
    )
    assert json.loads(answer["json"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": "*",
                "Principal": {"AWS": "a"},
                "Condition": {"Bool": {"aws:SecureTransport": "true"}},
            },
            {"Effect": "Deny", "NotAction": "sts:*", "NotResource": "r"},
        ],
    }
    assert json.loads(answer["minifiedJson"]) == json.loads(answer["json"])


def test_it_knows_who_and_where_it_is(clients):
    caller = invoke("aws:index/getCallerIdentity:getCallerIdentity", {}, clients)
    assert caller["accountId"] == "000000000000"
    assert invoke("aws:index/getRegion:getRegion", {}, clients)["region"] == "eu-west-1"
    assert invoke("aws:index/getPartition:getPartition", {}, clients)["partition"] == "aws"


def test_a_data_source_it_does_not_know_is_refused_by_name(clients):
    with pytest.raises(UserError, match="does not answer aws:ec2/getVpc:getVpc; it answers"):
        invoke("aws:ec2/getVpc:getVpc", {}, clients)


PLUGIN = Path(local.provider.__file__).parent / "plugin" / "pulumi-resource-aws"


def test_as_a_plugin_it_prints_its_port_and_an_interrupt_is_a_normal_end(tmp_path):
    with subprocess.Popen(
        [PLUGIN, "127.0.0.1:9"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    ) as process:
        assert process.stdout
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            assert stub.GetPluginInfo(empty_pb2.Empty()).version
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, b"")


# Starts the plugin, says its pid, and is then killed as an engine may be.
ENGINE = """
import subprocess, sys, time
plugin = subprocess.Popen([sys.argv[1], "127.0.0.1:9"], stdout=subprocess.PIPE)
plugin.stdout.readline()
print(plugin.pid, flush=True)
time.sleep(60)
"""


def test_a_plugin_ends_with_an_engine_that_was_killed(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", ENGINE, PLUGIN], stdout=subprocess.PIPE, cwd=tmp_path
    ) as engine:
        assert engine.stdout
        plugin = int(engine.stdout.readline())
        os.kill(plugin, 0)
        engine.kill()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{plugin}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{plugin}/cmdline").exists() or not _command(plugin)


def _command(pid):
    """Empty for a process that has ended and waits to be collected."""
    return Path(f"/proc/{pid}/cmdline").read_bytes()

"""The functions that stand in for the SDK's own say what those say."""

import asyncio
import gc
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import resource, rpc

from automation import sdk_costs
from components.iam import Statement, policy_document
from tests.graph import record

# Another test may have put the replacements in place already; these are the SDK's own.
OWN: dict[str, Callable[..., Any]] = {
    name: sdk_costs.own(module, name)
    for module, name in (
        (resource, "_get_stack_trace"),
        (resource, "create_urn"),
        (rpc, "transfer_properties"),
    )
}
STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
BUCKET = "urn:pulumi:dev::shop::shop:components:Lakehouse$aws:s3/bucket:Bucket::lake-gold"


class _Resource:
    """Three constructors deep, as a resource's class is below Resource and CustomResource."""

    def __init__(self, trace: Callable[[], object], depth: int = 2) -> None:
        self.trace = trace() if depth == 0 else _Resource(trace, depth - 1).trace


def traced(trace: Callable[[], object]) -> Any:
    return _Resource(trace).trace


def made_by_the_program(trace: Callable[[], object]) -> Any:
    return traced(trace)


def resolved(make: Callable[[], pulumi.Output[Any]]) -> dict[str, Any]:
    """What an output holds once it is there."""

    async def wait() -> dict[str, Any]:
        made = make()
        return {
            "value": await made.future(with_unknowns=True),
            "known": await made.is_known(),
            "secret": await made.is_secret(),
            "resources": await made.resources(),
        }

    return asyncio.run(wait())


def test_a_trace_ends_where_the_runner_begins_and_is_the_sdks_until_there():
    entry = made_by_the_program.__code__
    for trace in (partial(sdk_costs.stack_trace, entry), OWN["_get_stack_trace"]):
        frames = made_by_the_program(trace).frames
        assert frames[0].pc.uri == Path(__file__).as_uri()
        assert frames[0].pc.line == traced.__code__.co_firstlineno + 1
    ours = made_by_the_program(partial(sdk_costs.stack_trace, entry)).frames
    theirs = made_by_the_program(OWN["_get_stack_trace"]).frames
    assert list(ours) == list(theirs)[: len(ours)]
    assert len(ours) == 1
    assert len(theirs) > len(ours)


def test_a_trace_names_every_frame_of_the_program_that_the_sdk_names():
    nowhere = compile("0", "<nowhere>", "eval")
    ours = made_by_the_program(partial(sdk_costs.stack_trace, nowhere)).frames
    theirs = made_by_the_program(OWN["_get_stack_trace"]).frames
    assert [frame.pc.uri for frame in ours] == [frame.pc.uri for frame in theirs]
    assert ours[0] == theirs[0]


@pytest.mark.parametrize("parent", [STACK, BUCKET, ""], ids=["stack", "deep", "empty"])
def test_a_urn_of_plain_text_is_the_sdks_own(parent: str):
    arguments = ("queue", "aws:sqs/queue:Queue", parent)
    made = resolved(lambda: sdk_costs.urn(OWN["create_urn"], *arguments))
    assert made == resolved(lambda: OWN["create_urn"](*arguments))
    assert made["value"].endswith("aws:sqs/queue:Queue::queue")


def test_a_urn_below_an_output_is_left_to_the_sdk():
    made = resolved(
        lambda: sdk_costs.urn(OWN["create_urn"], "q", "t:t:T", pulumi.Output.from_input(STACK))
    )
    assert made["value"] == "urn:pulumi:dev::shop::pulumi:pulumi:Stack$t:t:T::q"


class _Bare:
    """All that the function wants of a resource: a place for its outputs."""

    def __init__(self) -> None:
        self.outputs = self.__dict__


ANSWERS = [
    ("text", True, False),
    (pulumi.UNKNOWN, True, False),
    (None, False, False),
    ({"a": [1, pulumi.UNKNOWN]}, True, True),
]


@pytest.mark.parametrize(("value", "known", "secret"), ANSWERS)
def test_an_output_resolves_to_what_the_sdk_would_say(value: object, known: bool, secret: bool):
    def said(transfer: Callable[..., Any]) -> dict[str, Any]:
        other = _Bare()

        def make() -> pulumi.Output[Any]:
            res: Any = _Bare()
            resolvers = transfer(res, {"url": None, "urn": None, "id": None}, True)
            assert list(resolvers) == ["url"]
            resolvers["url"](value, known, secret, {other}, None)
            return res.url

        found = resolved(make)
        assert other in found["resources"]
        return {**found, "resources": len(found["resources"])}

    assert said(sdk_costs.transfer_properties) == said(OWN["transfer_properties"])


def test_the_property_of_a_failed_resource_raises_its_error():
    async def fail() -> None:
        res: Any = _Bare()
        resolvers = sdk_costs.transfer_properties(res, {"url": None}, True)
        resolvers["url"](None, True, False, set(), LookupError("refused"))
        with pytest.raises(LookupError, match="refused"):
            await res.url.future()

    asyncio.run(fail())


def test_the_collector_rests_within_and_is_as_before_after_an_error():
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), sdk_costs.spared(fail.__code__):
        fail()
    assert gc.isenabled()


def fail() -> None:
    assert not gc.isenabled()
    raise ZeroDivisionError


def test_policies_hold_the_text_that_the_sdk_makes_of_them_and_wait_for_the_same():
    import pulumi_aws as aws

    def program() -> None:
        queue = aws.sqs.Queue("queue")
        hidden = pulumi.Output.secret("arn:hidden")
        statement = Statement(
            sid="Send",
            actions=["sqs:SendMessage"],
            resources=[queue.arn, pulumi.Output.concat(queue.arn, "/*"), "arn:plain"],
            conditions={"ArnEquals": {"aws:SourceArn": hidden}},
            principals={"Service": "events.amazonaws.com"},
        )
        body = {
            "Sid": "Send",
            "Effect": "Allow",
            "Action": ["sqs:SendMessage"],
            "Principal": {"Service": "events.amazonaws.com"},
            "Resource": list(statement.resources),
            "Condition": statement.conditions,
        }
        theirs = pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [body]})
        aws.ssm.Parameter("ours", type="String", value=policy_document(statement))
        aws.ssm.Parameter("theirs", type="String", value=theirs)

    graph = record(program)
    ours = graph.named("ours", "aws:ssm/parameter:Parameter")
    theirs = graph.named("theirs", "aws:ssm/parameter:Parameter")
    assert ours.inputs["value"] == theirs.inputs["value"]
    assert "arn:hidden" in json.dumps(ours.inputs["value"])
    assert ours.depends_on == theirs.depends_on
    assert graph.reaches(ours, "aws:sqs/queue:Queue")


def test_a_policy_refuses_what_is_neither_text_nor_output():
    with pytest.raises(TypeError, match="neither text nor an output"):
        policy_document(Statement(sid="Bad", actions=["a:B"], resources=[sys]))  # pyright: ignore[reportArgumentType]

"""The picture of a graph: a box for each component where the data meets it, arrows the way the data
goes.
"""

from collections.abc import Callable, Sequence

import pulumi
import pulumi_aws as aws
import pytest

from automation.graph.arrows import Arrow, between
from automation.graph.flows import Flow, Kind
from automation.graph.lanes import Lane
from automation.graph.page import purposes
from automation.graph.picture import Picture, outermost, picture
from automation.graph.words import service, services
from components.encryption import Protection
from components.iam import Statement, assume, role_with, trust
from components.lakehouse import Lakehouse, LakehouseConfig, Zone
from components.naming import Site
from tests.graph import Graph, record

SITE = Site(prefix="shop", env="test", account_id="123456789012", region="eu-west-1")
PROTECTION = Protection(key_arn="arn:key", account_id=SITE.account_id)
LAKE = LakehouseConfig(retain=False)
Grants = Callable[[Lakehouse, pulumi.Output[str]], Sequence[Statement]]


class Added(pulumi.ComponentResource):
    """A component that nobody has heard of."""

    def __init__(self, grants: Sequence[Statement]) -> None:
        super().__init__("shop:components:AddedLater", "added")
        child = pulumi.ResourceOptions(parent=self)
        aws.rds.Instance("added-db", instance_class="db.t4g.micro", opts=child)
        if grants:
            role_with(
                "added-role",
                description="added",
                trusted=trust({"Service": "x"}),
                statements=grants,
                opts=child,
            )


class Streaming(pulumi.ComponentResource):
    def __init__(self) -> None:
        super().__init__("shop:components:Streaming", "streaming")
        opts = pulumi.ResourceOptions(parent=self)
        self.stream = aws.kinesis.Stream("streaming-stream", opts=opts)


def _with(grants: Grants) -> Picture:
    """A lake, a stream, a reader of both, and the added component with its grants."""

    def build() -> None:
        lake = Lakehouse("lake", LAKE, site=SITE, protection=PROTECTION)
        stream = Streaming().stream
        parent = pulumi.ComponentResource("shop:components:Reader", "reader")
        role_with(
            "reader-role",
            description="reads",
            trusted=trust({"Service": "x"}),
            statements=[*(s for zone in Zone for s in lake.read(zone)), *_read(stream.arn)],
            opts=pulumi.ResourceOptions(parent=parent),
        )
        Added(grants(lake, stream.arn))

    return picture(record(build), "test")


def _read(arn: pulumi.Output[str]) -> list[Statement]:
    return [Statement(sid="Read", actions=["kinesis:GetRecords"], resources=[arn])]


def _put(arn: pulumi.Output[str]) -> list[Statement]:
    return [Statement(sid="Put", actions=["kinesis:PutRecords"], resources=[arn])]


def _joined(shown: Picture) -> set[tuple[str, str, str]]:
    return {(arrow.source, arrow.target, arrow.label) for arrow in shown.arrows}


def test_data_goes_from_producer_to_analysts(graph: Graph, stack: str):
    arrows = _joined(picture(graph, stack))
    assert arrows >= {
        ("visitor/Public API", "producer", ""),
        ("producer", "ingest/ingest-stream", "events"),
        ("ingest/ingest-stream", "ingest/ingest-delivery", ""),
        ("ingest/ingest-stream", "consumer", "batches"),
        ("ingest/ingest-delivery", "lake/lake-bronze", "raw/"),
        ("consumer", "lake/lake-silver", "events/"),
        ("consumer", "lake/lake-bronze", "quarantine/"),
        ("lake/lake-gold", "queries", ""),
        ("queries", "visitor/Analysts", ""),
    }
    # Not the way of the grants: nobody reads from its reader.
    assert not {(target, source) for source, target, _ in arrows} & {
        ("producer", "ingest/ingest-stream"),
        ("consumer", "lake/lake-silver"),
    }


def test_every_outermost_component_has_one_box_and_no_other_has_any(graph: Graph, stack: str):
    boxes = [box.id for box in picture(graph, stack).boxes]
    owners = {outermost(graph, urn) for urn in graph.nodes} - {""}
    assert sorted(boxes) == sorted(graph.nodes[urn].name for urn in owners)


def test_what_is_switched_off_is_not_in_the_picture(graph: Graph, stack: str):
    shown = {box.component for box in picture(graph, stack).boxes}
    present = {node.type.rsplit(":", 1)[-1] for node in graph.nodes.values()}
    assert shown <= present
    assert ("Alerts" in shown) is (stack != "local")


def test_keys_and_alarms_stand_apart_and_have_no_arrows(graph: Graph, stack: str):
    shown = picture(graph, stack)
    across = {box.id for box in shown.of(Lane.ACROSS)}
    assert across >= {"keys"}
    assert across.isdisjoint({"lake", "ingest", "consumer", "producer", "transform"})
    assert not [arrow for arrow in shown.arrows if across & set(arrow.ends)]


def test_every_arrow_has_both_ends_in_the_picture(graph: Graph, stack: str):
    shown = picture(graph, stack)
    assert {end for arrow in shown.arrows for end in arrow.ends} <= shown.titles.keys()


def test_zones_stand_in_the_order_of_the_data(graph: Graph, stack: str):
    (lake,) = picture(graph, stack).of(Lane.LAKE)
    assert [part.title for part in lake.parts] == ["bronze", "silver", "gold"]


def test_who_reads_and_writes_every_zone_has_one_arrow_with_two_heads(graph: Graph, stack: str):
    shown = picture(graph, stack)
    (arrow,) = [a for a in shown.arrows if set(a.ends) == {"lake", "transform"}]
    assert arrow.both
    assert not [
        a for a in shown.arrows if "transform" in a.ends and "lake/" in f"{a.source} {a.target}"
    ]


@pytest.mark.parametrize(
    ("grants", "lane", "arrow"),
    [
        (
            lambda lake, _: lake.write(Zone.BRONZE, "cdc"),
            Lane.PROCESS,
            ("added", "lake/lake-bronze", "cdc/"),
        ),
        (lambda lake, _: lake.read(Zone.GOLD), Lane.SERVE, ("lake/lake-gold", "added", "")),
        (
            lambda lake, _: [*lake.read(Zone.BRONZE), *lake.write(Zone.SILVER)],
            Lane.BATCH,
            ("added", "lake/lake-silver", ""),
        ),
        (lambda _, arn: _put(arn), Lane.COLLECT, ("added", "streaming", "events")),
        (lambda _, arn: _read(arn), Lane.PROCESS, ("streaming", "added", "")),
    ],
    ids=["writes", "reads", "both", "puts", "polls"],
)
def test_a_new_component_finds_its_place_by_what_it_does(grants, lane, arrow):
    shown = _with(grants)
    (added,) = (box for box in shown.boxes if box.id == "added")
    assert (added.lane, added.title, added.services) == (lane, "Added Later", "RDS")
    assert arrow in _joined(shown)


def test_a_new_component_without_data_stands_with_those_that_serve_all():
    assert [box.id for box in _with(lambda _lake, _arn: []).of(Lane.ACROSS)] == ["added"]


def test_who_starts_work_stands_with_those_who_do_it():
    def build() -> None:
        job = pulumi.ComponentResource("shop:components:Job", "job")
        role = role_with(
            "job-role",
            description="works",
            trusted=trust({"Service": "x"}),
            statements=[Statement(sid="Look", actions=["s3:ListBucket"], resources=["arn:x"])],
            opts=pulumi.ResourceOptions(parent=job),
        )
        Added([assume(role.arn)])

    shown = picture(record(build), "test")
    assert [box.id for box in shown.of(Lane.BATCH)] == ["added", "job"]
    assert Arrow(source="added", target="job", kind=Kind.STARTS, label="starts") in shown.arrows


def test_a_refusal_in_a_policy_is_no_flow():
    def refused(_lake: Lakehouse, arn: pulumi.Output[str]) -> list[Statement]:
        put = ["kinesis:PutRecords"]
        return [Statement(sid="No", effect="Deny", actions=put, resources=[arn])]

    assert not [arrow for arrow in _with(refused).arrows if "added" in arrow.ends]


def _flow(source: str, target: str, kind: Kind = Kind.DATA, label: str = "") -> Flow:
    return Flow(source=source, target=target, kind=kind, label=label)


def _drawn(flows: list[Flow], wholes: dict[str, str] | None = None) -> set[Arrow]:
    ends = {end: end for flow in flows for end in (flow.source, flow.target)}
    return set(between(flows, ends, wholes or {}))


def test_two_different_labels_say_nothing_together():
    flows = [_flow("a", "b", label="raw/"), _flow("a", "b", label="errors/")]
    assert _drawn(flows) == {Arrow(source="a", target="b")}


def test_where_data_goes_a_dependency_is_not_told_too():
    assert _drawn([_flow("a", "b"), _flow("b", "a", Kind.USES)]) == {Arrow(source="a", target="b")}


def test_a_dependency_that_follows_from_others_is_left_out_and_data_never():
    chain = [_flow("a", "b", Kind.USES), _flow("b", "c", Kind.USES), _flow("a", "c", Kind.USES)]
    assert {arrow.ends for arrow in _drawn(chain)} == {("a", "b"), ("b", "c")}
    data = [_flow("a", "b"), _flow("b", "c"), _flow("a", "c")]
    assert len(_drawn(data)) == 3


def test_an_arrow_to_all_parts_is_one_to_the_whole_and_to_some_it_is_not():
    wholes = {"p": "w", "q": "w"}
    assert _drawn([_flow("a", "p", label="x/"), _flow("a", "q", label="y/")], wholes) == {
        Arrow(source="a", target="w")
    }
    assert _drawn([_flow("a", "p", label="x/"), _flow("q", "b")], wholes) == {
        Arrow(source="a", target="p", label="x/"),
        Arrow(source="q", target="b"),
    }


def test_services_have_the_names_that_people_know():
    assert service("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream") == "Firehose"
    assert service("aws:kinesis/stream:Stream") == "Kinesis"
    assert service("kubernetes:helm.sh/v3:Release") == "Helm"
    assert service("eks:index:Cluster") == "EKS"
    assert service("aws:efs/fileSystem:FileSystem") == "EFS"
    types = {"aws:iam/role:Role", "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:sqs/queue:Queue"}
    assert services(types, 24) == "SQS"
    assert services({"aws:iam/role:Role"}, 24) == "IAM role"


def test_every_component_says_what_it_is_for():
    for component, (_, purpose) in purposes().items():
        assert len(purpose) > 20, component
        assert not purpose.startswith(component), f"{component}: say what it is, not its name"

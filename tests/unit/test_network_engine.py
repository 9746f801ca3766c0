"""What a change of the network shows in a preview of the real engine: no false alarm."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from automation import engine as engines
from automation.errors import UserError
from automation.results import Op, read
from automation.session import open_offline, open_pretended
from components.network.network import Network
from settings import Settings
from tests.unit.network_graph import KEYS, SITE, config

pytestmark = pytest.mark.engine

STACK = "staging"
Build = Callable[[Settings], Mapping[str, pulumi.Output[str]]]


@pytest.fixture(scope="module")
def engine() -> engines.Engine:
    try:
        return engines.find(print)
    except UserError as missing:
        pytest.skip(str(missing))


def _with_nodes(**values: Any) -> Build:
    """A network, and in it what AWS must replace when it gets other subnets."""

    def build(_: Settings) -> Mapping[str, pulumi.Output[str]]:
        vpc = Network("network", config(**values), site=SITE, keys=KEYS).vpc
        aws.eks.NodeGroup(
            "nodes",
            cluster_name="cluster",
            node_role_arn="arn:aws:iam::111111111111:role/nodes",
            scaling_config={"min_size": 1, "max_size": 1, "desired_size": 1},
            subnet_ids=list(vpc.private_subnet_ids),
        )
        return {"vpc_id": vpc.vpc_id}

    return build


@pytest.fixture(scope="module")
def without_nat(engine: engines.Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a stack that has the network without a NAT."""
    state = tmp_path_factory.mktemp("network") / "state"
    with open_pretended(STACK, engine, state, build=_with_nodes(nat="none")) as session:
        session.up(lambda _event: None)
    return state


def _changes(engine: engines.Engine, base: Path, events: Path, **values: Any) -> dict[Op, set[str]]:
    with open_offline(
        STACK, engine, events=events, build=_with_nodes(**values), base=base
    ) as session:
        session.preview(lambda _event: None)
    found: dict[Op, set[str]] = {}
    for change in read(events.read_text().splitlines()).changes:
        found.setdefault(change.op, set()).add(change.urn.rpartition("::")[2])
    return found


@pytest.mark.parametrize(
    ("values", "made"),
    [
        ({"nat": "single"}, "network-nat-a"),
        ({"nat": "instance"}, "network-nat-group"),
        ({"nat": "none", "interface_endpoints": ["sts"]}, "network-sts"),
    ],
)
def test_a_new_way_out_is_made_and_nothing_in_the_subnets_shows_as_replaced(
    engine: engines.Engine, without_nat: Path, tmp_path: Path, values: dict[str, Any], made: str
):
    changes = _changes(engine, without_nat, tmp_path / "events.jsonl", **values)
    assert changes.keys() == {Op.CREATE, Op.SAME}
    assert made in changes[Op.CREATE]
    assert {"nodes", "network-private-a", "network-isolated-b"} <= changes[Op.SAME]

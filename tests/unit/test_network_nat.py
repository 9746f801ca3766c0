"""The NAT server: one at a time, on an interface that stays, and off when it is of no use."""

import base64
import shutil
import subprocess
from pathlib import Path

import pytest

from components.network.nat_instance import ruleset, user_data
from tests.graph import Graph
from tests.unit import network_graph as net


@pytest.fixture(scope="module")
def graph() -> Graph:
    return net.network(nat="instance", zones=["b", "c"])


def test_the_interface_that_routes_point_to_forwards_and_keeps_its_address(graph: Graph):
    interface = graph.only(net.INTERFACE)
    assert interface.inputs["sourceDestCheck"] is False
    assert interface.inputs["subnetId"] == "network-public-b-id"
    address = graph.only(net.ADDRESS)
    assert address.inputs["networkInterface"] == "network-nat-interface-id"
    assert graph.reaches(address, net.INTERNET)


def test_one_server_is_kept_on_that_interface_in_its_zone(graph: Graph):
    template, group = graph.only(net.TEMPLATE), graph.only(net.GROUP)
    assert template.inputs["networkInterfaces"] == [
        {"deviceIndex": 0, "networkInterfaceId": "network-nat-interface-id"}
    ]
    assert group.inputs["launchTemplate"]["id"] == "network-nat-template-id"
    assert (group.inputs["minSize"], group.inputs["maxSize"]) == (1, 1)
    assert group.inputs["availabilityZones"] == ["eu-west-1b"]
    # AWS takes the zone or the subnet, and with an interface the zone alone.
    assert "vpcZoneIdentifiers" not in group.inputs


def test_the_old_server_leaves_the_interface_before_the_new_one_comes(graph: Graph):
    group = graph.only(net.GROUP)
    assert group.inputs["instanceMaintenancePolicy"] == {
        "minHealthyPercentage": 0,
        "maxHealthyPercentage": 100,
    }
    assert group.inputs["instanceRefresh"]["preferences"] == {"minHealthyPercentage": 0}


def test_it_is_patched_by_being_replaced_with_the_newest_image(graph: Graph):
    assert graph.only(net.TEMPLATE).inputs["imageId"].startswith("resolve:ssm:/aws/service/ami-")
    assert graph.only(net.TEMPLATE).inputs["imageId"].endswith("-arm64")
    assert graph.only(net.GROUP).inputs["maxInstanceLifetime"] == 30 * 86_400


def test_it_has_no_role_no_key_and_no_disk_in_the_clear(graph: Graph):
    template = graph.only(net.TEMPLATE).inputs
    assert not {"iamInstanceProfile", "keyName"} & template.keys()
    assert template["metadataOptions"]["httpTokens"] == "required"
    assert template["metadataOptions"]["httpPutResponseHopLimit"] == 1
    assert template["blockDeviceMappings"][0]["ebs"]["encrypted"] == "true"
    # The one role is that of the flow logs.
    assert graph.only("aws:iam/role:Role").name == "network-flow-role"


def test_it_takes_traffic_of_the_private_tier_alone(graph: Graph):
    ingress = graph.only(net.INGRESS)
    assert ingress.inputs["cidrIpv4"] == "10.20.0.0/17"
    assert ingress.inputs["securityGroupId"] == "network-nat-firewall-id"
    assert graph.only(net.INTERFACE).inputs["securityGroups"] == ["network-nat-firewall-id"]


def test_what_the_group_launches_carries_the_stacks_tags(graph: Graph):
    wanted = {"Name": "shoptrend-test-nat", "project": "shoptrend", "environment": "test"}
    specifications = graph.only(net.TEMPLATE).inputs["tagSpecifications"]
    assert {one["resourceType"]: one["tags"] for one in specifications} == {
        "instance": wanted,
        "volume": wanted,
    }


def test_a_larger_type_is_a_setting():
    larger = net.network(nat="instance", nat_instance_type="t4g.small")
    assert larger.only(net.TEMPLATE).inputs["instanceType"] == "t4g.small"


def test_the_template_carries_the_script_for_this_network(graph: Graph):
    script = base64.b64decode(graph.only(net.TEMPLATE).inputs["userData"]).decode()
    assert script == user_data("10.20.0.0/16")
    assert len(script) < 16_384, "EC2 takes no more user data"


def test_the_internet_sees_the_servers_address_and_the_vpc_does_not():
    assert "ip saddr 10.20.0.0/16 ip daddr != 10.20.0.0/16 masquerade" in ruleset("10.20.0.0/16")


@pytest.mark.skipif(shutil.which("nft") is None, reason="nftables is not installed")
def test_nftables_takes_the_rules(tmp_path: Path):
    rules = tmp_path / "rules.nft"
    rules.write_text(ruleset("10.20.0.0/16"))
    # A network of its own, because even a check asks the kernel for leave.
    command = ["unshare", "--map-root-user", "--net", "nft", "--check", "--file", str(rules)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "unshare" in done.stderr:
        pytest.skip(f"no network namespace here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr


def _run(tmp_path: Path, *, dnf: str) -> tuple[int, list[str]]:
    """Runs the script where every command but `seq` is one that only notes its call."""
    called = tmp_path / "called"
    for command in ("dd", "chmod", "mkswap", "swapon", "sleep", "systemctl", "dnf"):
        stub = tmp_path / command
        ends = dnf if command == "dnf" else "exit 0"
        stub.write_text(f'#!/bin/bash\necho "{command} $*" >> {called}\n{ends}\n')
        stub.chmod(0o755)
    seq = shutil.which("seq")
    assert seq
    (tmp_path / "seq").symlink_to(seq)
    script = tmp_path / "user-data"
    # Only as far as it touches nothing of this machine.
    script.write_text(user_data("10.20.0.0/16").partition("cat > ")[0])
    done = subprocess.run(
        ["/bin/bash", str(script)], env={"PATH": str(tmp_path)}, check=False, capture_output=True
    )
    return done.returncode, called.read_text().splitlines()


def test_a_server_that_cannot_set_itself_up_switches_itself_off(tmp_path: Path):
    code, called = _run(tmp_path, dnf="exit 1")
    assert code != 0
    assert called.count("dnf install --assumeyes nftables") == 30
    assert called[-1] == "systemctl poweroff"


def test_a_server_whose_address_comes_late_tries_again(tmp_path: Path):
    # Four calls come before it, and between two of it one waits: the third is the ninth.
    code, called = _run(
        tmp_path, dnf=f"mapfile -t calls < {tmp_path}/called; (( ${{#calls[@]}} >= 9 ))"
    )
    assert code == 0, called
    assert called.count("dnf install --assumeyes nftables") == 3
    assert "systemctl poweroff" not in called


def test_the_script_is_one_that_bash_can_read():
    done = subprocess.run(
        ["/bin/bash", "-n"], input=user_data("10.20.0.0/16"), text=True, check=False,
        capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

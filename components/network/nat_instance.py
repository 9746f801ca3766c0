"""NAT by a server of our own: a fifth of a gateway's price, for a stack that can wait for
minutes.

The network interface stays, with its address and the routes to it; an Auto Scaling group of one
keeps a server on it. A server that fails its checks is replaced, one that cannot set itself up
switches itself off and is replaced too, and each is replaced after 30 days, which is how it gets
its patches. It calls no AWS API and nobody logs in to it, so it has no role and no key: what is
wrong with it is read from its console output, and cured by terminating it.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.network.cidr import Tier, tier_network
from components.network.labels import full_label, label

if TYPE_CHECKING:
    from components.naming import Site

# Resolved by EC2 at each launch: the newest image, and no look-up in a preview (Amazon EC2 user
# guide, "Use a Systems Manager parameter to find an AMI").
IMAGE = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-arm64"
DISK_GB = 4  # 2 for the image, 1 for swap
LIFETIME_SECONDS = 30 * 24 * 3600
ANYWHERE = "0.0.0.0/0"


def nat_instance(
    name: str,
    *,
    instance_type: str,
    site: Site,
    zone: str,
    vpc_id: pulumi.Input[str],
    cidr: str,
    subnet_id: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> tuple[aws.ec2.NetworkInterface, aws.autoscaling.Group]:
    """The network interface that routes point to, and the group, there once its server runs.

    `zone`: name of the availability zone of the public subnet.
    """
    interface = _interface(name, site, vpc_id, cidr, subnet_id, opts)
    tags = full_label(site, "nat")
    template = aws.ec2.LaunchTemplate(
        f"{name}-template",
        description="NAT of the private subnets",
        image_id=IMAGE,
        instance_type=instance_type,
        # A busy day makes it slow, not dear.
        credit_specification={"cpu_credits": "standard"},
        metadata_options={
            "http_endpoint": "enabled",
            "http_tokens": "required",
            "http_put_response_hop_limit": 1,
        },
        network_interfaces=[{"device_index": 0, "network_interface_id": interface.id}],
        block_device_mappings=[
            {
                "device_name": "/dev/xvda",
                # With the account's EBS key: it holds no data, and ours would have to admit the
                # service-linked role of Auto Scaling.
                "ebs": {"volume_size": DISK_GB, "volume_type": "gp3", "encrypted": "true"},
            }
        ],
        user_data=base64.b64encode(user_data(cidr).encode()).decode(),
        tag_specifications=[
            {"resource_type": kind, "tags": tags} for kind in ("instance", "volume")
        ],
        update_default_version=True,
        opts=opts,
    )
    group = aws.autoscaling.Group(
        f"{name}-group",
        min_size=1,
        max_size=1,
        # With an interface of its own, a group wants the zone, not the subnet (Auto Scaling user
        # guide, "Considerations for default network interface settings").
        availability_zones=[zone],
        launch_template={"id": template.id, "version": template.latest_version.apply(str)},
        health_check_type="EC2",
        max_instance_lifetime=LIFETIME_SECONDS,
        # The interface holds one server: the old one goes before the new one comes.
        instance_maintenance_policy={"min_healthy_percentage": 0, "max_healthy_percentage": 100},
        instance_refresh={"strategy": "Rolling", "preferences": {"min_healthy_percentage": 0}},
        opts=opts,
    )
    return interface, group


def _interface(
    name: str,
    site: Site,
    vpc_id: pulumi.Input[str],
    cidr: str,
    subnet_id: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> aws.ec2.NetworkInterface:
    security_group = aws.ec2.SecurityGroup(
        f"{name}-firewall",
        description="NAT: private subnets to the internet",
        vpc_id=vpc_id,
        tags=label(site, "nat"),
        opts=opts,
    )
    aws.vpc.SecurityGroupIngressRule(
        f"{name}-from-private",
        security_group_id=security_group.id,
        description="Whatever the private subnets send out",
        cidr_ipv4=str(tier_network(cidr, Tier.PRIVATE)),
        ip_protocol="-1",
        opts=opts,
    )
    aws.vpc.SecurityGroupEgressRule(
        f"{name}-to-internet",
        security_group_id=security_group.id,
        description="To the internet",
        cidr_ipv4=ANYWHERE,
        ip_protocol="-1",
        opts=opts,
    )
    interface = aws.ec2.NetworkInterface(
        f"{name}-interface",
        subnet_id=subnet_id,
        description="NAT of the private subnets",
        security_groups=[security_group.id],
        source_dest_check=False,  # it forwards what is not addressed to it
        tags=label(site, "nat"),
        opts=opts,
    )
    aws.ec2.Eip(
        f"{name}-address",
        domain="vpc",
        network_interface=interface.id,
        tags=label(site, "nat"),
        opts=opts,
    )
    return interface


def ruleset(cidr: str) -> str:
    """What nftables is to do: the internet sees the server's address instead of a private one."""
    return f"""\
flush ruleset
table ip nat {{
  chain postrouting {{
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr {cidr} ip daddr != {cidr} masquerade
  }}
}}
"""


def user_data(cidr: str) -> str:
    """The script of the first start, for Amazon Linux 2023."""
    return f"""\
#!/bin/bash
set -euo pipefail
# Without NAT it is of no use: a stopped server is replaced by its group.
trap 'systemctl poweroff' ERR

# dnf needs more memory than the smallest type has.
dd if=/dev/zero of=/swapfile bs=1M count=1024 status=none
chmod 600 /swapfile
mkswap /swapfile
swapon /swapfile

# The address may be attached a moment after the start.
for attempt in $(seq 1 30); do
  dnf install --assumeyes nftables && break
  [ "$attempt" -lt 30 ]
  sleep 10
done

cat > /etc/sysctl.d/90-nat.conf <<'END'
net.ipv4.ip_forward = 1
net.ipv4.conf.*.send_redirects = 0
END
systemctl restart systemd-sysctl

cat > /etc/sysconfig/nftables.conf <<'END'
{ruleset(cidr)}END
systemctl enable nftables
systemctl restart nftables
nft list table ip nat
"""

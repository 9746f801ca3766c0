"""The way out of the private subnets: nothing, a small server, one gateway, or one in each zone.

The names do not depend on the mode, so that a change of mode moves routes and nothing else: the
gateway of `single` is that of the first zone in `per_zone`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.network.labels import label
from components.network.nat_instance import nat_instance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.naming import Site
    from components.network.cidr import ZoneLetter
    from components.network.config import NetworkConfig


@dataclass(frozen=True, kw_only=True)
class Exit:
    """Where a private route table sends what is not for the VPC: to one of the two."""

    nat_gateway_id: pulumi.Output[str] | None = None
    network_interface_id: pulumi.Output[str] | None = None
    answers: pulumi.Resource
    """What must be there before the route leads anywhere."""


def exits(
    name: str,
    config: NetworkConfig,
    *,
    site: Site,
    vpc_id: pulumi.Input[str],
    public_subnet_ids: Mapping[ZoneLetter, pulumi.Output[str]],
    opts: pulumi.ResourceOptions,
) -> dict[ZoneLetter, Exit]:
    """The exit of each zone; none with `nat: none`.

    `public_subnet_ids`: in the order of the zones, known once they are routed to the internet
    gateway, without which AWS takes neither gateway nor address.
    """
    if config.nat == "none":
        return {}
    letters = list(public_subnet_ids)
    first = letters[0]
    if config.nat == "per_zone":
        return {
            letter: _gateway(f"{name}-nat-{letter}", site, letter, subnet_id, opts)
            for letter, subnet_id in public_subnet_ids.items()
        }
    if config.nat == "single":
        only = _gateway(f"{name}-nat-{first}", site, first, public_subnet_ids[first], opts)
    else:
        interface, group = nat_instance(
            f"{name}-nat",
            instance_type=config.nat_instance_type,
            site=site,
            zone=f"{site.region}{first}",
            vpc_id=vpc_id,
            cidr=config.cidr,
            subnet_id=public_subnet_ids[first],
            opts=opts,
        )
        only = Exit(network_interface_id=interface.id, answers=group)
    return dict.fromkeys(letters, only)


def _gateway(
    name: str,
    site: Site,
    letter: ZoneLetter,
    subnet_id: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> Exit:
    tags = label(site, f"nat-{letter}")
    address = aws.ec2.Eip(f"{name}-address", domain="vpc", tags=tags, opts=opts)
    gateway = aws.ec2.NatGateway(
        name, subnet_id=subnet_id, allocation_id=address.id, tags=tags, opts=opts
    )
    return Exit(nat_gateway_id=gateway.id, answers=gateway)

"""What other components may know of the network."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class Vpc:
    """The subnets in the order of their zones, one for each zone.

    Whoever uses the id of a subnet waits for its routes and what they lead to, so that nothing
    starts where it could not reach what it needs, and nothing loses its way out before it is gone.
    """

    vpc_id: pulumi.Output[str]
    cidr: str
    private_subnet_ids: Sequence[pulumi.Output[str]]
    """Nodes, pods and functions."""
    isolated_subnet_ids: Sequence[pulumi.Output[str]]
    """Databases: no way out of the VPC but to S3 and DynamoDB."""
    public_subnet_ids: Sequence[pulumi.Output[str]]
    """Empty with `nat: none`."""
    private_route_table_ids: Sequence[pulumi.Output[str]]

"""Where each subnet lies in the VPC: arithmetic alone, no provider.

The VPC is cut for four zones, whether a stack uses them or not, and the place of a zone follows
from its letter alone. So neither a zone that comes nor one that goes moves the subnet of another
(AWS cannot change the CIDR of a subnet: it would be replaced, with all that lies in it).

Each tier is one block, which a firewall rule can name. Of a /16:

    private   the first half          a /19 in each zone: 8,187 addresses
    isolated  the third quarter       a /20 in each zone: 4,091
    public    the last quarter        a /20 in each zone: 4,091
"""

from enum import StrEnum
from ipaddress import IPv4Network
from typing import Literal, get_args

ZoneLetter = Literal["a", "b", "c", "d"]
LETTERS: tuple[ZoneLetter, ...] = get_args(ZoneLetter)

# AWS takes /16 to /28 for a VPC (Amazon VPC user guide, "VPC CIDR blocks").
WIDEST_PREFIX = 16
# Of a /20 an isolated subnet is a /24; EKS gives every pod an address, so less is soon used up.
NARROWEST_PREFIX = 20
RESERVED_ADDRESSES = 5  # of every subnet, by AWS (Amazon VPC user guide, "Subnet sizing")
PRIVATE_NETWORKS = tuple(
    IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
# Docker's bridge, and AWS services that run on it such as SageMaker (same page, "IPv4 VPC CIDR
# blocks").
TAKEN_BY_DOCKER = IPv4Network("172.17.0.0/16")


class Tier(StrEnum):
    PRIVATE = "private"
    """Nodes, pods and functions: out through the NAT, nothing in."""
    ISOLATED = "isolated"
    """Databases: no way out of the VPC."""
    PUBLIC = "public"
    """The NAT itself."""


# (bits by which the tier's block is narrower than the VPC, which of those blocks)
_BLOCKS = {Tier.PRIVATE: (1, 0), Tier.ISOLATED: (2, 2), Tier.PUBLIC: (2, 3)}
_ZONE_BITS = 2


def vpc_network(cidr: str) -> IPv4Network:
    """The VPC's network; raises ValueError, naming the limit, when it cannot be one."""
    try:
        network = IPv4Network(cidr, strict=False)
    except ValueError:
        raise ValueError(
            f"cidr {cidr!r} is no IPv4 network: write one as in 10.20.0.0/16"
        ) from None
    if "/" not in cidr:
        raise ValueError(f"cidr {cidr} lacks its prefix: write {cidr}/16 or so (/16 to /20)")
    if str(network) != cidr:
        raise ValueError(f"cidr {cidr} is not the start of its network: write {network}")
    if network.prefixlen < WIDEST_PREFIX:
        raise ValueError(
            f"cidr {cidr} is wider than the /{WIDEST_PREFIX} that AWS takes for a VPC: write e.g. "
            f"{network.network_address}/{WIDEST_PREFIX}"
        )
    if network.prefixlen > NARROWEST_PREFIX:
        wider = network.supernet(new_prefix=NARROWEST_PREFIX)
        raise ValueError(
            f"cidr {cidr} is too small for three tiers in {len(LETTERS)} zones, /{NARROWEST_PREFIX}"
            f" is the limit: write e.g. {wider}"
        )
    if not any(network.subnet_of(private) for private in PRIVATE_NETWORKS):
        raise ValueError(
            f"cidr {cidr} is not private: its addresses belong to others; choose within "
            f"{', '.join(map(str, PRIVATE_NETWORKS))}"
        )
    if network.overlaps(TAKEN_BY_DOCKER):
        raise ValueError(
            f"cidr {cidr} overlaps {TAKEN_BY_DOCKER}, which containers use on every host: choose "
            "another, e.g. 172.20.0.0/16"
        )
    return network


def tier_network(cidr: str, tier: Tier) -> IPv4Network:
    """The block of all subnets of a tier; raises ValueError as `vpc_network` does."""
    bits, index = _BLOCKS[tier]
    return _nth(vpc_network(cidr), bits, index)


def subnet_network(cidr: str, tier: Tier, letter: ZoneLetter) -> IPv4Network:
    """The subnet of a tier in a zone; raises ValueError as `vpc_network` does."""
    return _nth(tier_network(cidr, tier), _ZONE_BITS, LETTERS.index(letter))


def usable_addresses(network: IPv4Network) -> int:
    """How many addresses AWS gives out of a subnet."""
    return network.num_addresses - RESERVED_ADDRESSES


def _nth(network: IPv4Network, bits: int, index: int) -> IPv4Network:
    prefix = network.prefixlen + bits
    start = network.network_address + index * 2 ** (network.max_prefixlen - prefix)
    return IPv4Network((start, prefix))

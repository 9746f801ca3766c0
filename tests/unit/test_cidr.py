"""Where subnets lie: inside the VPC, apart from each other, and in the same place for ever."""

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network.cidr import (
    LETTERS,
    NARROWEST_PREFIX,
    PRIVATE_NETWORKS,
    TAKEN_BY_DOCKER,
    WIDEST_PREFIX,
    Tier,
    ZoneLetter,
    subnet_network,
    tier_network,
    usable_addresses,
    vpc_network,
)


@st.composite
def vpcs(draw: st.DrawFn) -> str:
    """Every network that may be a VPC."""
    prefix = draw(st.integers(WIDEST_PREFIX, NARROWEST_PREFIX))
    within = draw(st.sampled_from(PRIVATE_NETWORKS))
    index = draw(st.integers(0, 2 ** (prefix - within.prefixlen) - 1))
    network = IPv4Network((int(within.network_address) + index * 2 ** (32 - prefix), prefix))
    return str(network) if not network.overlaps(TAKEN_BY_DOCKER) else "10.0.0.0/16"


def _subnets(cidr: str, letters: tuple[ZoneLetter, ...] = LETTERS) -> dict[str, IPv4Network]:
    return {
        f"{tier}-{letter}": subnet_network(cidr, tier, letter)
        for tier in Tier
        for letter in letters
    }


@given(vpcs())
def test_subnets_of_all_zones_lie_in_the_vpc_and_none_overlaps_another(cidr: str):
    subnets = _subnets(cidr)
    assert len(subnets) == len(Tier) * len(LETTERS)
    assert all(one.subnet_of(IPv4Network(cidr)) for one in subnets.values())
    assert not any(one.overlaps(other) for one, other in combinations(subnets.values(), 2))


@given(vpcs())
def test_the_subnets_use_up_the_vpc(cidr: str):
    used = sum(one.num_addresses for one in _subnets(cidr).values())
    assert used == IPv4Network(cidr).num_addresses


@given(vpcs(), st.permutations(LETTERS), st.integers(2, 4), st.integers(2, 4))
def test_no_zone_that_comes_or_goes_moves_the_subnet_of_another(
    cidr: str, order: list[ZoneLetter], before: int, after: int
):
    first, then = (_subnets(cidr, tuple(order[:count])) for count in (before, after))
    assert all(first[name] == then[name] for name in first.keys() & then.keys())


@given(vpcs(), st.sampled_from(Tier))
def test_a_tier_is_one_block_that_holds_its_subnets_and_no_others(cidr: str, tier: Tier):
    block = tier_network(cidr, tier)
    inside = {name for name, one in _subnets(cidr).items() if one.subnet_of(block)}
    assert inside == {f"{tier}-{letter}" for letter in LETTERS}


@given(vpcs())
def test_pods_have_room_and_no_subnet_is_below_the_least_that_aws_takes(cidr: str):
    for tier in Tier:
        subnet = subnet_network(cidr, tier, "a")
        assert subnet.prefixlen <= 28
        assert usable_addresses(subnet) >= (507 if tier is Tier.PRIVATE else 251)


def test_a_16_is_cut_as_the_page_says():
    assert {name: str(one) for name, one in _subnets("10.20.0.0/16", ("a", "b")).items()} == {
        "private-a": "10.20.0.0/19",
        "private-b": "10.20.32.0/19",
        "isolated-a": "10.20.128.0/20",
        "isolated-b": "10.20.144.0/20",
        "public-a": "10.20.192.0/20",
        "public-b": "10.20.208.0/20",
    }
    assert usable_addresses(subnet_network("10.20.0.0/16", Tier.PRIVATE, "a")) == 8187
    assert usable_addresses(subnet_network("10.20.0.0/16", Tier.ISOLATED, "a")) == 4091


@given(vpcs())
def test_what_may_be_a_vpc_is_taken_as_it_stands(cidr: str):
    assert str(vpc_network(cidr)) == cidr


@pytest.mark.parametrize(
    ("cidr", "message"),
    [
        ("office", "'office' is no IPv4 network: write one as in 10.20.0.0/16"),
        ("10.0.0.0/33", "'10.0.0.0/33' is no IPv4 network"),
        ("fd00::/48", "'fd00::/48' is no IPv4 network"),
        ("10.20.0.0", "10.20.0.0 lacks its prefix: write 10.20.0.0/16 or so"),
        ("10.20.1.0/16", "10.20.1.0/16 is not the start of its network: write 10.20.0.0/16"),
        ("10.0.0.0/8", "wider than the /16 that AWS takes for a VPC: write e.g. 10.0.0.0/16"),
        ("10.20.0.0/24", "10.20.0.0/24 is too small .* /20 is the limit: write e.g. 10.20.0.0/20"),
        ("8.8.0.0/16", "8.8.0.0/16 is not private: .* choose within 10.0.0.0/8"),
        ("100.64.0.0/16", "100.64.0.0/16 is not private"),
        ("172.17.0.0/16", "172.17.0.0/16 overlaps 172.17.0.0/16, which containers use"),
        ("172.17.16.0/20", "172.17.16.0/20 overlaps 172.17.0.0/16"),
    ],
)
def test_what_cannot_be_a_vpc_is_refused_with_the_limit_and_the_way_out(cidr: str, message: str):
    with pytest.raises(ValueError, match=message):
        vpc_network(cidr)


def _answer(text: str) -> str:
    try:
        return str(vpc_network(text))
    except ValueError as error:
        return str(error)


@given(st.text(max_size=20))
def test_whatever_is_written_there_is_taken_or_refused_in_a_sentence(text: str):
    answer = _answer(text)
    assert answer == text or answer.startswith("cidr ")

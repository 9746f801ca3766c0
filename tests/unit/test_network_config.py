"""What a stack may say of its network, and what it hears when it says something else."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from components.network import NetworkConfig, NetworkSection, NoNetwork
from components.network import missing_for_private_cluster as missing
from components.network.config import FOR_A_PRIVATE_CLUSTER, break_even_gb
from tests.unit.network_graph import MINIMUM, config

SECTION: TypeAdapter[NoNetwork | NetworkConfig] = TypeAdapter(NetworkSection)


def test_a_stack_without_a_network_says_nothing_else():
    assert SECTION.validate_python({"enabled": False}) == NoNetwork(enabled=False)
    with pytest.raises(ValidationError, match="Extra inputs"):
        SECTION.validate_python({"enabled": False, "nat": "single"})


def test_a_stack_with_a_network_says_what_costs_and_what_can_never_change():
    with pytest.raises(ValidationError) as refused:
        SECTION.validate_python({"enabled": True})
    said = {str(error["loc"][-1]) for error in refused.value.errors()}
    assert said == {"cidr", "zones", "nat", "flow_log_days"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"cidr": "10.0.0.0/8"}, "cidr 10.0.0.0/8 is wider than the /16"),
        ({"zones": ["a"]}, "at least 2 items"),
        ({"zones": ["a", "e"]}, "'a', 'b', 'c' or 'd'"),
        ({"zones": ["a", "b", "a"]}, "a stands twice"),
        ({"nat": "many"}, "'none', 'instance', 'single' or 'per_zone'"),
        ({"flow_log_days": 31}, "Input should be 1, 3, 5, 7"),
        ({"interface_endpoints": ["s3"]}, "Input should be 'aps-workspaces'"),
        ({"interface_endpoints": ["sts", "sts"]}, "sts stands twice"),
        ({"nat_instance_type": "t4g.micro"}, "nat single takes no nat_instance_type"),
        ({"nat": "instance", "nat_instance_type": "t3.nano"}, "'t4g.nano'"),
        ({"public_buckets": ["s3://vendor"]}, "'s3://vendor' is no name of a bucket"),
        ({"public_buckets": ["*"]}, r"'\*' is no name of a bucket .* without wildcards"),
        ({"colour": "blue"}, "Extra inputs are not permitted"),
    ],
)
def test_a_mistake_is_refused_with_the_way_out(values: dict[str, Any], message: str):
    with pytest.raises(ValidationError, match=message):
        NetworkConfig.model_validate({**MINIMUM, **values})


def test_without_a_nat_a_cluster_lacks_what_is_not_asked_for():
    assert missing(config(nat="none")) == FOR_A_PRIVATE_CLUSTER
    some = config(nat="none", interface_endpoints=["sts", "ec2", "eks-auth"])
    assert missing(some) == ("ecr.api", "ecr.dkr", "eks")


def test_what_pods_call_besides_is_asked_for_too_and_once():
    full = config(nat="none", interface_endpoints=list(FOR_A_PRIVATE_CLUSTER))
    assert missing(full) == ()
    assert missing(full, also=["secretsmanager", "sts"]) == ("secretsmanager",)


def test_with_a_nat_a_cluster_lacks_nothing():
    assert missing(config(nat="instance"), also=["secretsmanager"]) == ()


def test_the_description_names_the_bytes_at_which_an_endpoint_pays_for_itself():
    # $7.20 a zone and month, against 4.5 - 1 cents a GB.
    assert break_even_gb(3) == pytest.approx(3 * 7.20 / 0.035)
    text = NetworkConfig.model_fields["interface_endpoints"].description
    assert text
    assert "411 GB a month in two zones, 617 in three" in text

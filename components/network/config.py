"""What a stack may say about its network: the section `network`, and its limits.

Plain values only: it imports no provider, so that a stack without a network pays nothing for it.
"""

import re
from collections.abc import Iterable
from typing import Annotated, Literal, Self, TypeVar, get_args

from pydantic import Field, field_validator, model_validator

from components.network.cidr import ZoneLetter, vpc_network
from components.section import Section

Nat = Literal["none", "instance", "single", "per_zone"]
# Arm types with burstable CPU: translating addresses is nearly free of it.
NatInstanceType = Literal["t4g.nano", "t4g.micro", "t4g.small", "t4g.medium"]
# CloudWatch takes no other retention (CloudWatch Logs API reference, PutRetentionPolicy).
FlowLogDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
]  # fmt: skip
# The services that something of the platform calls, as PrivateLink names them.
InterfaceService = Literal[
    "aps-workspaces",
    "athena",
    "autoscaling",
    "dms",
    "ec2",
    "ec2messages",
    "ecr.api",
    "ecr.dkr",
    "eks",
    "eks-auth",
    "elasticloadbalancing",
    "events",
    "glue",
    "kinesis-firehose",
    "kinesis-streams",
    "kms",
    "lambda",
    "logs",
    "monitoring",
    "rds",
    "redshift-data",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "ssmmessages",
    "states",
    "sts",
]
INTERFACE_SERVICES: tuple[InterfaceService, ...] = get_args(InterfaceService)
# What every node and pod of a cluster calls (EKS user guide, "Deploy private clusters with limited
# internet access"; eks-auth: "Learn how EKS Pod Identity grants pods access").
FOR_A_PRIVATE_CLUSTER: tuple[InterfaceService, ...] = (
    "ec2",
    "ecr.api",
    "ecr.dkr",
    "eks",
    "eks-auth",
    "sts",
)

# List prices of us-east-1, USD (AWS PrivateLink and Amazon VPC pricing pages). Of those the sums in
# the descriptions below: a gateway is 4.5 cents an hour and half a cent for its address; a t4g.nano
# is 0.42 cents, the same address, and 4 GB of disk.
ENDPOINT_USD_PER_HOUR = 0.01  # for each zone
ENDPOINT_USD_PER_GB = 0.01
NAT_USD_PER_GB = 0.045
HOURS_PER_MONTH = 720

Item = TypeVar("Item")


def break_even_gb(zones: int) -> float:
    """GB a month of one service above which its endpoint is cheaper than a NAT that is there
    anyway.
    """
    fixed = ENDPOINT_USD_PER_HOUR * HOURS_PER_MONTH * zones
    return fixed / (NAT_USD_PER_GB - ENDPOINT_USD_PER_GB)


class NoNetwork(Section):
    """A stack without a network of its own."""

    enabled: Literal[False]


class NetworkConfig(Section):
    enabled: Literal[True] = Field(
        description="A VPC of this stack. It is free itself; `nat`, `interface_endpoints` and the "
        "flow logs cost."
    )
    cidr: str = Field(
        description="IPv4 network of the VPC, private, /16 to /20, e.g. `10.20.0.0/16`; one that "
        "no network you connect to it uses. Another one replaces the VPC and all that lies in it."
    )
    zones: list[ZoneLetter] = Field(
        min_length=2,
        max_length=4,
        description="Letters of the availability zones (2 to 4 of a to d; EKS and RDS need 2). "
        "Each keeps its addresses whichever others come or go.",
    )
    nat: Nat = Field(
        description="How private subnets reach the internet. `none`: not at all; `instance`: one "
        "small server, about $7 a month, minutes of outage when it is replaced; `single`: one "
        "gateway, $36 and 4.5 cents a GB, gone with its zone; `per_zone`: one in each zone."
    )
    nat_instance_type: NatInstanceType = Field(
        default="t4g.nano",
        description="Server of `nat: instance`; a larger one for more than 32 Mbit/s all day "
        "(t4g.nano; 64 micro, 128 small, 256 medium; all reach 5 Gbit/s for a while).",
    )
    interface_endpoints: list[InterfaceService] = Field(
        default_factory=list[InterfaceService],
        description="AWS services reached inside the VPC instead of through the NAT. Each costs "
        "$7.20 a month in each zone and 1 cent a GB: beside a NAT gateway it pays for itself above "
        f"{break_even_gb(2):.0f} GB a month in two zones, {break_even_gb(3):.0f} in three. S3 and "
        "DynamoDB are free and always there.",
    )
    public_buckets: list[str] = Field(
        default_factory=list[str],
        description="Buckets of others, in this region, that anything in the VPC may read, beside "
        "those of Amazon Linux, ECR and registry.k8s.io, e.g. a vendor's downloads. The endpoint "
        "refuses all others.",
    )
    flow_log_days: FlowLogDays = Field(
        description="Days to keep the record of who spoke to whom, one of CloudWatch's steps."
    )

    @field_validator("cidr")
    @classmethod
    def _is_a_vpc(cls, cidr: str) -> str:
        return str(vpc_network(cidr))

    @field_validator("zones", "interface_endpoints", "public_buckets")
    @classmethod
    def _each_once(cls, items: list[Item]) -> list[Item]:
        for item in items:
            if items.count(item) > 1:
                raise ValueError(f"{item} stands twice: remove one")
        return items

    @field_validator("public_buckets")
    @classmethod
    def _are_buckets(cls, buckets: list[str]) -> list[str]:
        for bucket in buckets:
            if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket):
                raise ValueError(
                    f"{bucket!r} is no name of a bucket (3 to 63 lower-case letters, digits, dots "
                    "and hyphens): give the name alone, without s3:// and without wildcards"
                )
        return buckets

    @model_validator(mode="after")
    def _the_type_belongs_to_an_instance(self) -> Self:
        if "nat_instance_type" in self.model_fields_set and self.nat != "instance":
            raise ValueError(
                f"nat {self.nat} takes no nat_instance_type (found {self.nat_instance_type}): "
                "remove it, or set nat: instance"
            )
        return self


NetworkSection = Annotated[NoNetwork | NetworkConfig, Field(discriminator="enabled")]


def missing_for_private_cluster(
    config: NetworkConfig, also: Iterable[InterfaceService] = ()
) -> tuple[InterfaceService, ...]:
    """The interface endpoints without which a cluster could not start; none with a NAT.

    `also`: what its pods call besides, e.g. `secretsmanager` for Airflow, `autoscaling` for the
    cluster autoscaler. Its images must then come from ECR of this region: there is no way to any
    other registry.
    """
    if config.nat != "none":
        return ()
    needed = dict.fromkeys((*FOR_A_PRIVATE_CLUSTER, *also))
    return tuple(service for service in needed if service not in config.interface_endpoints)

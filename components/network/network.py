"""Network: a VPC over two to four zones, its three tiers of subnets, and the ways out of them.

Zones are named by letter, not looked up. A look-up answers by account and day: a zone that AWS
opens (or takes out of service) would move subnets that hold databases, and a preview would need
credentials. The price is that a letter the region lacks is refused by AWS at `up`, not here.

It leaves out IPv6, peering and VPN, network ACLs (security groups say the same, with state), and
who may speak to whom: each component makes the security groups of what it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.network.cidr import Tier, ZoneLetter, subnet_network
from components.network.endpoints import gateway_endpoints, interface_endpoints
from components.network.flow_log import flow_log
from components.network.labels import label
from components.network.nat import exits
from components.network.vpc import Vpc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.encryption import Keys
    from components.iam import Statement
    from components.naming import Site
    from components.network.config import NetworkConfig

ANYWHERE = "0.0.0.0/0"
# By these the AWS Load Balancer Controller finds its subnets (EKS user guide, "VPC and subnet
# requirements").
LOAD_BALANCER_TAGS = {
    Tier.PRIVATE: {"kubernetes.io/role/internal-elb": "1"},
    Tier.PUBLIC: {"kubernetes.io/role/elb": "1"},
    Tier.ISOLATED: {},
}


class Network(pulumi.ComponentResource):
    vpc: Vpc

    def __init__(
        self,
        name: str,
        config: NetworkConfig,
        *,
        site: Site,
        keys: Keys,
        s3_statements: Sequence[Statement] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`s3_statements`: what may pass through the gateway to S3 besides our own."""
        super().__init__("shop:components:Network", name, {}, opts)
        self._name = name
        self._config = config
        self._site = site
        self._s3_statements = s3_statements
        self._letters: list[ZoneLetter] = sorted(config.zones)
        self._child = pulumi.ResourceOptions(parent=self)
        self._vpc_id = self._create_vpc()
        flow_log(
            name,
            site=site,
            vpc_id=self._vpc_id,
            keep_days=config.flow_log_days,
            key_arn=keys.logs,
            opts=self._child,
        )
        self.vpc = self._create_inside(self._create_public())
        self.register_outputs(
            {
                "vpc_id": self.vpc.vpc_id,
                "cidr": self.vpc.cidr,
                "public_subnet_ids": self.vpc.public_subnet_ids,
                "isolated_subnet_ids": self.vpc.isolated_subnet_ids,
                "private_subnet_ids": self.vpc.private_subnet_ids,
                "private_route_table_ids": self.vpc.private_route_table_ids,
            }
        )

    def _create_vpc(self) -> pulumi.Output[str]:
        vpc = aws.ec2.Vpc(
            f"{self._name}-vpc",
            cidr_block=self._config.cidr,
            # Both, or interface endpoints do not answer to the usual names.
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=label(self._site, "vpc"),
            opts=self._child,
        )
        # It cannot be deleted, and AWS puts whatever names no group into it: it lets nothing pass.
        aws.ec2.DefaultSecurityGroup(
            f"{self._name}-default-group",
            vpc_id=vpc.id,
            ingress=[],
            egress=[],
            tags=label(self._site, "default-empty"),
            opts=self._child,
        )
        return vpc.id

    def _create_public(self) -> dict[ZoneLetter, pulumi.Output[str]]:
        if self._config.nat == "none":
            return {}
        tags = label(self._site, "public")
        gateway = aws.ec2.InternetGateway(
            f"{self._name}-internet", vpc_id=self._vpc_id, tags=tags, opts=self._child
        )
        table = self._create_table("public")
        route = aws.ec2.Route(
            f"{self._name}-public-out",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
            opts=self._child,
        )
        return {
            letter: self._routed(Tier.PUBLIC, letter, subnet_id, table, [route])
            for letter, subnet_id in self._create_subnets(Tier.PUBLIC).items()
        }

    def _create_inside(self, public_subnet_ids: Mapping[ZoneLetter, pulumi.Output[str]]) -> Vpc:
        config = self._config
        isolated = self._create_table("isolated")
        private: dict[ZoneLetter, aws.ec2.RouteTable] = {
            letter: self._create_table(f"private-{letter}") for letter in self._letters
        }
        private_ids = self._create_subnets(Tier.PRIVATE)
        gateways = gateway_endpoints(
            self._name,
            site=self._site,
            vpc_id=self._vpc_id,
            route_table_ids=[*(table.id for table in private.values()), isolated.id],
            public_buckets=config.public_buckets,
            s3_statements=self._s3_statements,
            opts=self._child,
        )
        endpoints = interface_endpoints(
            self._name,
            config.interface_endpoints,
            site=self._site,
            vpc_id=self._vpc_id,
            cidr=config.cidr,
            subnet_ids=list(private_ids.values()),
            opts=self._child,
        )
        out = self._create_ways_out(private, public_subnet_ids)
        return Vpc(
            vpc_id=self._vpc_id,
            cidr=config.cidr,
            public_subnet_ids=list(public_subnet_ids.values()),
            isolated_subnet_ids=[
                self._routed(Tier.ISOLATED, letter, subnet_id, isolated, gateways)
                for letter, subnet_id in self._create_subnets(Tier.ISOLATED).items()
            ],
            private_subnet_ids=[
                self._routed(
                    Tier.PRIVATE,
                    letter,
                    subnet_id,
                    private[letter],
                    [*gateways, *endpoints, *out.get(letter, ())],
                )
                for letter, subnet_id in private_ids.items()
            ],
            private_route_table_ids=[table.id for table in private.values()],
        )

    def _create_ways_out(
        self,
        tables: Mapping[ZoneLetter, aws.ec2.RouteTable],
        public_subnet_ids: Mapping[ZoneLetter, pulumi.Output[str]],
    ) -> dict[ZoneLetter, list[pulumi.Resource]]:
        """The route to the NAT, and what answers there, for each zone; none with `nat: none`."""
        targets = exits(
            self._name,
            self._config,
            site=self._site,
            vpc_id=self._vpc_id,
            public_subnet_ids=public_subnet_ids,
            opts=self._child,
        )
        out: dict[ZoneLetter, list[pulumi.Resource]] = {}
        for letter, target in targets.items():
            route = aws.ec2.Route(
                f"{self._name}-private-{letter}-out",
                route_table_id=tables[letter].id,
                destination_cidr_block=ANYWHERE,
                nat_gateway_id=target.nat_gateway_id,
                network_interface_id=target.network_interface_id,
                opts=self._child,
            )
            out[letter] = [route, target.answers]
        return out

    def _create_table(self, role: str) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(
            f"{self._name}-{role}-routes",
            vpc_id=self._vpc_id,
            tags=label(self._site, role),
            opts=self._child,
        )

    def _create_subnets(self, tier: Tier) -> dict[ZoneLetter, pulumi.Output[str]]:
        return {
            letter: aws.ec2.Subnet(
                f"{self._name}-{tier}-{letter}",
                vpc_id=self._vpc_id,
                availability_zone=f"{self._site.region}{letter}",
                cidr_block=str(subnet_network(self._config.cidr, tier, letter)),
                map_public_ip_on_launch=False,
                tags=label(self._site, f"{tier}-{letter}") | LOAD_BALANCER_TAGS[tier],
                opts=self._child,
            ).id
            for letter in self._letters
        }

    def _routed(
        self,
        tier: Tier,
        letter: ZoneLetter,
        subnet_id: pulumi.Output[str],
        table: aws.ec2.RouteTable,
        after: Sequence[pulumi.Resource],
    ) -> pulumi.Output[str]:
        """The subnet's id, given out once its routes lead somewhere (see `Vpc`)."""
        association = aws.ec2.RouteTableAssociation(
            f"{self._name}-{tier}-{letter}-association",
            subnet_id=subnet_id,
            route_table_id=table.id,
            opts=self._child,
        )
        # By URN, which a preview knows too. An id that does not exist yet would make that of an old
        # subnet unknown as well, and node groups in it would show as replaced.
        urns = [resource.urn for resource in (association, *after)]
        return pulumi.Output.all(subnet_id, *urns).apply(lambda known: str(known[0]))

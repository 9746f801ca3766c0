"""The account of a cluster for `components.airflow.drain`: finds what it left, by tag, and deletes
it, with boto3.

It leaves out what EKS takes back itself: the control plane's interfaces, nodes of managed groups.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, cast

from components.airflow.drain import Kind, Leftover

# The most ARNs or names that DescribeTags of either API takes.
TAGS_AT_ONCE = 20
# Codes that say it is gone, and codes that say: not yet.
GONE = ("NotFound", "LoadBalancerNotFound", "TargetGroupNotFound")
IN_USE = (
    "DependencyViolation",
    "IncorrectState",
    "InvalidNetworkInterface.InUse",
    "OperationNotPermitted",
    "ResourceInUse",
    "VolumeInUse",
)
Page = Mapping[str, Any]
Tags = Mapping[str, str]


class Paginator(Protocol):
    def paginate(self, **request: object) -> Iterable[Page]: ...


class Client(Protocol):
    """What is used of a boto3 client, which ships without types."""

    def get_paginator(self, operation_name: str) -> Paginator: ...

    def __getattr__(self, operation: str) -> Callable[..., Page]: ...


class AwsAccount:
    """One cluster's things in one region. Needs describe and delete permissions of EC2 and Elastic
    Load Balancing, and `eks:DescribeCluster`.
    """

    def __init__(self, cluster: str, client: Callable[[str], Client]) -> None:
        """`client` makes one for a service, e.g. `ec2`."""
        self._cluster = cluster
        self._client = client
        self._ec2 = client("ec2")
        self._elbv2 = client("elbv2")
        self._elb = client("elb")

    def number(self) -> str:
        """Account number of whoever is logged in."""
        return str(self._client("sts").get_caller_identity()["Account"])

    def cluster_is_gone(self) -> bool:
        try:
            self._client("eks").describe_cluster(name=self._cluster)
        except Exception as error:
            if _code(error) != "ResourceNotFoundException":
                raise
            return True
        return False

    def find(self) -> list[Leftover]:
        found = [
            *self._balancers(),
            *self._classic_balancers(),
            *self._target_groups(),
            *self._instances(),
            *self._interfaces(),
            *self._volumes(),
            *self._security_groups(),
        ]
        return list(dict.fromkeys(found))  # a thing may carry several of the tags

    def delete(self, leftover: Leftover) -> None:
        calls: dict[Kind, Callable[[], object]] = {
            Kind.LOAD_BALANCER: lambda: self._elbv2.delete_load_balancer(
                LoadBalancerArn=leftover.id
            ),
            Kind.CLASSIC_BALANCER: lambda: self._elb.delete_load_balancer(
                LoadBalancerName=leftover.id
            ),
            Kind.TARGET_GROUP: lambda: self._elbv2.delete_target_group(TargetGroupArn=leftover.id),
            Kind.INSTANCE: lambda: self._ec2.terminate_instances(InstanceIds=[leftover.id]),
            Kind.INTERFACE: lambda: self._ec2.delete_network_interface(
                NetworkInterfaceId=leftover.id
            ),
            Kind.VOLUME: lambda: self._ec2.delete_volume(VolumeId=leftover.id),
            Kind.SECURITY_GROUP: lambda: self._ec2.delete_security_group(GroupId=leftover.id),
        }
        try:
            calls[leftover.kind]()
        except Exception as error:
            code = _code(error)
            if not code.endswith(GONE) and code not in IN_USE:
                raise

    def _balancers(self) -> Iterator[Leftover]:
        pages = self._elbv2.get_paginator("describe_load_balancers").paginate()
        found = {one["LoadBalancerArn"]: one for page in pages for one in page["LoadBalancers"]}
        for arn in self._tagged_elbv2(list(found)):
            yield Leftover(kind=Kind.LOAD_BALANCER, id=arn, label=found[arn]["LoadBalancerName"])

    def _target_groups(self) -> Iterator[Leftover]:
        pages = self._elbv2.get_paginator("describe_target_groups").paginate()
        found = {one["TargetGroupArn"]: one for page in pages for one in page["TargetGroups"]}
        for arn in self._tagged_elbv2(list(found)):
            yield Leftover(kind=Kind.TARGET_GROUP, id=arn, label=found[arn]["TargetGroupName"])

    def _tagged_elbv2(self, arns: Sequence[str]) -> Iterator[str]:
        for batch in _batches(arns):
            answer = self._elbv2.describe_tags(ResourceArns=batch)
            for one in answer["TagDescriptions"]:
                if self._is_ours(one["Tags"]):
                    yield one["ResourceArn"]

    def _classic_balancers(self) -> Iterator[Leftover]:
        pages = self._elb.get_paginator("describe_load_balancers").paginate()
        names = [
            one["LoadBalancerName"] for page in pages for one in page["LoadBalancerDescriptions"]
        ]
        for batch in _batches(names):
            answer = self._elb.describe_tags(LoadBalancerNames=batch)
            for one in answer["TagDescriptions"]:
                if self._is_ours(one["Tags"]):
                    name = one["LoadBalancerName"]
                    yield Leftover(kind=Kind.CLASSIC_BALANCER, id=name, label=name)

    def _instances(self) -> Iterator[Leftover]:
        for reservation in self._described("instances", "Reservations"):
            for one in reservation["Instances"]:
                state = one["State"]["Name"]
                if state != "terminated":
                    yield _of_ec2(Kind.INSTANCE, one, "InstanceId", free=state != "shutting-down")

    def _interfaces(self) -> Iterator[Leftover]:
        for one in self._described("network_interfaces", "NetworkInterfaces"):
            yield _of_ec2(
                Kind.INTERFACE, one, "NetworkInterfaceId", free=one["Status"] == "available"
            )

    def _volumes(self) -> Iterator[Leftover]:
        for one in self._described("volumes", "Volumes"):
            if one["State"] not in ("deleting", "deleted"):
                yield _of_ec2(Kind.VOLUME, one, "VolumeId", free=one["State"] == "available")

    def _security_groups(self) -> Iterator[Leftover]:
        for one in self._described("security_groups", "SecurityGroups"):
            yield _of_ec2(Kind.SECURITY_GROUP, one, "GroupId", free=True)

    def _described(self, what: str, key: str) -> Iterator[Page]:
        # Several filters mean all of them, so one question for each tag.
        for tag, value in tags_of(self._cluster).items():
            pages = self._ec2.get_paginator(f"describe_{what}").paginate(
                Filters=[{"Name": f"tag:{tag}", "Values": [value]}]
            )
            for page in pages:
                yield from page[key]

    def _is_ours(self, tags: Sequence[Tags]) -> bool:
        found = {tag["Key"]: tag["Value"] for tag in tags}
        return any(found.get(tag) == value for tag, value in tags_of(self._cluster).items())


def tags_of(cluster: str) -> Tags:
    """Who sets them: the cloud controller and the EBS driver; the load balancer controller; Auto
    Mode; the VPC CNI. A network that is only shared with the cluster says `shared`, not `owned`.
    """
    return {
        f"kubernetes.io/cluster/{cluster}": "owned",
        "elbv2.k8s.aws/cluster": cluster,
        "eks:eks-cluster-name": cluster,
        "cluster.k8s.amazonaws.com/name": cluster,
    }


def _of_ec2(kind: Kind, one: Page, key: str, *, free: bool) -> Leftover:
    return Leftover(kind=kind, id=one[key], label=one[key], free=free)


def _batches(names: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), TAGS_AT_ONCE):
        yield list(names[start : start + TAGS_AT_ONCE])


def _code(error: Exception) -> str:
    """AWS's code of a botocore ClientError; any other error has none."""
    response = cast("Page", getattr(error, "response", {}))
    return str(response.get("Error", {}).get("Code", ""))

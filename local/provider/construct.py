"""Components that a plugin makes (`Construct`), in plan mode: registered, with unknown outputs.

Of their inside only the control plane and the node groups are planned, with what their arguments
say: these carry the cost and the exposure. The rest (roles, security groups, add-ons) is left out.
"""

from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import cast

import grpc
from pulumi.runtime.proto import provider_pb2, resource_pb2, resource_pb2_grpc

from local.provider import made_up, sdk
from local.provider.values import SIGNATURE, UNKNOWN, Json, Props, to_python, to_struct

# The engine's mark of an output that is a resource (sdk/go/common/resource: signatures).
_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"

# A component's argument → the input of the one resource that is planned inside it.
_CLUSTER = {
    "enabledClusterLogTypes": "enabledClusterLogTypes",
    "name": "name",
    "tags": "tags",
    "version": "version",
}
_VPC = {
    "endpointPrivateAccess": "endpointPrivateAccess",
    "endpointPublicAccess": "endpointPublicAccess",
    "publicAccessCidrs": "publicAccessCidrs",
    "privateSubnetIds": "subnetIds",
    "subnetIds": "subnetIds",
}
_NODES = {
    name: name
    for name in (
        "amiType",
        "capacityType",
        "clusterName",
        "diskSize",
        "instanceTypes",
        "labels",
        "nodeGroupName",
        "scalingConfig",
        "subnetIds",
        "tags",
        "taints",
        "version",
    )
}


async def component(
    request: provider_pb2.ConstructRequest, has_outputs: Callable[[str], bool]
) -> provider_pb2.ConstructResponse:
    """Registers the component with the engine that asks: the SDK's globals are the program's.

    `has_outputs` says of the component's URN whether it has made-up outputs already. They stay
    what they are unless one of the resources inside is new or replaced.
    """
    async with grpc.aio.insecure_channel(request.monitorEndpoint) as channel:
        monitor = cast(
            "resource_pb2_grpc.ResourceMonitorAsyncStub",
            resource_pb2_grpc.ResourceMonitorStub(channel),
        )
        outer = await _register(monitor, _component(request))
        made = has_outputs(outer.urn)
        known = made_up.shaped(request.type, outer.urn) if made else None
        inside: list[resource_pb2.RegisterResourceResponse] = []
        arguments = to_python(request.inputs)
        for type_, suffix, inputs in _children(request.type, arguments, made=made):
            child = _inside(request, type_, f"{request.name}-{suffix}", outer.urn, inputs)
            inside.append(await _register(monitor, child))
        done = resource_pb2.RegisterResourceOutputsRequest(urn=outer.urn, outputs=to_struct({}))
        await monitor.RegisterResourceOutputs(done)  # pyright: ignore[reportUnknownMemberType] (an incomplete stub)
    # A preview gives no id to what would be new or replaced.
    if known is None or not all(child.id for child in inside):
        known = dict.fromkeys(sdk.outputs(request.type), UNKNOWN)
    elif request.type == "eks:index:Cluster":
        known |= _with_cluster(known, inside[0])
    return provider_pb2.ConstructResponse(urn=outer.urn, state=to_struct(known))


def _component(request: provider_pb2.ConstructRequest) -> resource_pb2.RegisterResourceRequest:
    return resource_pb2.RegisterResourceRequest(
        type=request.type,
        name=request.name,
        parent=request.parent,
        custom=False,
        protect=request.protect,
        providers=dict(request.providers),
        dependencies=list(request.dependencies),
        acceptSecrets=True,
        supportsPartialValues=True,
        object=request.inputs,
    )


def _inside(
    request: provider_pb2.ConstructRequest, type_: str, name: str, parent: str, inputs: Props
) -> resource_pb2.RegisterResourceRequest:
    return resource_pb2.RegisterResourceRequest(
        type=type_,
        name=name,
        parent=parent,
        custom=True,
        protect=request.protect,
        provider=request.providers.get("aws", ""),
        version=version("pulumi-aws"),
        acceptSecrets=True,
        supportsPartialValues=True,
        object=to_struct(inputs),
    )


def _with_cluster(known: Props, child: resource_pb2.RegisterResourceResponse) -> Props:
    """Where the component gives out the cluster itself, as a resource."""
    cluster: Props = {
        SIGNATURE: _REFERENCE,
        "urn": child.urn,
        "id": child.id,
        "packageVersion": version("pulumi-aws"),
    }
    return {"eksCluster": cluster, "core": {**known.get("core", {}), "cluster": cluster}}


async def _register(
    monitor: "resource_pb2_grpc.ResourceMonitorAsyncStub",
    request: resource_pb2.RegisterResourceRequest,
) -> resource_pb2.RegisterResourceResponse:
    answer = await monitor.RegisterResource(request)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] (an incomplete stub)
    return cast("resource_pb2.RegisterResourceResponse", answer)


def _children(type_: str, arguments: Props, *, made: bool) -> list[tuple[str, str, Props]]:
    """Type, last part of the name, and inputs of what is planned inside a component."""
    own = "made-up" if made else UNKNOWN  # what the component's own resources would give
    if type_ == "eks:index:Cluster":
        inputs: Props = {
            "roleArn": own,
            **_taken(arguments, _CLUSTER),
            "vpcConfig": _taken(arguments, _VPC),
        }
        if "encryptionConfigKeyArn" in arguments:
            key = {"keyArn": arguments["encryptionConfigKeyArn"]}
            inputs["encryptionConfig"] = {"provider": key, "resources": ["secrets"]}
        return [("aws:eks/cluster:Cluster", "eksCluster", inputs)]
    if type_ == "eks:index:ManagedNodeGroup":
        inputs = {"nodeRoleArn": own, "clusterName": own, **_taken(arguments, _NODES)}
        return [("aws:eks/nodeGroup:NodeGroup", "nodes", inputs)]
    return []


def _taken(arguments: Props, names: Mapping[str, str]) -> dict[str, Json]:
    return {new: arguments[old] for old, new in names.items() if old in arguments}

"""Components that a plugin makes (`Construct`), in plan mode: registered, with unknown outputs.

Of their inside only the control plane and the node groups are planned, with what their arguments
say: these carry the cost and the exposure. The rest (roles, security groups, add-ons) is left out.
"""

from collections.abc import Mapping
from importlib.metadata import version
from typing import cast

import grpc
from pulumi.runtime.proto import provider_pb2, resource_pb2, resource_pb2_grpc

from local.provider import sdk
from local.provider.values import UNKNOWN, Json, Props, to_python, to_struct

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


async def component(request: provider_pb2.ConstructRequest) -> provider_pb2.ConstructResponse:
    """Registers the component with the engine that asks: the SDK's globals are the program's."""
    async with grpc.aio.insecure_channel(request.monitorEndpoint) as channel:
        monitor = cast(
            "resource_pb2_grpc.ResourceMonitorAsyncStub",
            resource_pb2_grpc.ResourceMonitorStub(channel),
        )
        urn = await _register(
            monitor,
            resource_pb2.RegisterResourceRequest(
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
            ),
        )
        for type_, suffix, inputs in _children(request.type, to_python(request.inputs)):
            await _register(
                monitor,
                resource_pb2.RegisterResourceRequest(
                    type=type_,
                    name=f"{request.name}-{suffix}",
                    parent=urn,
                    custom=True,
                    protect=request.protect,
                    provider=request.providers.get("aws", ""),
                    version=version("pulumi-aws"),
                    acceptSecrets=True,
                    supportsPartialValues=True,
                    object=to_struct(inputs),
                ),
            )
        done = resource_pb2.RegisterResourceOutputsRequest(urn=urn, outputs=to_struct({}))
        await monitor.RegisterResourceOutputs(done)  # pyright: ignore[reportUnknownMemberType] (an incomplete stub)
    outputs = dict.fromkeys(sdk.outputs(request.type), UNKNOWN)
    return provider_pb2.ConstructResponse(urn=urn, state=to_struct(outputs))


async def _register(
    monitor: "resource_pb2_grpc.ResourceMonitorAsyncStub",
    request: resource_pb2.RegisterResourceRequest,
) -> str:
    answer = await monitor.RegisterResource(request)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] (an incomplete stub)
    return cast("resource_pb2.RegisterResourceResponse", answer).urn


def _children(type_: str, arguments: Props) -> list[tuple[str, str, Props]]:
    """Type, last part of the name, and inputs of what is planned inside a component."""
    if type_ == "eks:index:Cluster":
        inputs: Props = {
            "roleArn": UNKNOWN,
            **_taken(arguments, _CLUSTER),
            "vpcConfig": _taken(arguments, _VPC),
        }
        return [("aws:eks/cluster:Cluster", "eksCluster", inputs)]
    if type_ == "eks:index:ManagedNodeGroup":
        inputs = {"nodeRoleArn": UNKNOWN, "clusterName": UNKNOWN, **_taken(arguments, _NODES)}
        return [("aws:eks/nodeGroup:NodeGroup", "nodes", inputs)]
    return []


def _taken(arguments: Props, names: Mapping[str, str]) -> dict[str, Json]:
    return {new: arguments[old] for old, new in names.items() if old in arguments}

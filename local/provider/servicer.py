"""The gRPC face of the provider: decodes what the engine asks, hands it on, encodes the answer.

It decides nothing about AWS. Blocking work runs in threads, so that the engine's parallel requests stay parallel.
"""

import asyncio
from collections.abc import Callable
from importlib.metadata import version
from typing import TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import (
    engine_pb2,
    engine_pb2_grpc,
    plugin_pb2,
    provider_pb2,
    provider_pb2_grpc,
    status_pb2,
)

from local.provider import lifecycle, simulated
from local.provider.check import Checked, Naming, check
from local.provider.clients import Api, Clients
from local.provider.config import check_account, parse
from local.provider.diff import diff
from local.provider.errors import PartialFailureError, UserError
from local.provider.invokes import invoke
from local.provider.resource import ResourceType
from local.provider.types import TABLE
from local.provider.values import Props, has_unknown, overlay, to_python, to_struct

STACK = "local"
T = TypeVar("T")
Context = grpc.aio.ServicerContext


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One for a whole run. Each provider resource of the program has a connection, and so a configuration, of its own."""

    def __init__(self, engine_address: str = "") -> None:
        self.simulated: set[str] = set()
        self._engine_address = engine_address
        self._connections: dict[str, Clients] = {}

    async def Handshake(self, request: provider_pb2.ProviderHandshakeRequest, context: Context):
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "Handshake is not needed")

    async def Attach(self, request: plugin_pb2.PluginAttach, context: Context):
        self._engine_address = request.address
        return empty_pb2.Empty()

    async def GetPluginInfo(self, request: empty_pb2.Empty, context: Context):
        return plugin_pb2.PluginInfo(version=version("pulumi-aws"))

    async def Cancel(self, request: empty_pb2.Empty, context: Context):
        """Also sent at every normal end, so it means no more than: stop waiting."""
        if clients := self._connections.get(context.peer()):
            clients.cancelled.set()
        return empty_pb2.Empty()

    async def CheckConfig(self, request: provider_pb2.CheckRequest, context: Context):
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: provider_pb2.DiffRequest, context: Context):
        changed = request.olds != request.news
        return provider_pb2.DiffResponse(changes=_some(changed))

    async def Configure(self, request: provider_pb2.ConfigureRequest, context: Context):
        def configure() -> Clients:
            config = parse(request.variables)
            clients = Clients(config)
            if config.allowed_account_ids or config.forbidden_account_ids:
                check_account(config, clients.account)
            return clients

        self._connections[context.peer()] = await _run(context, configure)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=False, supportsPreview=True, supports_autonaming_configuration=True
        )

    async def Invoke(self, request: provider_pb2.InvokeRequest, context: Context):
        clients = await self._clients(context)
        answer = await _run(context, lambda: invoke(request.tok, to_python(request.args), clients))
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(to_struct(answer))
        return response

    async def Check(self, request: provider_pb2.CheckRequest, context: Context):
        clients = await self._clients(context)
        kind = TABLE.get(request.type)
        if kind is None:
            return provider_pb2.CheckResponse(inputs=request.news)
        offered = request.autonaming
        mode = provider_pb2.CheckRequest.AutonamingOptions
        naming = Naming(
            logical=request.name,
            seed=request.randomSeed,
            proposed=offered.proposed_name,
            enforced=offered.mode == mode.ENFORCE,
            disabled=offered.mode == mode.DISABLE,
        )
        checked: Checked = check(
            kind, clients.config, to_python(request.news), to_python(request.olds), naming
        )
        return provider_pb2.CheckResponse(
            inputs=overlay(request.news, checked.additions),
            failures=[
                provider_pb2.CheckFailure(property=name, reason=reason)
                for name, reason in checked.failures
            ],
        )

    async def Diff(self, request: provider_pb2.DiffRequest, context: Context):
        kind = TABLE.get(request.type)
        found = diff(kind, to_python(request.old_inputs), to_python(request.news))
        detail: dict[str, provider_pb2.PropertyDiff] = {}
        for path, change in found.changes.items():
            name = f"{change.value}_REPLACE" if path in found.replaces else change.value
            detail[path] = provider_pb2.PropertyDiff(
                kind=provider_pb2.PropertyDiff.Kind.Value(name), inputDiff=True
            )
        return provider_pb2.DiffResponse(
            changes=_some(bool(detail)),
            detailedDiff=detail,
            hasDetailedDiff=True,
            deleteBeforeReplace=found.delete_first,
        )

    async def Create(self, request: provider_pb2.CreateRequest, context: Context):
        if request.preview:
            return provider_pb2.CreateResponse(properties=overlay(request.properties, {"__defaults": None}))
        clients = await self._writing(request.urn, context)
        inputs = to_python(request.properties)
        kind = TABLE.get(request.type)
        if kind is None:
            self.simulated.add(request.type)
            region = inputs.get("region") or clients.config.region
            id_, outputs = await _run(
                context,
                lambda: simulated.create(
                    request.type, request.urn, inputs, region=region, account=clients.account
                ),
            )
        else:
            api = _api(clients, kind, inputs, request.timeout)
            id_, outputs = await _run(context, lambda: lifecycle.create(kind, api, inputs))
        return provider_pb2.CreateResponse(id=id_, properties=to_struct(outputs))

    async def Update(self, request: provider_pb2.UpdateRequest, context: Context):
        kind = TABLE.get(request.type)
        olds, news = to_python(request.olds), to_python(request.news)
        old_inputs = to_python(request.old_inputs)
        kept = _kept(kind, old_inputs, news, olds)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=overlay(request.news, kept))
        clients = await self._writing(request.urn, context)
        if kind is None:
            self.simulated.add(request.type)
            return provider_pb2.UpdateResponse(properties=overlay(request.news, kept))
        api = _api(clients, kind, news, request.timeout)
        outputs = await _run(
            context, lambda: lifecycle.update(kind, api, request.id, old_inputs, news)
        )
        return provider_pb2.UpdateResponse(properties=to_struct(outputs))

    async def Delete(self, request: provider_pb2.DeleteRequest, context: Context):
        clients = await self._writing(request.urn, context)
        if kind := TABLE.get(request.type):
            state = to_python(request.properties)
            inputs = to_python(request.old_inputs) or state
            api = _api(clients, kind, state, request.timeout)
            await _run(context, lambda: lifecycle.delete(kind, api, request.id, inputs, state))
        return empty_pb2.Empty()

    async def Read(self, request: provider_pb2.ReadRequest, context: Context):
        kind = TABLE.get(request.type)
        if kind is None:
            self.simulated.add(request.type)
            return provider_pb2.ReadResponse(
                id=request.id, properties=request.properties, inputs=request.inputs
            )
        clients = await self._clients(context)
        inputs = to_python(request.inputs)
        api = _api(clients, kind, inputs, 0)
        found = await _run(context, lambda: lifecycle.read(kind, api, request.id, inputs))
        if found is None:
            return provider_pb2.ReadResponse()
        # The engine's own copy of what did not change: it alone holds the assets whole.
        now = {key: value for key, value in found[0].items() if inputs.get(key) != value}
        gone: Props = {key: None for key in inputs.keys() - found[0].keys()}
        return provider_pb2.ReadResponse(
            id=request.id,
            properties=to_struct(found[1]),
            inputs=overlay(request.inputs, {**now, **gone}),
        )

    async def _clients(self, context: Context) -> Clients:
        clients = self._connections.get(context.peer())
        if clients is None and len(self._connections) == 1:
            clients = next(iter(self._connections.values()))  # the engine connected anew
        if clients is None:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "the provider is not configured")
        return clients

    async def _writing(self, urn: str, context: Context) -> Clients:
        """The clients, for a request that changes something: only for the stack that this provider is for."""
        stack = urn.removeprefix("urn:pulumi:").partition("::")[0]
        if stack != STACK:
            await context.abort(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"the local provider writes for the stack {STACK!r} only, and this is {stack!r}: "
                "take its plugin off the path (PULUMI_DEBUG_PROVIDERS, plugins.providers) and run again",
            )
        return await self._clients(context)

    async def log(self, message: str, urn: str = "") -> None:
        """A warning under a resource. Errors are never logged: the engine would mark the resource as failed."""
        if self._engine_address:
            async with grpc.aio.insecure_channel(self._engine_address) as channel:
                request = engine_pb2.LogRequest(
                    severity=engine_pb2.LogSeverity.WARNING, message=message, urn=urn
                )
                await engine_pb2_grpc.EngineStub(channel).Log(request)


async def _run(context: Context, work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except UserError as error:
        await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
    except PartialFailureError as error:
        await context.abort_with_status(_partial(error))
    except Exception as error:
        # A fault of this provider, not of the user: its place helps whoever mends it.
        await context.abort(grpc.StatusCode.INTERNAL, f"the local provider failed: {error!r}")


class _Status(grpc.Status):
    def __init__(self, details: str, packed: bytes) -> None:
        self.code = grpc.StatusCode.UNKNOWN
        self.details = details
        self.trailing_metadata = (("grpc-status-details-bin", packed),)


def _partial(error: PartialFailureError) -> grpc.Status:
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message="; ".join(error.reasons))
    status.details.add().Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=error.id,
            properties=to_struct(error.outputs),
            inputs=to_struct(error.inputs),
            reasons=error.reasons,
        )
    )
    return _Status(status.message, status.SerializeToString())


def _kept(kind: ResourceType | None, old_inputs: Props, news: Props, olds: Props) -> Props:
    """Outputs that an update does not touch: a preview that leaves them out makes all that depends on them unknown."""
    volatile = kind.volatile if kind else frozenset[str]()
    kept = {
        key: value
        for key, value in olds.items()
        if key not in news and key not in old_inputs and key not in volatile and not has_unknown(value)
    }
    return {**kept, "__defaults": None}


def _api(clients: Clients, kind: ResourceType, props: Props, timeout: float) -> Api:
    return Api(clients, kind.service, region=str(props.get("region") or ""), timeout=timeout)


def _some(changed: bool) -> provider_pb2.DiffResponse.DiffChanges.ValueType:
    response = provider_pb2.DiffResponse
    return response.DIFF_SOME if changed else response.DIFF_NONE

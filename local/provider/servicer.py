"""The gRPC face of the provider: decodes what the engine asks, hands it on, encodes the answer.

It decides nothing about AWS. Blocking work runs in threads, so that the engine's parallel requests
stay parallel.
"""
# ruff: noqa: N802 (the names of the methods are the protocol's)

from importlib.metadata import version
from typing import cast

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import (
    engine_pb2,
    engine_pb2_grpc,
    plugin_pb2,
    provider_pb2,
    provider_pb2_grpc,
)

from local.provider import lifecycle, simulated
from local.provider.answers import Context, refuse, run
from local.provider.check import Naming, check
from local.provider.clients import Api, Clients
from local.provider.config import check_account, parse
from local.provider.diff import diff
from local.provider.invokes import invoke
from local.provider.resource import ResourceType
from local.provider.types import TABLE
from local.provider.values import Props, has_unknown, overlay, to_python, to_struct

# The one stack whose resources this provider may touch.
STACK = "local"


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One for all providers of a run: each has a connection of its own, and so its own clients."""

    def __init__(self, engine_address: str = "") -> None:
        self.simulated: set[str] = set()
        self._engine_address = engine_address
        self._connections: dict[str, Clients] = {}

    async def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: Context
    ) -> provider_pb2.ProviderHandshakeResponse:
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "no handshake is needed")

    async def Attach(self, request: plugin_pb2.PluginAttach, context: Context) -> empty_pb2.Empty:
        self._engine_address = request.address
        return empty_pb2.Empty()

    async def GetPluginInfo(
        self, request: empty_pb2.Empty, context: Context
    ) -> plugin_pb2.PluginInfo:
        # The SDK's own: the engine warns about an older plugin.
        return plugin_pb2.PluginInfo(version=version("pulumi-aws"))

    async def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        """Also sent at every normal end, so it means no more than: stop waiting."""
        if clients := self._connections.get(context.peer()):
            clients.cancelled.set()
        return empty_pb2.Empty()

    def cancel_all(self) -> None:
        for clients in self._connections.values():
            clients.cancelled.set()

    async def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: Context
    ) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(
        self, request: provider_pb2.DiffRequest, context: Context
    ) -> provider_pb2.DiffResponse:
        return provider_pb2.DiffResponse(changes=_some(request.olds != request.news))

    async def Configure(
        self, request: provider_pb2.ConfigureRequest, context: Context
    ) -> provider_pb2.ConfigureResponse:
        def configure() -> Clients:
            config = parse(request.variables)
            clients = Clients(config)
            if config.allowed_account_ids or config.forbidden_account_ids:
                check_account(config, clients.account)
            return clients

        self._connections[context.peer()] = await run(context, configure)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=False, supportsPreview=True, supports_autonaming_configuration=True
        )

    async def Invoke(
        self, request: provider_pb2.InvokeRequest, context: Context
    ) -> provider_pb2.InvokeResponse:
        clients = await self._clients(context)
        answer = await run(context, lambda: invoke(request.tok, to_python(request.args), clients))
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(to_struct(answer))
        return response

    async def Check(
        self, request: provider_pb2.CheckRequest, context: Context
    ) -> provider_pb2.CheckResponse:
        clients = await self._clients(context)
        kind = TABLE.get(request.type)
        if kind is None:
            return provider_pb2.CheckResponse(inputs=request.news)
        offered = request.autonaming
        naming = Naming(
            logical=request.name,
            seed=request.randomSeed,
            proposed=offered.proposed_name,
            enforced=offered.mode == offered.ENFORCE,
            disabled=offered.mode == offered.DISABLE,
        )
        news, olds = to_python(request.news), to_python(request.olds)
        checked = check(kind, clients.config, news, olds, naming)
        return provider_pb2.CheckResponse(
            inputs=overlay(request.news, checked.additions),
            failures=[
                provider_pb2.CheckFailure(property=name, reason=reason)
                for name, reason in checked.failures
            ],
        )

    async def Diff(
        self, request: provider_pb2.DiffRequest, context: Context
    ) -> provider_pb2.DiffResponse:
        kind = TABLE.get(request.type)
        found = diff(kind, to_python(request.old_inputs), to_python(request.news))
        detail: dict[str, provider_pb2.PropertyDiff] = {}
        for path, change in found.changes.items():
            name = f"{change.value}_REPLACE" if path in found.replaces else change.value
            number = provider_pb2.PropertyDiff.Kind.Value(name)
            detail[path] = provider_pb2.PropertyDiff(kind=number, inputDiff=True)
        return provider_pb2.DiffResponse(
            changes=_some(bool(detail)),
            detailedDiff=detail,
            hasDetailedDiff=True,
            deleteBeforeReplace=found.delete_first,
        )

    async def Create(
        self, request: provider_pb2.CreateRequest, context: Context
    ) -> provider_pb2.CreateResponse:
        if request.preview:
            known = overlay(request.properties, {"__defaults": None})
            return provider_pb2.CreateResponse(properties=known)
        clients = await self._writing(request.urn, context)
        inputs = to_python(request.properties)
        kind = TABLE.get(request.type)
        if kind is None:
            await self._note_simulated(request.type, request.urn)
            id_, outputs = await run(
                context, lambda: simulated.create(request.type, request.urn, inputs, clients)
            )
        else:
            api = _api(clients, kind, inputs, request.timeout)
            id_, outputs = await run(context, lambda: lifecycle.create(kind, api, inputs))
        return provider_pb2.CreateResponse(id=id_, properties=to_struct(outputs))

    async def Update(
        self, request: provider_pb2.UpdateRequest, context: Context
    ) -> provider_pb2.UpdateResponse:
        kind = TABLE.get(request.type)
        old, new = to_python(request.old_inputs), to_python(request.news)
        kept = _kept(kind, old, new, to_python(request.olds))
        if request.preview:
            return provider_pb2.UpdateResponse(properties=overlay(request.news, kept))
        clients = await self._writing(request.urn, context)
        if kind is None:
            await self._note_simulated(request.type, request.urn)
            return provider_pb2.UpdateResponse(properties=overlay(request.news, kept))
        api = _api(clients, kind, new, request.timeout)
        outputs = await run(context, lambda: lifecycle.update(kind, api, request.id, old, new))
        return provider_pb2.UpdateResponse(properties=to_struct(outputs))

    async def Delete(
        self, request: provider_pb2.DeleteRequest, context: Context
    ) -> empty_pb2.Empty:
        clients = await self._writing(request.urn, context)
        if kind := TABLE.get(request.type):
            state = to_python(request.properties)
            inputs = to_python(request.old_inputs) or state
            api = _api(clients, kind, state, request.timeout)
            await run(context, lambda: lifecycle.delete(kind, api, request.id, inputs, state))
        return empty_pb2.Empty()

    async def Read(
        self, request: provider_pb2.ReadRequest, context: Context
    ) -> provider_pb2.ReadResponse:
        kind = TABLE.get(request.type)
        if kind is None:
            await self._note_simulated(request.type, request.urn)
            return provider_pb2.ReadResponse(
                id=request.id, properties=request.properties, inputs=request.inputs
            )
        clients = await self._clients(context)
        inputs = to_python(request.inputs)
        api = _api(clients, kind, inputs or to_python(request.properties), 0)
        found = await run(context, lambda: lifecycle.read(kind, api, request.id, inputs))
        if found is None:
            return provider_pb2.ReadResponse()
        held, outputs = found
        return provider_pb2.ReadResponse(
            id=request.id, properties=to_struct(outputs), inputs=to_struct(held)
        )

    async def _clients(self, context: Context) -> Clients:
        clients = self._connections.get(context.peer())
        if clients is None and len(self._connections) == 1:
            clients = next(iter(self._connections.values()))  # the engine connected anew
        if clients is None:
            await refuse(context, "the local provider is not configured")
        return clients

    async def _writing(self, urn: str, context: Context) -> Clients:
        """The clients, for a request that changes something: only for the provider's own stack."""
        stack = urn.removeprefix("urn:pulumi:").partition("::")[0]
        if stack != STACK:
            await refuse(
                context,
                f"the local provider writes for the stack {STACK!r} only, and this is {stack!r}: "
                "take it out of PULUMI_DEBUG_PROVIDERS or plugins.providers, and run again",
            )
        return await self._clients(context)

    async def _note_simulated(self, token: str, urn: str) -> None:
        """Says once for each type that nothing real stands behind it."""
        if token in self.simulated:
            return
        self.simulated.add(token)
        if not self._engine_address:
            return
        async with grpc.aio.insecure_channel(self._engine_address) as channel:
            request = engine_pb2.LogRequest(
                # Never ERROR: the engine would count the resource as failed.
                severity=engine_pb2.LogSeverity.INFO,
                message=f"{token} is simulated: it exists in the state only",
                urn=urn,
            )
            # The class of the annotation exists for type checkers only.
            stub = cast("engine_pb2_grpc.EngineAsyncStub", engine_pb2_grpc.EngineStub(channel))
            await stub.Log(request)  # pyright: ignore[reportUnknownMemberType] (an incomplete stub)


def _kept(kind: ResourceType | None, old: Props, new: Props, state: Props) -> Props:
    """Outputs that an update does not touch.

    A preview that left them out would make all that depends on them unknown.
    """
    lost = {*new, *old, *(kind.volatile if kind else ())}
    kept = {k: v for k, v in state.items() if k not in lost and not has_unknown(v)}
    return {**kept, "__defaults": None}


def _api(clients: Clients, kind: ResourceType, props: Props, timeout: float) -> Api:
    return Api(clients, kind.service, region=str(props.get("region") or ""), timeout=timeout)


def _some(changed: bool) -> provider_pb2.DiffResponse.DiffChanges.ValueType:
    response = provider_pb2.DiffResponse
    return response.DIFF_SOME if changed else response.DIFF_NONE

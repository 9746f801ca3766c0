"""Pretending: an `up` that creates nothing and answers with made-up outputs, for a baseline.

A preview says update, replace or delete only against a state. The state of a commit that was never
deployed is made by running its program with this servicer, into a throw-away file backend. It is
never a plugin on a PATH, and it pretends only while the engine holds its lock for the same stack
in that very backend: a run against any other backend, a real one above all, has its lock
elsewhere, and each of its writes is refused.
"""
# ruff: noqa: N802 (the names of the methods are the protocol's)

from dataclasses import dataclass
from pathlib import Path

from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from local.provider import construct, made_up
from local.provider.answers import Context, refuse
from local.provider.plan import PlanServicer
from local.provider.values import UNKNOWN, overlay, to_python


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """The throw-away backend: a folder that the one who pretends has made for this run."""

    state: Path

    def holds_the_lock_of(self, urn: str) -> bool:
        """Whether the engine is updating the URN's stack in here (pkg/backend/diy/lock.go)."""
        stack, _, rest = urn.removeprefix("urn:pulumi:").partition("::")
        project = rest.partition("::")[0]
        if not (stack and project):
            return False
        locks = self.state / ".pulumi" / "locks" / "organization" / project / stack
        return any(locks.glob("*.json"))


class PretendServicer(PlanServicer):
    """Plan mode, but for writes, which it pretends."""

    def __init__(self, package: str, sandbox: Sandbox) -> None:
        super().__init__(package)
        self._sandbox = sandbox

    async def Invoke(
        self, request: provider_pb2.InvokeRequest, context: Context
    ) -> provider_pb2.InvokeResponse:
        response = await super().Invoke(request, context)
        answer = getattr(response, "return")
        if answer.fields["id"].string_value == UNKNOWN:
            answer.update({"id": request.tok})
        return response

    async def Call(
        self, request: provider_pb2.CallRequest, context: Context
    ) -> provider_pb2.CallResponse:
        response = provider_pb2.CallResponse()
        getattr(response, "return").update({"result": "{}"})
        return response

    async def Construct(
        self, request: provider_pb2.ConstructRequest, context: Context
    ) -> provider_pb2.ConstructResponse:
        # The component's children come back here as Create, one by one, and are checked there.
        return await construct.component(request, lambda _urn: True)

    async def Create(
        self, request: provider_pb2.CreateRequest, context: Context
    ) -> provider_pb2.CreateResponse:
        if request.preview:
            return await super().Create(request, context)
        await self._only_in_the_sandbox(request.urn, context)
        inputs = to_python(request.properties)
        type_ = request.type
        id_, outputs = made_up.resource(type_, request.urn, inputs, self._place(context))
        extra = {key: value for key, value in outputs.items() if key not in inputs}
        properties = overlay(request.properties, {**extra, "__defaults": None})
        return provider_pb2.CreateResponse(id=id_, properties=properties)

    async def Update(
        self, request: provider_pb2.UpdateRequest, context: Context
    ) -> provider_pb2.UpdateResponse:
        if not request.preview:
            await self._refuse_in_a_used_state(request.urn, context)
        return await super().Update(request, context)

    async def Delete(
        self, request: provider_pb2.DeleteRequest, context: Context
    ) -> empty_pb2.Empty:
        await self._refuse_in_a_used_state(request.urn, context)
        return empty_pb2.Empty()

    async def _refuse_in_a_used_state(self, urn: str, context: Context) -> None:
        await refuse(context, f"{urn}: a baseline starts from an empty state and only creates")

    async def _only_in_the_sandbox(self, urn: str, context: Context) -> None:
        if not self._sandbox.holds_the_lock_of(urn):
            await refuse(
                context,
                f"{urn}: resources are pretended in a throw-away state only, and the engine is "
                "updating another one; take this provider out of PULUMI_DEBUG_PROVIDERS",
            )

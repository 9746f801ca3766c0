"""Plan mode: answers previews of any stack with no cloud behind it, as five plugins.

As `aws`, `databricks`, `eks`, `kubernetes` and `random` it says of each resource what the official
plugin knows before a deployment: the inputs, names that it would make up, tags, and of one that is
in the state already what changes, what that replaces, and the outputs that stay; everything else is
unknown. It creates nothing, refuses every write, opens no connection and reads no credentials. It
leaves out what those plugins validate, and the inside of the eks components but for the cluster and
the node groups themselves, which carry the cost and the exposure.
"""
# ruff: noqa: N802 (the names of the methods are the protocol's)

import hashlib
import json
import re
from collections.abc import Mapping
from importlib.metadata import version

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from local.provider import construct, made_up, replaces, sdk
from local.provider.answers import Context, refuse, run
from local.provider.check import Checked, Naming, all_tags, check_name
from local.provider.config import ProviderConfig
from local.provider.diff import Diff, diff
from local.provider.invokes import ANSWERS, Place, invoke
from local.provider.types import TABLE
from local.provider.values import UNKNOWN, Props, has_unknown, is_object, overlay, to_python

PACKAGES = ("aws", "databricks", "eks", "kubernetes", "random")
# What the account is where the stack names none: no real one has it.
_NO_ACCOUNT = "000000000000"


class PlanServicer(provider_pb2_grpc.ResourceProviderServicer):
    """One for each package: the engine asks a plugin for its version, not for its name.

    `pretended` are the URNs of a state whose outputs were made up (`pretend.py`), if there is one:
    what the engine does not pass on from it is made up again, and so stays equal.
    """

    def __init__(self, package: str, pretended: frozenset[str] = frozenset()) -> None:
        self._package = package
        self._pretended = pretended
        self._unchanged: set[str] = set()  # components whose outputs are those of the state
        self._places: dict[str, Place] = {}

    async def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: Context
    ) -> provider_pb2.ProviderHandshakeResponse:
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "no handshake is needed")

    async def Attach(self, request: plugin_pb2.PluginAttach, context: Context) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    async def GetPluginInfo(
        self, request: empty_pb2.Empty, context: Context
    ) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=version(f"pulumi-{self._package}"))

    async def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    async def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: Context
    ) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(
        self, request: provider_pb2.DiffRequest, context: Context
    ) -> provider_pb2.DiffResponse:
        return provider_pb2.DiffResponse()

    async def Configure(
        self, request: provider_pb2.ConfigureRequest, context: Context
    ) -> provider_pb2.ConfigureResponse:
        self._places[context.peer()] = await run(context, lambda: place(request.variables))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True,  # the engine wants it of plugins with components
            supportsPreview=True,
            supports_autonaming_configuration=True,
        )

    async def Invoke(
        self, request: provider_pb2.InvokeRequest, context: Context
    ) -> provider_pb2.InvokeResponse:
        response = provider_pb2.InvokeResponse()
        answer = getattr(response, "return")
        if request.tok in ANSWERS:
            where = self._place(context)
            known = await run(context, lambda: invoke(request.tok, to_python(request.args), where))
            answer.update(known)
        else:  # one unknown makes the whole answer unknown
            answer.update({"id": request.tok if self._pretended else UNKNOWN})
        return response

    async def Call(
        self, request: provider_pb2.CallRequest, context: Context
    ) -> provider_pb2.CallResponse:
        response = provider_pb2.CallResponse()
        of = to_python(request.args).get("__self__")
        known = is_object(of) and of.get("urn") in self._unchanged
        getattr(response, "return").update({"result": "{}" if known else UNKNOWN})
        return response

    async def Construct(
        self, request: provider_pb2.ConstructRequest, context: Context
    ) -> provider_pb2.ConstructResponse:
        if not request.dryRun:
            await _refuse_write(context, request.name)
        answer = await construct.component(request, lambda urn: urn in self._pretended)
        if not any(has_unknown(one) for one in to_python(answer.state).values()):
            self._unchanged.add(answer.urn)
        return answer

    async def Check(
        self, request: provider_pb2.CheckRequest, context: Context
    ) -> provider_pb2.CheckResponse:
        news = to_python(request.news)
        match self._package:
            case "aws":
                checked = _aws(request, news, self._place(context))
            case "kubernetes":
                checked = Checked(additions=_kubernetes(request, news))
            case _:
                checked = Checked()
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
        return _answered(found, found.replaces or replaces.replacing(request.type, found.changes))

    async def Create(
        self, request: provider_pb2.CreateRequest, context: Context
    ) -> provider_pb2.CreateResponse:
        if not request.preview:
            await _refuse_write(context, request.urn)
        known: Props = {"__defaults": None}
        if self._package == "aws" and sdk.has(request.type, "region"):
            given = request.properties.fields.get("region")
            known["region"] = given.string_value if given else self._place(context).config.region
        return provider_pb2.CreateResponse(properties=overlay(request.properties, known))

    async def Update(
        self, request: provider_pb2.UpdateRequest, context: Context
    ) -> provider_pb2.UpdateResponse:
        if not request.preview:
            await _refuse_write(context, request.urn)
        return provider_pb2.UpdateResponse(properties=_updated(request))

    async def Delete(
        self, request: provider_pb2.DeleteRequest, context: Context
    ) -> empty_pb2.Empty:
        await _refuse_write(context, request.urn)
        return empty_pb2.Empty()

    async def Read(
        self, request: provider_pb2.ReadRequest, context: Context
    ) -> provider_pb2.ReadResponse:
        """An object that is there already: nobody was asked, so no more is known than its id."""
        outputs: Props = dict.fromkeys(sdk.outputs(request.type), UNKNOWN)
        if self._pretended:
            outputs = made_up.shaped(request.type, request.id)
        return provider_pb2.ReadResponse(
            id=request.id, properties=overlay(request.properties, outputs), inputs=request.inputs
        )

    def _place(self, context: Context) -> Place:
        """Where the asking provider works; the engine keeps one connection for each."""
        found = self._places.get(context.peer())
        return found or next(iter(self._places.values()))


def place(variables: Mapping[str, str]) -> Place:
    """Reads what Configure sent, and no environment: `aws:config:region`, nested values JSON."""
    values = {key.rsplit(":", 1)[-1]: value for key, value in variables.items()}
    accounts = json.loads(values.get("allowedAccountIds") or "[]")
    tags: dict[str, str] = json.loads(values.get("defaultTags") or "{}").get("tags") or {}
    config = ProviderConfig(
        region=values.get("region") or "us-east-1",
        access_key="",
        secret_key="",
        endpoints={},
        default_tags=tags,
    )
    return Place(account=str(accounts[0]) if accounts else _NO_ACCOUNT, config=config)


def _answered(found: Diff, forcing: frozenset[str]) -> provider_pb2.DiffResponse:
    detail: dict[str, provider_pb2.PropertyDiff] = {}
    for path, change in found.changes.items():
        name = f"{change.value}_REPLACE" if path in forcing else change.value
        kind = provider_pb2.PropertyDiff.Kind.Value(name)
        detail[path] = provider_pb2.PropertyDiff(kind=kind, inputDiff=True)
    answer = provider_pb2.DiffResponse
    return answer(
        changes=answer.DIFF_SOME if detail else answer.DIFF_NONE,
        # The engine tells these as the reasons.
        replaces=sorted({re.split(r"[.\[]", path, maxsplit=1)[0] for path in forcing}),
        detailedDiff=detail,
        hasDetailedDiff=True,
        deleteBeforeReplace=found.delete_first,
    )


def _updated(request: provider_pb2.UpdateRequest) -> struct_pb2.Struct:
    """The new inputs, and the outputs that an update does not touch, as the engine sent them.

    A preview that left them out would make all that depends on them unknown.
    """
    kind = TABLE.get(request.type)
    volatile = kind.volatile if kind else replaces.VOLATILE.get(request.type, frozenset())
    lost = {*request.old_inputs.fields, *request.news.fields, *volatile}
    result = overlay(request.news, {"__defaults": None})
    for key, value in request.olds.fields.items():
        if key not in lost:
            result.fields[key].CopyFrom(value)
    return result


def _aws(request: provider_pb2.CheckRequest, news: Props, where: Place) -> Checked:
    checked = Checked()
    kind = TABLE.get(request.type)
    if kind and kind.name:
        naming = Naming(logical=request.name, seed=_seed(request.urn))
        check_name(kind, kind.name, news, to_python(request.olds), naming, checked)
    # An auto scaling group's tags are a list, and no default tags are added to them.
    if is_object(news.get("tags")) or sdk.has(request.type, "tagsAll"):
        checked.additions["tagsAll"] = all_tags(where.config.default_tags, news.get("tags"))
    return checked


def _kubernetes(request: provider_pb2.CheckRequest, news: Props) -> Props:
    """A name as the plugin makes one up; of the metadata only where its content is known."""
    made = f"{request.name}-{_seed(request.urn).hex()[:8]}"
    if request.type == "kubernetes:helm.sh/v3:Release":
        return {} if "name" in news else {"name": made}
    if not sdk.has(request.type, "metadata"):
        return {}
    metadata = news.get("metadata", {})
    if not is_object(metadata) or metadata.get("name") or metadata.get("generateName"):
        return {}
    sent = request.news.fields.get("metadata", struct_pb2.Value())
    if has_unknown(metadata.get("name")) or "value" in sent.struct_value.fields:
        return {}
    named = overlay(sent.struct_value, {"name": made})
    return {"metadata": named}


def _seed(urn: str) -> bytes:
    """The engine's own seed differs on every run, and two previews must say the same."""
    return hashlib.sha256(urn.encode()).digest()


async def _refuse_write(context: Context, what: str) -> None:
    await refuse(
        context,
        f"{what}: this is an offline preview, which writes nothing; "
        "run without --offline, with the credentials of the stack",
    )

"""The cluster on the real engine: a first preview, a morning after, and the hooks of a destroy."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi import automation as auto

from automation import engine as engines
from automation.errors import UserError
from automation.results import Change, Op, read
from automation.session import open_offline, open_pretended
from components.airflow import hooks
from components.airflow.config import ManagedNodes
from settings import Settings
from tests.unit.airflow_cluster_graph import AUTO_MODE, MANAGED, NAME, NIGHT
from tests.unit.airflow_stack import KEYS, SITE, config, vpc

pytestmark = pytest.mark.engine

STACK = "staging"
Build = Callable[[Settings], Mapping[str, pulumi.Output[str]]]


@pytest.fixture(scope="module")
def engine() -> engines.Engine:
    try:
        return engines.find(print)
    except UserError as missing:
        pytest.skip(str(missing))


def previewed(
    engine: engines.Engine, build: Build, events: Path, base: Path | None = None
) -> dict[str, Change]:
    with open_offline(STACK, engine, events=events, build=build, base=base) as session:
        session.preview(lambda _event: None)
    return {change.name: change for change in read(events.read_text().splitlines()).changes}


def the_cluster(nodes: dict[str, Any]) -> Build:
    def build(_: Settings) -> Mapping[str, pulumi.Output[str]]:
        from components.airflow.cluster import EksCluster

        made = EksCluster(
            "cluster", config(nodes=nodes, night=NIGHT), site=SITE, vpc=vpc(), keys=KEYS
        )
        return {"cluster": made.cluster.name}

    return build


@pytest.mark.parametrize(
    ("nodes", "parts"),
    [
        (MANAGED, {"cluster-core", "cluster-tasks", "cluster-coredns", "cluster-autoscaler"}),
        (AUTO_MODE, {"cluster-tasks", "cluster-tasks-class", "cluster-night-wake"}),
    ],
    ids=["managed", "auto_mode"],
)
def test_a_cluster_that_is_not_there_yet_is_previewed_without_reaching_anything(
    engine: engines.Engine, tmp_path: Path, nodes: dict[str, Any], parts: set[str]
):
    changes = previewed(engine, the_cluster(nodes), tmp_path / "events.jsonl")
    assert {change.op for change in changes.values()} == {Op.CREATE}
    assert parts <= changes.keys()
    plane = changes["cluster-eks-eksCluster"].new
    assert plane is not None
    assert plane.inputs["name"] == NAME
    assert plane.inputs["vpcConfig"]["endpointPublicAccess"] is False
    assert plane.inputs["vpcConfig"]["endpointPrivateAccess"] is True


def the_core_group(most: int) -> Build:
    """One group and its night: what AWS alone would make of them."""

    def build(_: Settings) -> Mapping[str, pulumi.Output[str]]:
        from components.airflow import nodes, roles
        from components.airflow.night import managed_night

        settings = config(night=NIGHT, nodes={**MANAGED, "core": {**MANAGED["core"], "max": most}})
        assert isinstance(settings.nodes, ManagedNodes)
        assert settings.night is not None
        ground = nodes.Ground(
            site=SITE,
            cluster_name=NAME,
            kubernetes_version=settings.kubernetes_version,
            subnet_ids=vpc().private_subnet_ids,
            role=roles.node_role(
                "role", description="Nodes", policies=(), opts=pulumi.ResourceOptions()
            ),
            sizes_belong_to_night=True,
            after=(),
        )
        core = nodes.core_group("core", settings.nodes, ground)
        managed_night("night", settings.night, {"core": core}, child=ground.child)
        return {}

    return build


def test_up_does_not_resize_a_group_that_sleeps_but_tells_the_schedule(
    engine: engines.Engine, tmp_path: Path
):
    with open_pretended(STACK, engine, tmp_path / "state", build=the_core_group(4)) as session:
        session.up(lambda _event: None)
    changes = previewed(
        engine, the_core_group(6), tmp_path / "events.jsonl", base=tmp_path / "state"
    )
    assert changes["core"].op is Op.SAME, "an update would wake the nodes"
    assert changes["night-core-wake"].op is Op.UPDATE
    assert changes["night-core-wake"].paths.keys() == {"maxSize"}
    assert changes["night-core-sleep"].op is Op.SAME


def markers() -> None:
    """The cluster's markers as they stand, with a Stash for the cluster itself."""
    at_the_end = hooks.register("cluster", site=SITE, keep_volumes=False)

    def stash(
        name: str, hook: pulumi.ResourceHook | None, *after: pulumi.Resource
    ) -> pulumi.Resource:
        binding = pulumi.ResourceHookBinding(before_delete=[hook]) if hook else None
        return pulumi.Stash(
            name,
            input=name,
            opts=pulumi.ResourceOptions(depends_on=list(after), hooks=binding),
        )

    swept = stash("swept", at_the_end.sweep)
    cluster = stash("cluster", None, swept)
    drained = stash("drained", at_the_end.drain, cluster)
    stash("airflow", None, drained)


@pytest.fixture
def stack(engine: engines.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> auto.Stack:
    """A stack of its own, in a folder that goes with the test. Markers need no plugin."""
    monkeypatch.setenv("PATH", str(engine.path.parent), prepend=":")
    made = auto.create_stack(
        stack_name="test",
        project_name="markers",
        program=markers,
        opts=auto.LocalWorkspaceOptions(
            work_dir=str(tmp_path),
            project_settings=auto.ProjectSettings(
                name="markers",
                runtime="python",
                backend=auto.ProjectBackend(url=f"file://{tmp_path}"),
            ),
            env_vars={
                "PULUMI_HOME": str(tmp_path / "home"),
                "PULUMI_CONFIG_PASSPHRASE": "test",
                "PULUMI_SKIP_UPDATE_CHECK": "1",
                "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            },
        ),
    )
    made.up(color="never")
    return made


def destroy(stack: auto.Stack, log: list[str]) -> str:
    """Destroys, noting what goes in which order; answers what the engine complained of."""

    def listen(event: Any) -> None:
        done = event.res_outputs_event
        if done and done.metadata.op == "delete" and "Stash" in done.metadata.type:
            log.append(done.metadata.urn.rsplit("::", 1)[-1])
        said = event.diagnostic_event
        if said and said.severity == "info":
            log.append(f"said: {said.message.strip()}")

    try:
        stack.destroy(color="never", run_program=True, on_event=listen)
    except auto.CommandError as error:
        return str(error)
    return ""


def test_the_account_is_drained_before_the_nodes_go_and_swept_after_the_cluster(
    stack: auto.Stack, monkeypatch: pytest.MonkeyPatch
):
    log: list[str] = []

    def clear(
        cluster: str,
        _site: object,
        *,
        only_when_gone: bool,
        say: Callable[[str], None],
        **_rest: object,
    ) -> None:
        say(f"{'sweep' if only_when_gone else 'drain'} {cluster}")

    monkeypatch.setattr(hooks, "clear", clear)
    assert destroy(stack, log) == ""
    assert log == [
        "airflow",
        f"said: drain {NAME}",
        "drained",
        "cluster",
        f"said: sweep {NAME}",
        "swept",
    ]


def test_a_drain_that_fails_stops_the_destroy_with_its_sentence_and_can_be_run_again(
    stack: auto.Stack, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_args: object, **_options: object) -> None:
        raise RuntimeError("load balancer k8s-airflow-ui remains")

    monkeypatch.setattr(hooks, "clear", refuse)
    log: list[str] = []
    told = destroy(stack, log)
    assert "load balancer k8s-airflow-ui remains" in told
    assert "Traceback" not in told
    assert log == ["airflow"], "the cluster is still there to be drained"

    monkeypatch.setattr(hooks, "clear", lambda *_args, **_options: None)
    assert destroy(stack, log) == ""
    assert log == ["airflow", "drained", "cluster", "swept"]


def test_a_destroy_without_the_program_is_refused_before_it_deletes_anything(stack: auto.Stack):
    with pytest.raises(auto.CommandError, match="--run-program"):
        stack.destroy(color="never")
    deployment = stack.export_stack().deployment
    assert deployment is not None
    assert sum(one["type"] == "pulumi:index:Stash" for one in deployment["resources"]) == 4

"""A state that nobody deployed: the engine compares with it as with any other."""

import json
import re
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest

from automation import session
from automation.errors import UserError
from automation.results import UNKNOWN, Op, read
from local.provider import replaces
from local.provider.pretend import Sandbox
from local.provider.server import serve_plan, serve_pretend

engine_needed = pytest.mark.engine
STATE = ".pulumi/stacks/shop/dev.json"


@pytest.fixture
def compare(engine, tmp_path):
    """Records one program and previews the other against it; what becomes of each resource."""

    def compared(before, after=None):
        state = tmp_path / "state"
        with session.open_pretended("dev", engine, state, build=_program(before)) as opened:
            opened.up(lambda _event: None)
        events = tmp_path / "events.jsonl"
        build = _program(after or before)
        with session.open_offline("dev", engine, build=build, base=state, events=events) as opened:
            opened.preview(lambda _event: None)
        return {change.name: change for change in read(events.read_text().splitlines()).changes}

    return compared


def _program(resources):
    def build(_settings):
        resources()
        return {}

    return build


def ops(changes):
    return {name: change.op for name, change in changes.items() if change.op is not Op.SAME}


def lake(*, shards=1, gold="shop-gold", policy=True):
    bucket = aws.s3.Bucket("gold", bucket=gold)
    aws.kinesis.Stream("stream", name="events", shard_count=shards)
    stream_role = aws.iam.Role("role", assume_role_policy="{}")
    aws.iam.RolePolicy(
        "reads",
        role=stream_role.id,
        policy=pulumi.Output.json_dumps({"Resource": bucket.arn}),
    )
    if policy:
        aws.s3.BucketPolicy("tls", bucket=bucket.id, policy="{}")


@engine_needed
def test_the_same_program_changes_nothing(compare):
    found = compare(lake)
    assert set(found) == {"gold", "stream", "role", "reads", "tls"}
    assert ops(found) == {}


@engine_needed
def test_an_update_a_deletion_and_a_creation_are_told_apart(compare):
    def after():
        lake(shards=2, policy=False)
        aws.sqs.Queue("letters")

    found = compare(lake, after)
    assert ops(found) == {"stream": Op.UPDATE, "tls": Op.DELETE, "letters": Op.CREATE}
    assert found["stream"].paths == {"shardCount": "update"}
    assert found["stream"].old.inputs["shardCount"] == 1
    assert found["stream"].new.inputs["shardCount"] == 2


@engine_needed
def test_a_replacement_has_its_reason_and_what_refers_to_it_follows(compare):
    found = compare(lake, lambda: lake(gold="shop-marts"))
    assert ops(found) == {"gold": Op.REPLACE, "tls": Op.REPLACE, "reads": Op.UPDATE}
    assert found["gold"].reasons == ("bucket",)
    assert found["tls"].new.inputs["bucket"] == UNKNOWN


@engine_needed
def test_types_that_are_only_described_are_compared_as_well(compare):
    def network(*, cidr="10.0.0.0/16", size="micro", engine="postgres", version=1):
        vpc = aws.ec2.Vpc("vpc", cidr_block=cidr)
        subnet = aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.1.0/24")
        aws.rds.SubnetGroup("group", subnet_ids=[subnet.id])
        aws.rds.Instance("grows", instance_class=f"db.t4g.{size}", engine="postgres")
        aws.rds.Instance("moves", instance_class="db.t4g.micro", engine=engine)
        aws.rds.Instance("stays", instance_class="db.t4g.micro", engine="postgres")
        template = aws.ec2.LaunchTemplate("template", instance_type=f"t4g.{version}")
        latest = template.latest_version.apply(str)
        aws.autoscaling.Group(
            "fleet",
            max_size=1,
            min_size=1,
            launch_template={"id": template.id, "version": latest},
        )

    found = compare(
        network, lambda: network(cidr="10.1.0.0/16", size="small", engine="mysql", version=2)
    )
    assert ops(found) == {
        "vpc": Op.REPLACE,
        "subnet": Op.REPLACE,
        "group": Op.UPDATE,
        "grows": Op.UPDATE,
        "moves": Op.REPLACE,
        "template": Op.UPDATE,
        "fleet": Op.UPDATE,
    }


@engine_needed
@pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_eks")
def test_a_component_of_a_plugin_stays_what_it_is_and_what_it_gives_out(compare):
    import pulumi_eks as eks
    import pulumi_random as random

    def cluster(*, version="1.33", length=20):
        made = eks.Cluster("eks", version=version)
        aws.ssm.Parameter("issuer", type="String", value=made.oidc_issuer)
        aws.ssm.Parameter("cluster", type="String", value=made.eks_cluster.arn)
        password = random.RandomPassword("password", length=length)
        secret = aws.secretsmanager.Secret("secret", name="db")
        aws.secretsmanager.SecretVersion(
            "value", secret_id=secret.id, secret_string=password.result
        )

    assert ops(compare(cluster, lambda: cluster(version="1.34", length=24))) == {
        "eks": Op.UPDATE,
        "eks-eksCluster": Op.UPDATE,
        "password": Op.REPLACE,
        "value": Op.REPLACE,
    }


@engine_needed
def test_a_secret_of_the_recorded_state_is_encrypted_and_shown_nowhere(engine, tmp_path):
    import pulumi_random as random

    build = _program(lambda: random.RandomPassword("password", length=20))
    with session.open_pretended("dev", engine, tmp_path / "state", build=build) as opened:
        opened.up(lambda _event: None)
    resources = json.loads((tmp_path / "state" / STATE).read_text())["checkpoint"]["latest"]
    (password,) = (r for r in resources["resources"] if "RandomPassword" in r["type"])
    assert set(password["outputs"]["result"]) == {"4dabf18193072939515e22adb298388d", "ciphertext"}


@engine_needed
def test_pretending_is_refused_for_any_backend_but_its_own(engine, tmp_path, monkeypatch):
    """As if somebody had put its port into the environment of a real update."""
    real = tmp_path / "real"
    real.mkdir()
    sandbox = Sandbox(state=tmp_path / "sandbox")
    sandbox.state.mkdir()
    usual = session.offline.engine_environment

    def elsewhere(home, state, ports):
        return {**usual(home, state, ports), "PULUMI_BACKEND_URL": f"file://{real}"}

    with serve_pretend(sandbox) as ports:
        monkeypatch.setattr(
            session.offline, "engine_environment", lambda h, s, _ports: elsewhere(h, s, ports)
        )
        with (
            session.open_offline("dev", engine, build=_program(lake)) as opened,
            pytest.raises(UserError, match="pretended in a throw-away state only"),
        ):
            opened.up(lambda _event: None)
    resources = json.loads((real / STATE).read_text())["checkpoint"]["latest"]["resources"]
    assert {r["type"] for r in resources} <= {"pulumi:pulumi:Stack", "pulumi:providers:aws"}


@engine_needed
def test_a_preview_writes_nothing_although_it_has_a_state(engine, tmp_path):
    state = tmp_path / "state"
    with session.open_pretended("dev", engine, state, build=_program(lake)) as opened:
        opened.up(lambda _event: None)
    before = (state / STATE).read_bytes()
    with (
        session.open_offline("dev", engine, build=_program(lake), base=state) as opened,
        pytest.raises(UserError, match="offline preview, which writes nothing"),
    ):
        opened.destroy(lambda _event: None)
    assert (state / STATE).read_bytes() == before


@engine_needed
def test_no_state_is_pretended_over_another_one(engine, tmp_path):
    with (
        pytest.raises(FileExistsError),
        session.open_pretended("dev", engine, tmp_path, build=_program(lake)),
    ):
        pass


@engine_needed
def test_a_backend_that_the_project_names_is_not_used(engine, tmp_path, monkeypatch):
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://real-state")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-to-be-read")
    root = tmp_path / "root"
    root.mkdir()
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        (root / name).write_text((session.ROOT / name).read_text())
    with (root / "Pulumi.yaml").open("a") as file:
        file.write("backend: {url: s3://real-state}\nplugins: {}\n")
    state, seen = tmp_path / "state", {}

    def build(_settings):
        import os

        seen.update(os.environ)
        return {}

    with session.open_pretended("dev", engine, state, root=root, build=build) as opened:
        opened.up(lambda _event: None)
    assert (state / STATE).exists()
    assert not {"PULUMI_BACKEND_URL", "AWS_SECRET_ACCESS_KEY"} & set(seen)


def test_a_lock_of_another_stack_opens_nothing(tmp_path):
    locks = tmp_path / ".pulumi" / "locks" / "organization" / "shop" / "dev"
    locks.mkdir(parents=True)
    sandbox = Sandbox(state=tmp_path)
    urn = "urn:pulumi:{}::shop::aws:s3/bucket:Bucket::lake"
    assert not sandbox.holds_the_lock_of(urn.format("dev"))
    (locks / "1.json").write_text("{}")
    assert sandbox.holds_the_lock_of(urn.format("dev"))
    assert not sandbox.holds_the_lock_of(urn.format("prod"))
    assert not sandbox.holds_the_lock_of("urn:pulumi:dev")
    assert not sandbox.holds_the_lock_of("")


def test_each_kind_of_server_has_a_port_for_each_package(tmp_path):
    with serve_plan() as plan, serve_pretend(Sandbox(state=tmp_path)) as pretend:
        assert set(plan) == set(pretend) >= {"aws", "eks", "kubernetes", "random"}
        assert not set(plan.values()) & set(pretend.values())


@pytest.mark.parametrize("type_", sorted(replaces.REPLACES))
def test_what_forces_a_replacement_is_an_input_of_the_pinned_sdk(type_):
    """A misspelt name would never replace anything, in silence."""
    module, _, label = type_.removeprefix("aws:").partition(":")
    service, _, file = module.partition("/")
    folder = Path(str(aws.__file__)).parent / service
    stem = re.sub(r"([A-Z])", r"_\1", file).lower()
    source = (folder / f"{stem}.py").read_text()
    inputs = re.split(f"\nclass {label}(?:Init)?Args:", source)[1].partition("\nclass ")[0]
    for property_ in replaces.REPLACES[type_]:
        name = property_.partition(".")[0]
        assert f'pulumi.getter(name="{name}")' in inputs or f"def {name}(self)" in inputs, name


@pytest.mark.parametrize(
    ("type_", "path", "forces"),
    [
        ("aws:rds/instance:Instance", "engine", True),
        ("aws:rds/instance:Instance", "engineVersion", False),
        ("aws:eks/cluster:Cluster", "kubernetesNetworkConfig.serviceIpv4Cidr", True),
        ("aws:eks/cluster:Cluster", "kubernetesNetworkConfig", True),
        ("aws:eks/cluster:Cluster", "kubernetesNetworkConfig.elasticLoadBalancing", False),
        ("aws:eks/nodeGroup:NodeGroup", "subnetIds[0]", True),
        ("aws:never/heard:Of", "name", False),
        ("aws:never/heard:Of", "region", True),
        ("kubernetes:core/v1:ConfigMap", 'data["a.b"]', True),
        ("kubernetes:apps/v1:Deployment", "spec.replicas", False),
        ("kubernetes:apps/v1:Deployment", "metadata.namespace", True),
        ("kubernetes:helm.sh/v3:Release", "namespace", True),
        ("random:index/randomPassword:RandomPassword", "length", True),
    ],
)
def test_a_path_forces_a_replacement_when_it_touches_such_a_property(type_, path, forces):
    assert (path in replaces.replacing(type_, [path])) is forces

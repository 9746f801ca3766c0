"""What a cluster leaves behind: what is deleted, what is waited for, what is nobody's to touch."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from components.airflow import hooks
from components.airflow.drain import Kind, Leftover, Limits, RemainsError, Step, drain, plan
from components.airflow.leftovers import AwsAccount, tags_of
from tests.unit.airflow_cluster_graph import NAME
from tests.unit.airflow_stack import SITE

BALANCER = Leftover(kind=Kind.LOAD_BALANCER, id="arn:lb", label="k8s-airflow-ui")
CLASSIC = Leftover(kind=Kind.CLASSIC_BALANCER, id="a1b2", label="a1b2")
TARGETS = Leftover(kind=Kind.TARGET_GROUP, id="arn:tg", label="k8s-airflow-tg")
NODE = Leftover(kind=Kind.INSTANCE, id="i-1", label="i-1")
LOOSE = Leftover(kind=Kind.INTERFACE, id="eni-1", label="eni-1")
USED = Leftover(kind=Kind.INTERFACE, id="eni-2", label="eni-2", free=False)
VOLUME = Leftover(kind=Kind.VOLUME, id="vol-1", label="vol-1")
MOUNTED = Leftover(kind=Kind.VOLUME, id="vol-2", label="vol-2", free=False)
GROUP = Leftover(kind=Kind.SECURITY_GROUP, id="sg-1", label="sg-1")
ALL = (BALANCER, CLASSIC, TARGETS, NODE, LOOSE, USED, VOLUME, MOUNTED, GROUP)
QUICK = Limits(patience=30, total=120, poll=10)


def alive(*found: Leftover, **options: Any) -> Step:
    return plan(found, cluster_gone=False, **{"keep_volumes": False, **options})


def gone(*found: Leftover, **options: Any) -> Step:
    return plan(found, cluster_gone=True, **{"keep_volumes": False, **options})


def test_while_the_cluster_lives_its_nodes_keep_what_they_use():
    step = alive(*ALL)
    assert step.delete == [BALANCER, CLASSIC, LOOSE, VOLUME]
    assert step.wait == [TARGETS], "it goes with its load balancer"
    assert not step.leave


def test_controllers_get_time_to_take_back_their_load_balancers():
    step = alive(BALANCER, CLASSIC, patient=True)
    assert step.wait == [BALANCER, CLASSIC]
    assert not step.delete


def test_when_the_cluster_is_gone_its_nodes_and_groups_go_too_in_an_order_that_ends():
    first = gone(*ALL)
    assert first.delete == [BALANCER, CLASSIC, NODE, LOOSE, VOLUME]
    assert first.wait == [TARGETS, USED, MOUNTED, GROUP]
    assert gone(TARGETS, GROUP).delete == [TARGETS]
    assert gone(GROUP).delete == [GROUP]


def test_volumes_that_may_be_data_are_left_and_hold_up_nothing():
    step = gone(VOLUME, MOUNTED, GROUP, keep_volumes=True)
    assert step.leave == [VOLUME, MOUNTED]
    assert step.delete == [GROUP]
    assert not step.wait


@given(
    found=st.lists(st.sampled_from(ALL), unique=True),
    cluster_gone=st.booleans(),
    keep_volumes=st.booleans(),
    patient=st.booleans(),
)
def test_a_step_never_deletes_what_is_in_use_and_says_each_thing_once(
    found, cluster_gone, keep_volumes, patient
):
    step = plan(found, cluster_gone=cluster_gone, keep_volumes=keep_volumes, patient=patient)
    said = [*step.delete, *step.wait, *step.leave]
    assert len(said) == len(set(said))
    assert set(said) <= set(found)
    assert all(one.free for one in step.delete)
    assert not (keep_volumes and any(one.kind is Kind.VOLUME for one in step.delete))
    if cluster_gone:
        assert set(said) == set(found), "nothing of a dead cluster is overlooked"


class FakeAccount:
    """Deletes at once, but for what is stubborn; a controller may take back a thing by itself."""

    def __init__(self, *things: Leftover, stubborn: tuple[Leftover, ...] = ()) -> None:
        self.things = list(things)
        self.stubborn = stubborn
        self.deleted: list[Leftover] = []
        self.later: list[tuple[float, Callable[[], None]]] = []
        self.clock = 0.0
        self.said: list[str] = []

    def find(self) -> list[Leftover]:
        return list(self.things)

    def delete(self, leftover: Leftover) -> None:
        self.deleted.append(leftover)
        if leftover not in self.stubborn:
            self.things.remove(leftover)

    def sleep(self, seconds: float) -> None:
        self.clock += seconds
        due = [act for at, act in self.later if at <= self.clock]
        self.later = [(at, act) for at, act in self.later if at > self.clock]
        for act in due:
            act()

    def drain(self, *, cluster_gone: bool = False, keep_volumes: bool = False) -> None:
        drain(
            self,
            cluster=NAME,
            cluster_gone=cluster_gone,
            keep_volumes=keep_volumes,
            say=self.said.append,
            now=lambda: self.clock,
            sleep=self.sleep,
            limits=QUICK,
        )


def test_an_account_without_leftovers_is_drained_at_once():
    account = FakeAccount()
    account.drain()
    assert (account.clock, account.deleted, account.said) == (0, [], [])


def test_a_load_balancer_that_its_controller_takes_back_is_not_deleted_behind_its_back():
    account = FakeAccount(BALANCER)
    account.later.append((20, account.things.clear))
    account.drain()
    assert account.deleted == []
    assert account.said[0] == f"{NAME}: waiting for load balancer k8s-airflow-ui"


def test_a_load_balancer_that_nobody_takes_back_goes_after_a_while_and_is_named():
    account = FakeAccount(BALANCER, TARGETS)
    account.drain()
    assert account.deleted == [BALANCER, TARGETS]
    assert account.clock >= QUICK.patience
    assert f"{NAME}: deleting load balancer k8s-airflow-ui" in account.said


def test_nobody_waits_for_controllers_of_a_cluster_that_is_gone():
    account = FakeAccount(BALANCER, LOOSE, GROUP)
    account.drain(cluster_gone=True)
    assert account.deleted == [BALANCER, LOOSE, GROUP]
    assert account.clock < QUICK.patience


def test_an_interface_in_use_is_deleted_once_it_is_free():
    account = FakeAccount(USED, GROUP)
    account.later.append((10, lambda: account.things.__setitem__(0, LOOSE)))
    account.drain(cluster_gone=True)
    assert account.deleted == [LOOSE, GROUP]


def test_what_remains_is_one_sentence_with_names_and_the_way_on():
    account = FakeAccount(GROUP, stubborn=(GROUP,))
    with pytest.raises(RemainsError) as remained:
        account.drain(cluster_gone=True)
    assert str(remained.value) == (
        f"{NAME} left security group sg-1, still there after 2 minutes: see in the console what "
        "holds them, delete them, and run the destroy again; it goes on where it stopped"
    )
    assert account.clock == QUICK.total
    assert account.said == [f"{NAME}: deleting security group sg-1"], "once, not every round"


def test_a_second_drain_does_no_harm():
    account = FakeAccount(BALANCER, VOLUME)
    account.drain()
    account.deleted.clear()
    account.drain()
    assert account.deleted == []


def test_volumes_that_stay_are_named():
    account = FakeAccount(VOLUME)
    account.drain(keep_volumes=True)
    assert account.deleted == []
    assert account.said == [
        f"{NAME}: volume vol-1 stays, because it may hold data: delete it yourself"
    ]


class Stubbed:
    """The account of boto3 with answers written down; a call that was not expected fails."""

    def __init__(self) -> None:
        session = boto3.Session(
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 (nobody is asked)
            region_name="eu-west-1",
        )
        self.clients: dict[str, Any] = {
            name: session.client(name) for name in ("ec2", "elbv2", "elb", "eks", "sts")
        }
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}
        for stub in self.stubs.values():
            stub.activate()
        self.account = AwsAccount(NAME, self.clients.__getitem__)

    def answers(self, service: str, operation: str, answer: dict, asked: dict | None = None):
        self.stubs[service].add_response(operation, answer, asked)

    def refuses(self, service: str, operation: str, code: str):
        self.stubs[service].add_client_error(operation, service_error_code=code)

    def nothing_but(self, tag: str, what: str, key: str, things: list[dict]):
        """Of the questions for `what`, only the one for `tag` finds anything."""
        for name, value in tags_of(NAME).items():
            self.answers(
                "ec2",
                f"describe_{what}",
                {key: things if name == tag else []},
                {"Filters": [{"Name": f"tag:{name}", "Values": [value]}]},
            )


@pytest.fixture
def aws() -> Stubbed:
    return Stubbed()


def test_only_what_carries_this_clusters_tags_is_found(aws: Stubbed):
    aws.answers(
        "elbv2",
        "describe_load_balancers",
        {
            "LoadBalancers": [
                {"LoadBalancerArn": "arn:ours", "LoadBalancerName": "ours"},
                {"LoadBalancerArn": "arn:shops", "LoadBalancerName": "the-shop"},
            ]
        },
    )
    aws.answers(
        "elbv2",
        "describe_tags",
        {
            "TagDescriptions": [
                {
                    "ResourceArn": "arn:ours",
                    "Tags": [{"Key": "elbv2.k8s.aws/cluster", "Value": NAME}],
                },
                {
                    "ResourceArn": "arn:shops",
                    "Tags": [{"Key": "elbv2.k8s.aws/cluster", "Value": "another"}],
                },
            ]
        },
        {"ResourceArns": ["arn:ours", "arn:shops"]},
    )
    aws.answers(
        "elb",
        "describe_load_balancers",
        {"LoadBalancerDescriptions": [{"LoadBalancerName": "old"}]},
    )
    aws.answers(
        "elb",
        "describe_tags",
        {
            "TagDescriptions": [
                {
                    "LoadBalancerName": "old",
                    # A network that the cluster only shares is not its own.
                    "Tags": [{"Key": f"kubernetes.io/cluster/{NAME}", "Value": "shared"}],
                }
            ]
        },
        {"LoadBalancerNames": ["old"]},
    )
    aws.answers("elbv2", "describe_target_groups", {"TargetGroups": []})
    states = [
        {"InstanceId": f"i-{state}", "State": {"Name": state}}
        for state in ("running", "shutting-down", "terminated")
    ]
    aws.nothing_but("eks:eks-cluster-name", "instances", "Reservations", [{"Instances": states}])
    aws.nothing_but(
        "cluster.k8s.amazonaws.com/name",
        "network_interfaces",
        "NetworkInterfaces",
        [
            {"NetworkInterfaceId": "eni-1", "Status": "available"},
            {"NetworkInterfaceId": "eni-2", "Status": "in-use"},
        ],
    )
    aws.nothing_but(
        f"kubernetes.io/cluster/{NAME}",
        "volumes",
        "Volumes",
        [{"VolumeId": "vol-1", "State": "available"}, {"VolumeId": "vol-3", "State": "deleting"}],
    )
    aws.nothing_but(
        f"kubernetes.io/cluster/{NAME}", "security_groups", "SecurityGroups", [{"GroupId": "sg-1"}]
    )
    assert aws.account.find() == [
        Leftover(kind=Kind.LOAD_BALANCER, id="arn:ours", label="ours"),
        Leftover(kind=Kind.INSTANCE, id="i-running", label="i-running"),
        Leftover(kind=Kind.INSTANCE, id="i-shutting-down", label="i-shutting-down", free=False),
        LOOSE,
        USED,
        VOLUME,
        GROUP,
    ]


def test_tags_of_many_load_balancers_are_asked_for_twenty_at_a_time(aws: Stubbed):
    arns = [f"arn:{number}" for number in range(45)]
    aws.answers(
        "elbv2",
        "describe_load_balancers",
        {"LoadBalancers": [{"LoadBalancerArn": arn, "LoadBalancerName": arn} for arn in arns]},
    )
    for batch in (arns[:20], arns[20:40], arns[40:]):
        aws.answers("elbv2", "describe_tags", {"TagDescriptions": []}, {"ResourceArns": batch})
    assert not list(aws.account._balancers())
    aws.stubs["elbv2"].assert_no_pending_responses()


@pytest.mark.parametrize(
    ("leftover", "service", "operation", "asked"),
    [
        (BALANCER, "elbv2", "delete_load_balancer", {"LoadBalancerArn": "arn:lb"}),
        (CLASSIC, "elb", "delete_load_balancer", {"LoadBalancerName": "a1b2"}),
        (TARGETS, "elbv2", "delete_target_group", {"TargetGroupArn": "arn:tg"}),
        (NODE, "ec2", "terminate_instances", {"InstanceIds": ["i-1"]}),
        (LOOSE, "ec2", "delete_network_interface", {"NetworkInterfaceId": "eni-1"}),
        (VOLUME, "ec2", "delete_volume", {"VolumeId": "vol-1"}),
        (GROUP, "ec2", "delete_security_group", {"GroupId": "sg-1"}),
    ],
)
def test_each_kind_is_deleted_by_its_own_call(aws: Stubbed, leftover, service, operation, asked):
    aws.answers(service, operation, {}, asked)
    aws.account.delete(leftover)
    aws.stubs[service].assert_no_pending_responses()


@pytest.mark.parametrize(
    "code",
    [
        "InvalidNetworkInterfaceID.NotFound",
        "InvalidNetworkInterface.InUse",
        "DependencyViolation",
    ],
)
def test_gone_already_or_in_use_still_is_no_error(aws: Stubbed, code: str):
    aws.refuses("ec2", "delete_network_interface", code)
    aws.account.delete(LOOSE)


def test_a_permission_that_is_missing_is_an_error(aws: Stubbed):
    aws.refuses("ec2", "delete_volume", "UnauthorizedOperation")
    with pytest.raises(Exception, match="UnauthorizedOperation"):
        aws.account.delete(VOLUME)


def clear(aws: Stubbed, monkeypatch, *, only_when_gone: bool) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(hooks, "_account", lambda _cluster, _region: aws.account)
    hooks.clear(NAME, SITE, keep_volumes=False, only_when_gone=only_when_gone, say=said.append)
    return said


def test_nothing_is_swept_behind_a_cluster_that_is_still_there(aws: Stubbed, monkeypatch):
    aws.answers("sts", "get_caller_identity", {"Account": SITE.account_id})
    aws.answers("eks", "describe_cluster", {"cluster": {"name": NAME}}, {"name": NAME})
    assert clear(aws, monkeypatch, only_when_gone=True) == [
        f"{NAME} is still there: nothing was cleared away behind it"
    ]


def test_another_account_is_never_touched(aws: Stubbed, monkeypatch):
    aws.answers("sts", "get_caller_identity", {"Account": "999999999999"})
    with pytest.raises(RuntimeError, match=r"logged in to account 999999999999, .* nothing was"):
        clear(aws, monkeypatch, only_when_gone=False)


def test_an_answer_of_aws_is_one_sentence_with_the_way_on(aws: Stubbed, monkeypatch):
    aws.answers("sts", "get_caller_identity", {"Account": SITE.account_id})
    aws.refuses("eks", "describe_cluster", "AccessDeniedException")
    with pytest.raises(RuntimeError, match=r"could not be cleared away: .*AccessDenied.* again"):
        clear(aws, monkeypatch, only_when_gone=False)


def test_a_cluster_that_is_gone_is_swept(aws: Stubbed, monkeypatch):
    aws.answers("sts", "get_caller_identity", {"Account": SITE.account_id})
    aws.refuses("eks", "describe_cluster", "ResourceNotFoundException")
    found = iter([[GROUP], []])
    monkeypatch.setattr(aws.account, "find", lambda: next(found))
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    aws.answers("ec2", "delete_security_group", {}, {"GroupId": "sg-1"})
    assert clear(aws, monkeypatch, only_when_gone=True) == [f"{NAME}: deleting security group sg-1"]

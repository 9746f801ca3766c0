"""What a cluster leaves in the account that is in nobody's state, and when it may go.

Controllers in the cluster make load balancers, volumes and interfaces through AWS's API. Whatever
they do not take back holds subnets, security groups or roles, and a destroy stops half-way with
DependencyViolation (pulumi-eks #194, #640, #1226; load balancer controller #2014; VPC CNI #1447;
containers-roadmap #2531). Two hooks of Pulumi go before and after the cluster's end; see `hooks`.

Here is the judgement: what to delete now, what to wait for, what to leave. It talks to nobody;
`components.airflow.leftovers` does. Everything is found by tags that only this cluster's own
controllers set, and running it again does no harm.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """In the order in which they go."""

    LOAD_BALANCER = "load balancer"
    CLASSIC_BALANCER = "classic load balancer"
    TARGET_GROUP = "target group"
    INSTANCE = "instance"
    INTERFACE = "network interface"
    VOLUME = "volume"
    SECURITY_GROUP = "security group"


BALANCERS = (Kind.LOAD_BALANCER, Kind.CLASSIC_BALANCER)


@dataclass(frozen=True, kw_only=True)
class Leftover:
    kind: Kind
    id: str
    """What AWS wants to hear to delete it: an ARN or an id."""
    label: str
    """How people find it in the console."""
    free: bool = True
    """False: in use, or on its way out."""

    def __str__(self) -> str:
        return f"{self.kind} {self.label}"


@dataclass(frozen=True, kw_only=True)
class Step:
    """What a look at the account says to do."""

    delete: Sequence[Leftover] = field(default_factory=tuple[Leftover, ...])
    wait: Sequence[Leftover] = field(default_factory=tuple[Leftover, ...])
    leave: Sequence[Leftover] = field(default_factory=tuple[Leftover, ...])


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Seconds."""

    patience: int = 180
    """Controllers that still run get this long to take back their load balancers themselves: one
    deleted behind their back they would make anew.
    """
    total: int = 900
    poll: int = 15


class Account(Protocol):
    """The account as far as a drain touches it."""

    def find(self) -> Sequence[Leftover]: ...

    def delete(self, leftover: Leftover) -> None:
        """Asks AWS to delete it. Gone already, or still in use, is no error."""
        ...


class RemainsError(RuntimeError):
    """Things of the cluster are still there; the sentence names them and says how to go on."""


def plan(
    found: Sequence[Leftover], *, cluster_gone: bool, keep_volumes: bool, patient: bool = False
) -> Step:
    """What to do with what was found.

    While the cluster is there, what its nodes use is theirs. `keep_volumes`: a volume may be
    somebody's data. `patient`: leave load balancers to their controllers.
    """
    delete, wait, leave = list[Leftover](), list[Leftover](), list[Leftover]()
    order = list(Kind)
    for one in sorted(found, key=lambda one: (order.index(one.kind), one.id)):
        if one.kind is Kind.VOLUME and keep_volumes:
            leave.append(one)
        elif _is_of_the_living(one, cluster_gone=cluster_gone):
            continue
        elif not one.free or _is_held(one, found, patient=patient):
            wait.append(one)
        else:
            delete.append(one)
    return Step(delete=delete, wait=wait, leave=leave)


def _is_of_the_living(one: Leftover, *, cluster_gone: bool) -> bool:
    if cluster_gone:
        return False
    if one.kind in (Kind.INSTANCE, Kind.SECURITY_GROUP):
        return True
    return one.kind in (Kind.INTERFACE, Kind.VOLUME) and not one.free


def _is_held(one: Leftover, found: Sequence[Leftover], *, patient: bool) -> bool:
    if one.kind in BALANCERS:
        return patient
    if one.kind is Kind.TARGET_GROUP:
        return any(other.kind in BALANCERS for other in found)
    if one.kind is Kind.SECURITY_GROUP:
        return any(other.kind not in (Kind.SECURITY_GROUP, Kind.VOLUME) for other in found)
    return False


def drain(
    account: Account,
    *,
    cluster: str,
    cluster_gone: bool,
    keep_volumes: bool,
    say: Callable[[str], None],
    now: Callable[[], float],
    sleep: Callable[[float], None],
    limits: Limits = Limits(),
) -> None:
    """Deletes what the cluster left; returns when none of it is there, or raises `RemainsError`."""
    started, told = now(), set[Leftover]()
    while True:
        elapsed = now() - started
        step = plan(
            account.find(),
            cluster_gone=cluster_gone,
            keep_volumes=keep_volumes,
            patient=not cluster_gone and elapsed < limits.patience,
        )
        if not step.delete and not step.wait:
            for one in step.leave:
                say(f"{cluster}: {one} stays, because it may hold data: delete it yourself")
            return
        if elapsed >= limits.total:
            raise RemainsError(_what_remains(cluster, [*step.delete, *step.wait], limits))
        for one in step.delete:
            if one not in told:
                say(f"{cluster}: deleting {one}")
                told.add(one)
            account.delete(one)
        if step.wait and not step.delete:
            say(f"{cluster}: waiting for {', '.join(str(one) for one in step.wait)}")
        sleep(limits.poll)


def _what_remains(cluster: str, left: Sequence[Leftover], limits: Limits) -> str:
    return (
        f"{cluster} left {', '.join(str(one) for one in left)}, still there after "
        f"{limits.total // 60} minutes: see in the console what holds them, delete them, and run "
        "the destroy again; it goes on where it stopped"
    )

"""One step of sleep or wake: ask for it, and wait until the object is there.

AWS refuses what an object on its way to another state cannot do yet; that is asked again. Anything
else that it refuses ends the step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from automation.sleep.kind import Kind
from automation.sleep.kinds import KINDS

if TYPE_CHECKING:
    from automation.backend import Login
    from automation.sleep.record import Records
    from components.off_hours import OffHours

Say = Callable[[str], None]
# A database takes ten minutes to start, a cluster of Redshift may take twenty.
PATIENCE_SECONDS = 1800.0
PAUSE_SECONDS = 10.0
# The object is on its way to another state; what it refuses now it takes in a while.
_BUSY = frozenset(
    {
        "ConcurrentModificationException",
        "ConflictException",
        "InvalidClusterState",
        "InvalidClusterStateFault",
        "InvalidDBClusterStateFault",
        "InvalidDBInstanceState",
        "InvalidResourceStateFault",
        "ResourceInUseException",
        "ScalingActivityInProgress",
        "SchedulerTransitioningException",
        "Throttling",
        "ThrottlingException",
    }
)
_GONE = frozenset(
    {
        "ClusterNotFound",
        "DBClusterNotFoundFault",
        "DBInstanceNotFound",
        "DBInstanceNotFoundFault",
        "EntityNotFoundException",
        "ResourceNotFoundException",
        "ResourceNotFoundFault",
    }
)


@dataclass(frozen=True, kw_only=True)
class Target:
    """One object of the stack that can sleep."""

    urn: str
    type: str
    id: str

    @property
    def kind(self) -> Kind:
        return KINDS[self.type]

    @property
    def name(self) -> str:
        return self.urn.rsplit("::", 1)[-1]


@dataclass(frozen=True, kw_only=True)
class Bed:
    """A stack that may sleep: what it allows, how AWS is reached, where the way back is kept."""

    stack: str
    section: OffHours
    login: Login
    records: Records
    patience: float = PATIENCE_SECONDS
    pause: float = PAUSE_SECONDS
    clients: dict[str, Any] = field(default_factory=dict[str, Any])

    def client(self, service: str) -> Any:  # noqa: ANN401 (boto3 has no types)
        if service not in self.clients:
            self.clients[service] = self.login.client(service)
        return self.clients[service]


def attempt(
    bed: Bed,
    target: Target,
    done: Callable[[Mapping[str, Any]], bool],
    act: Callable[[], object],
    failed: list[str],
    say: Say,
    word: str,
) -> bool:
    """Act until it is done; a failure is noted, so that the others still get their turn."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        say(f"{target.name}: {word if _until(bed, target, done, act) else 'is not there any more'}")
    except (BotoCoreError, ClientError, TimeoutError) as error:
        failed.append(f"{target.name}: {error}")
        return False
    return True


def _until(
    bed: Bed,
    target: Target,
    done: Callable[[Mapping[str, Any]], bool],
    act: Callable[[], object],
) -> bool:
    """False when the object is gone. Raises TimeoutError, and what AWS refuses for good."""
    from botocore.exceptions import ClientError

    client, kind = bed.client(target.kind.service), target.kind
    deadline = time.monotonic() + bed.patience
    accepted = False
    while (now := observed(kind, client, target.id)) is not None:
        if done(now):
            return True
        try:
            if not accepted:
                act()
                accepted = True
                continue  # most do it at once
        except ClientError as error:
            if _code(error) not in _BUSY:
                raise
        if time.monotonic() > deadline:
            raise TimeoutError(f"it is {now.get('State', now)} after {bed.patience:.0f} s")
        time.sleep(bed.pause)
    return False


def observed(kind: Kind, client: Any, id_: str) -> dict[str, Any] | None:  # noqa: ANN401
    from botocore.exceptions import ClientError

    try:
        return kind.observe(client, id_)
    except ClientError as error:
        if _code(error) in _GONE:
            return None
        raise


def _code(error: Any) -> str:  # noqa: ANN401 (its types leave the code out)
    return str(error.response.get("Error", {}).get("Code", ""))

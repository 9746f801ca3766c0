"""The graph of every stack, recorded once from its committed file."""

import pytest

from automation.graph.command import PLATFORM
from tests.graph import FOUNDATION, MANAGED_AIRFLOW, STACKS, STATE_MACHINES, Graph, recorded


@pytest.fixture(scope="session", params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def graph(stack: str) -> Graph:
    return recorded(stack)


EITHER = {
    **{f"platform-{stack}": (stack, PLATFORM) for stack in STACKS},
    **{f"foundation-{stack}": (stack, FOUNDATION) for stack in STACKS},
    "mwaa-prod": ("prod", MANAGED_AIRFLOW),
    "step-functions-prod": ("prod", STATE_MACHINES),
}


@pytest.fixture(scope="session", params=EITHER)
def either(request: pytest.FixtureRequest) -> Graph:
    """The platform of a stack, the foundation that `make bootstrap` makes for it, and prod with
    the ways to run pipelines that its file does not choose.
    """
    return recorded(*EITHER[request.param])

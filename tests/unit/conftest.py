"""The graph of every stack, recorded once from its committed file."""

import pytest

from tests.graph import FOUNDATION, STACKS, Graph, recorded


@pytest.fixture(scope="session", params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def graph(stack: str) -> Graph:
    return recorded(stack)


@pytest.fixture(scope="session", params=["platform", "foundation"])
def either(request: pytest.FixtureRequest, stack: str) -> Graph:
    """The platform of a stack, and the foundation that `make bootstrap` makes for it."""
    return recorded(stack) if request.param == "platform" else recorded(stack, FOUNDATION)

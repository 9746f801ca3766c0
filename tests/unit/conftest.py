"""The graph of every stack, recorded once from its committed file."""

import pytest

from tests.graph import STACKS, Graph, recorded


@pytest.fixture(scope="session", params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def graph(stack: str) -> Graph:
    return recorded(stack)

"""The graph of every stack, recorded once from its committed file."""

import pytest

import program
import settings
from tests.graph import STACKS, Graph, record, stack_config


@pytest.fixture(scope="session", params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def graph(stack: str) -> Graph:
    return record(lambda: program.build(settings.load()), stack=stack, config=stack_config(stack))

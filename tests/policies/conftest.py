"""The graph of every stack before the rules."""

import pytest

from tests.graph import STACKS, recorded, stack_file
from tests.policies.bench import Bench


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def bench(stack: str) -> Bench:
    return Bench(stack=stack, graph=recorded(stack), config=stack_file(stack))


@pytest.fixture
def prod() -> Bench:
    return Bench(stack="prod", graph=recorded("prod"), config=stack_file("prod"))

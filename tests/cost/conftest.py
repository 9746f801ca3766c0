"""Prices and usage that tests count with, and the resources of every stack, recorded once."""

import io
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from automation import engine
from automation.cost import docs, pricebook, usage
from automation.cost.command import priced_stacks
from automation.cost.model import Context, Resource
from automation.errors import UserError
from tests.graph import recorded


@pytest.fixture(scope="session")
def book():
    return pricebook.load("eu-west-1")


@pytest.fixture(scope="session")
def assumed():
    """Not a stack's: its numbers may change without touching what was worked out by hand."""
    return usage.load("prod", Path(__file__).parent / "assumed")


@pytest.fixture(scope="session")
def estimates():
    """Of previews of the stacks on the real engine, made once for the pages written of them."""
    try:
        engine.find(lambda _text: None)
    except UserError as error:
        pytest.skip(str(error))
    return docs.estimates(Console(file=io.StringIO()))


@pytest.fixture
def priced(book, assumed):
    """The lines of one resource among others: `{what: USD}`."""

    def lines(one: Resource, *others: Resource, use=assumed) -> dict[str, Decimal]:
        from automation.cost.rules import RULES

        context = Context(book=book, usage=use, resources=(one, *others))
        return {line.what: line.usd for line in RULES[one.type](one, context)}

    return lines


@pytest.fixture
def events(assumed):
    """Usage with other events: so many a day, of so many bytes, so many to a record."""

    def changed(per_day: int, size: int, per_record: int):
        values = {"per_day": per_day, "bytes": size, "per_record": per_record}
        update = {
            name: getattr(assumed.events, name).model_copy(update={"value": Decimal(value)})
            for name, value in values.items()
        }
        return assumed.model_copy(update={"events": assumed.events.model_copy(update=update)})

    return changed


@pytest.fixture(scope="session", params=priced_stacks())
def stack(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def resources(stack: str) -> tuple[Resource, ...]:
    graph = recorded(stack)
    return tuple(
        Resource(urn=node.urn, type=node.type, inputs=node.inputs, parent=node.parent)
        for node in graph.nodes.values()
    )

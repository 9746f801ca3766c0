"""What a part costs is what a stack costs less without it; the pages that say so are current."""

from copy import deepcopy
from decimal import Decimal

import pytest
import yaml

import settings
from automation.cost.command import priced_stacks
from automation.cost.estimate import estimate
from automation.cost.model import Resource
from automation.graph.page import purposes
from tests.graph import stack_file
from tools import optimisation

# Sections whose other keys stay when they are switched off.
WHOLE = ("observability",)
VPC = ("Airflow", "Warehouse", "ShopDatabase", "Databricks")
NAT = "aws:ec2/natGateway:NatGateway"
DATABASE = "aws:rds/instance:Instance"


def inside(component: str, type_: str, name: str, **inputs: object) -> Resource:
    """A resource of a component, as the engine names it."""
    return Resource(
        urn=f"urn:pulumi:test::shop::shop:components:{component}${type_}::{name}",
        type=type_,
        inputs=inputs,
    )


@pytest.fixture
def rows(book, assumed):
    """Cells of the row of a part, over stacks made of these resources."""

    def of(first: str, *stacks: list[Resource]) -> list[str]:
        estimates = {
            f"stack{number}": estimate("test", resources, assumed, book)
            for number, resources in enumerate(stacks)
        }
        table = optimisation.parts(estimates, lambda text: text)
        (line,) = (line for line in table.splitlines() if line.startswith(f"| {first} |"))
        return [cell.strip() for cell in line.strip("|").split("|")]

    return of


def test_a_part_costs_what_is_inside_it_and_nothing_of_others(rows):
    gateways = [inside("Network", NAT, f"network-nat-{zone}") for zone in "abc"]
    database = inside(
        "ShopDatabase",
        DATABASE,
        "shop-db-instance",
        engine="postgres",
        instanceClass="db.t4g.micro",
        allocatedStorage=20,
        storageType="gp3",
        multiAz=False,
    )
    three = rows("`Network`", [*gateways, database])[1]
    none, one = rows("`Network`", [database], [gateways[0]])[1:3]
    assert none == "-"
    assert _usd(three) > 2 * _usd(one) > 0
    assert rows("`ShopDatabase`", [*gateways, database])[1] == "$14.95"


def test_parts_and_the_rest_are_all_of_the_stack(book, assumed):
    resources = [
        inside("Network", NAT, "network-nat-a"),
        inside("StreamIngest", "aws:kinesis/stream:Stream", "ingest-stream", shardCount=1),
    ]
    found = estimate("test", resources, assumed, book)
    table = optimisation.parts({"test": found}, lambda text: text).splitlines()[2:]
    amounts = [_usd(line.split("|")[2].strip()) for line in table]
    assert abs(sum(amounts) - found.total) < Decimal("0.01") * len(amounts)


def test_every_part_is_a_component_that_is_there():
    assert {part.component for part in optimisation.PARTS} <= set(purposes())


@pytest.mark.parametrize("stack", priced_stacks())
def test_a_stack_takes_what_the_table_says_to_write_into_its_file(stack):
    sections = {
        name.removeprefix("shop:"): value
        for name, value in stack_file(stack).items()
        if name.startswith("shop:")
    }
    runner = stack_file("dev")["shop:pipeline"][
        "runner"
    ]  # as the table says, state machines need one
    for part in sorted(optimisation.PARTS, key=lambda part: part.component == "Network"):
        changed = deepcopy(sections)
        for key, value in (pair.split(": ") for pair in part.off.split(", ")):
            section, name = key.split(".")
            if (name, value) == ("enabled", "false") and section not in WHOLE:
                changed[section] = {"enabled": False}
            else:
                changed[section][name] = yaml.safe_load(value)
            if value == "step_functions":
                changed[section]["runner"] = runner
        settings.parse(stack, changed)
        if part.component in VPC:  # the network goes last, once nobody needs it
            sections = changed


@pytest.mark.engine
def test_the_pages_on_paying_less_are_current(estimates):
    made = optimisation.generated(estimates)
    for page, text in made.items():
        assert page.read_text() == text, "run `python -m tools.optimisation`"


def _usd(text: str) -> Decimal:
    return Decimal(0) if text in ("-", "") else Decimal(text.strip("$<").replace(",", ""))

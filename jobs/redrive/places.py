"""Where a command works: the names of a deployed stack, from its outputs or given by hand, and how
its services are reached.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from automation.errors import UserError

if TYPE_CHECKING:
    import argparse

# Of a stack's outputs: what the commands need, and which option gives it by hand.
NAMES = {
    "bronze_bucket": "--bronze",
    "silver_bucket": "--silver",
    "stream": "--stream",
    "consumer": "--consumer",
    "data_validator": "--validator",
    "dead_letter_url": "--queue",
    "validator_dead_letter_url": "--queue",
    "raw_prefix": "--prefix",
}
# Of those, the functions: whom a letter may ask to be called again.
FUNCTIONS = ("consumer", "data_validator")


@dataclass(frozen=True, kw_only=True)
class Places:
    """Names by the stack's word for them, and a client of boto3 for a service."""

    names: Mapping[str, str]
    client: Callable[[str], Any] = field(repr=False)

    def __getitem__(self, name: str) -> str:
        """Raises `UserError` for a name that neither the stack nor an option gives."""
        found = self.names.get(name)
        if not found:
            raise UserError(
                f"there is no {name}: give {NAMES[name]}, or --stack with a deployed stack"
            )
        return found

    def functions(self) -> frozenset[str]:
        """Names of the stack's functions, as far as they are known."""
        return frozenset(self.names[name] for name in FUNCTIONS if self.names.get(name))


def as_day(text: str) -> date:
    """A day of the command line. Raises `UserError` for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError(f"{text} is no day: write it as 2026-11-22") from None


def add_options(parser: argparse.ArgumentParser, *needed: str) -> None:
    """`--stack`, an option for each name of `needed`, and `--yes`."""
    parser.add_argument("--stack", help="take names from this stack's outputs")
    for name in needed:
        parser.add_argument(
            NAMES[name], dest=name, help=f"{name.replace('_', ' ')}, instead of the stack's"
        )
    parser.add_argument("--yes", action="store_true", help="do it; otherwise it is only told")


def places(options: argparse.Namespace) -> Places:
    """As the command line says. Raises `UserError` for a stack that is not there."""
    given = {name: value for name in NAMES if (value := getattr(options, name, None))}
    if queue := getattr(options, "queue", None):
        given |= dict.fromkeys(("dead_letter_url", "validator_dead_letter_url"), queue)
    if options.stack is None:
        return Places(names=given, client=_client)
    from automation import engine as engines
    from automation import operate
    from automation.backend import Login

    engine = engines.find(lambda _: None)
    with operate.opened(options.stack, engine) as opened:
        outputs, settings = opened.outputs(), opened.settings
    platform, prefix = settings.platform, settings.ingest.raw_prefix
    login = Login(
        region=platform.region,
        account_id=platform.account_id,
        emulator_url=operate.emulator_of(options.stack),
    )
    return Places(names={**outputs, "raw_prefix": prefix, **given}, client=login.client)


def _client(service: str) -> Any:  # noqa: ANN401 (boto3 has no types)
    """As whoever is logged in, in the region of the environment."""
    import boto3
    from botocore.exceptions import NoRegionError

    create = cast("Callable[..., Any]", boto3.client)
    try:
        return create(service)
    except NoRegionError:
        raise UserError("there is no region: set AWS_DEFAULT_REGION, or give --stack") from None

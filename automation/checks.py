"""What is asked about a previewed stack beside its changes: the policies, and the cost.

Each is a function over the result of one preview; this is the one place that knows their modules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from automation.results import PolicyNote, Result
    from automation.stack_report import CostNote

    # Of the stack file the `aws:` entries, of which the engine makes its provider.
    Config = Mapping[str, Any]


class PolicyReport(Protocol):
    @property
    def violations(self) -> tuple[PolicyNote, ...]: ...
    @property
    def not_evaluated(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Checks:
    """None is a check that is not made: its column does not appear."""

    policy: Callable[[Result, str, Config, date], PolicyReport] | None = None
    cost: Callable[[Result, str, Config], CostNote] | None = None


def policy(result: Result, stack: str, config: Config, today: date) -> PolicyReport:
    from automation import policy as policies

    return policies.evaluate(result, stack, today, config=config)


def cost(result: Result, stack: str, config: Config) -> CostNote:
    from automation.cost import compare, pricebook, usage

    book = pricebook.load(str(config["aws:region"]))
    return compare.note(compare.compare(result, usage.load(stack), book, stack))


ALL = Checks(policy=policy, cost=cost)

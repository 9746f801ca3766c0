"""A rule: a name, a sentence, and a function from a resource to what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pydantic import Field

from components.section import Section
from policies.subject import Subject


class Severity(StrEnum):
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Limits(Section):
    """What a rule measures against, in one environment."""

    regions: list[str] = Field(description="Regions in which anything may lie.")
    tags: dict[str, list[str]] = Field(
        description="Tags that everything carries, with the values allowed; none: any value."
    )
    backup_days: int = Field(ge=0, description="Fewest days that a database keeps its backups.")
    key_window_days: int = Field(
        ge=7, le=30, description="Fewest days in which a deleted key can be rescued."
    )
    log_days: int = Field(ge=1, description="Most days that a log group keeps its events.")
    endpoints: list[str] = Field(
        description="AWS services that a VPC must reach without the internet, as the last part of "
        "the endpoint's service name."
    )


@dataclass(frozen=True, kw_only=True)
class Context:
    limits: Limits
    subjects: Sequence[Subject] = ()
    """All resources of the stack, for a rule of the whole stack."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`check` yields a sentence for each thing that is wrong: what stands there, and the way out.

    A rule that looks at other resources too is one of the whole stack: the engine runs it once, at
    the end.
    """

    name: str
    says: str
    severity: Severity
    types: frozenset[str]
    check: Callable[[Subject, Context], Iterable[str]]
    whole_stack: bool = False

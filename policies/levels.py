"""Which rule does what in which environment, read from `policies/levels.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import Field, ValidationError

from components.section import Section
from policies.rule import Limits

FILE = Path(__file__).parent / "levels.yaml"
STRICTEST = "prod"
Model = TypeVar("Model", bound=Section)


class BadFileError(Exception):
    """A file of the pack says something it may not; its text names file, key and way out."""


class Level(StrEnum):
    MANDATORY = "mandatory"
    ADVISORY = "advisory"
    DISABLED = "disabled"


class Levels(Section):
    levels: dict[str, dict[str, Level]] = Field(description="Rule, to environment, to its level.")
    limits: dict[str, Limits] = Field(description="Environment, to what rules measure against.")

    def environment(self, stack: str) -> str:
        """The environment whose levels hold for the stack; a stack of an unknown name gets the
        strictest.
        """
        return stack if stack in self.limits else STRICTEST

    def level(self, rule: str, stack: str) -> Level:
        return self.levels[rule][self.environment(stack)]

    def limits_of(self, stack: str) -> Limits:
        return self.limits[self.environment(stack)]


def load(rules: Collection[str], path: Path = FILE) -> Levels:
    """The levels of all `rules`; raises `BadFileError` if one has none in some environment."""
    found = read(path, Levels.model_validate)
    if STRICTEST not in found.limits:
        raise BadFileError(
            f"{path.name}: limits.{STRICTEST} is missing: stacks of unknown names are judged by it"
        )
    if missing := sorted(set(rules) - set(found.levels)):
        raise BadFileError(f"{path.name}: no levels for {', '.join(missing)}; add a line for each")
    if stray := sorted(set(found.levels) - set(rules)):
        raise BadFileError(f"{path.name}: there is no rule {', '.join(stray)}; remove its line")
    for rule, levels in found.levels.items():
        if set(levels) != set(found.limits):
            raise BadFileError(
                f"{path.name}: levels.{rule} names {', '.join(sorted(levels))}; it must name each "
                f"of {', '.join(sorted(found.limits))}"
            )
    return found


def read(path: Path, validate: Callable[[object], Model]) -> Model:
    """A YAML file as a model; raises `BadFileError` naming the key that is wrong."""
    try:
        return validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise BadFileError(f"{path.name} cannot be read: {error}") from None
    except ValidationError as error:
        problems = [
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']} (found {one['input']!r})"
            for one in error.errors()
        ]
        raise BadFileError(f"{path.name}: {'; '.join(problems)}") from None

"""What a pipeline may consist of: steps, what each of them works on, and the order between them.

Plain values. A text in a step may hold `{placeholders}` (see `pipelines.templates`). It leaves out
how a step is run: each kind is understood by `pipelines.asl` and `pipelines.airflow_dag`, and a
test compares what the two make of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from pipelines.templates import unknown_placeholders

# A function of Lambda is ended after 900 seconds (Lambda developer guide, quotas).
LONGEST_COMMAND_SECONDS = 900


class PipelineError(ValueError):
    """A pipeline that cannot be run; one sentence names the step and the way out."""


@dataclass(frozen=True, kw_only=True)
class WaitForObject:
    """Until an object lies under the prefix of a bucket; looks every `poll_seconds`."""

    bucket: str
    prefix: str
    poll_seconds: int = 60


@dataclass(frozen=True, kw_only=True)
class GlueJob:
    """One run of a Glue job that exists; `arguments` as in `{"--day": "{day}"}`."""

    job: str
    arguments: Mapping[str, str] = field(default_factory=dict[str, str])
    poll_seconds: int = 30


@dataclass(frozen=True, kw_only=True)
class AthenaQuery:
    """One query. With `must_be_zero` it returns one number, and any but 0 fails the step."""

    sql: str
    database: str
    must_be_zero: bool = False
    poll_seconds: int = 5


@dataclass(frozen=True, kw_only=True)
class Function:
    """One call of a Lambda function, with a payload of texts."""

    function: str
    payload: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class Command:
    """One of `pipelines.commands`, for a day."""

    command: str


@dataclass(frozen=True, kw_only=True)
class Dbt:
    """All models and tests of the warehouse, silver to gold, in one process: dbt takes longer to
    start than to build a model.
    """

    @property
    def command(self) -> str:
        return "dbt_build"


Work = WaitForObject | GlueJob | AthenaQuery | Function | Command | Dbt


@dataclass(frozen=True, kw_only=True)
class Step:
    """`retries` are attempts after the first; `timeout_seconds` is for each of them."""

    name: str
    work: Work
    after: tuple[str, ...] = ()
    retries: int = 2
    retry_seconds: int = 60
    timeout_seconds: int = LONGEST_COMMAND_SECONDS


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """Steps in any order; raises `PipelineError` when they are no pipeline."""

    name: str
    description: str
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        names = [step.name for step in self.steps]
        if not names:
            raise PipelineError(f"{self.name} has no steps: give it one")
        for step in self.steps:
            self._check(step, names)
        self.waves()

    def _check(self, step: Step, names: list[str]) -> None:
        if names.count(step.name) > 1:
            raise PipelineError(
                f"{self.name}: two steps are called {step.name!r}: rename one of them"
            )
        if not step.name.isidentifier():
            raise PipelineError(
                f"{self.name}: {step.name!r} is no name of a step: letters, digits and underscores"
            )
        for before in step.after:
            if before not in names:
                raise PipelineError(
                    f"{self.name}: {step.name} comes after {before!r}, which is no step: name one "
                    f"of {', '.join(names)}"
                )
        if step.retries < 0 or step.timeout_seconds < 1:
            raise PipelineError(
                f"{self.name}: {step.name} has {step.retries} retries and a timeout of "
                f"{step.timeout_seconds} s: give at least 0 and 1"
            )
        if unknown := unknown_placeholders(step.work):
            raise PipelineError(
                f"{self.name}: {step.name} uses {{{unknown[0]}}}, which no place is called; see "
                "pipelines/places.py"
            )

    def waves(self) -> list[list[Step]]:
        """Steps whose predecessors are all in earlier waves, in the order in which they stand.

        Raises `PipelineError` naming the steps of a circle.
        """
        by_name = {step.name: step for step in self.steps}
        sorter = TopologicalSorter({step.name: step.after for step in self.steps})
        try:
            sorter.prepare()
        except CycleError as error:
            circle = " -> ".join(reversed(error.args[1]))
            raise PipelineError(
                f"{self.name}: steps wait for each other ({circle}): remove one of these `after`"
            ) from None
        waves: list[list[Step]] = []
        while sorter.is_active():
            ready = set(sorter.get_ready())
            waves.append([by_name[name] for name in by_name if name in ready])
            sorter.done(*ready)
        return waves

"""A pipeline as a state machine of AWS Step Functions (Amazon States Language, JSONata).

A state machine has no graph of tasks: steps whose predecessors are done run side by side as one
wave, and the next wave waits for all of them. A step is tried as a whole, so that a wait or a query
begins anew. Waits poll: the same definition then runs everywhere, also where `.sync` integrations
are missing, at $0.025 per 1,000 looks. The price of that: stopping a run leaves its Glue job going.

Whatever fails ends in one message to the alert topic, and the run is marked as failed.
"""

import json

from pipelines.asl_poll import State, States
from pipelines.asl_steps import DAY, StepStates
from pipelines.places import Places
from pipelines.steps import Pipeline, Step

PUBLISH = "arn:aws:states:::sns:publish"
DAY_MILLIS = 86_400_000
# Given, or the day before the schedule's time: its folders are complete, wherever the shop is.
WHICH_DAY = (
    "{% $exists($states.input.day) ? $states.input.day : $fromMillis($toMillis("
    "$exists($states.input.scheduled) ? $states.input.scheduled : "
    f"$states.context.Execution.StartTime) - {DAY_MILLIS}, '[Y0001]-[M01]-[D01]') %}}"
)


def state_machine(pipeline: Pipeline, places: Places) -> str:
    """The definition as JSON text. Its input: `{"day": "2026-01-31"}`, `{"scheduled": "<time>"}`,
    or nothing. Raises `PipelineError` for a step that cannot run here.
    """
    compiled = _Compiler(pipeline, places)
    return json.dumps(compiled.definition(), indent=1)


class _Compiler:
    def __init__(self, pipeline: Pipeline, places: Places) -> None:
        self._pipeline = pipeline
        self._places = places

    def definition(self) -> State:
        waves = [self._wave(number, wave) for number, wave in enumerate(self._pipeline.waves(), 1)]
        states: States = {}
        for (name, state), following in zip(waves, [*waves[1:], None], strict=True):
            states[name] = state | (_next(following[0]) if following else {"End": True})
        return {
            "Comment": self._pipeline.description,
            "QueryLanguage": "JSONata",
            "StartAt": "Day",
            # A guard: every step has its own limit and ends before.
            "TimeoutSeconds": sum(self._longest(step) for step in self._pipeline.steps),
            "States": {
                "Day": {
                    "Type": "Pass",
                    "Assign": {"day": WHICH_DAY},
                    "Output": {},
                    "Next": "Run",
                },
                "Run": {
                    "Type": "Parallel",
                    "Branches": [{"StartAt": waves[0][0], "States": states}],
                    "Catch": [
                        {
                            "ErrorEquals": ["States.ALL"],
                            "Assign": {"failure": "{% $states.errorOutput %}"},
                            "Next": "Alert" if self._places.alert_topic_arn else "Failed",
                        }
                    ],
                    "Next": "Done",
                },
                "Done": {"Type": "Pass", "Output": {"day": "{% $day %}"}, "End": True},
                **self._failure(),
            },
        }

    def _wave(self, number: int, steps: list[Step]) -> tuple[str, State]:
        if len(steps) == 1:
            return steps[0].name, self._step(steps[0])
        branches = [
            {"StartAt": step.name, "States": {step.name: self._step(step) | {"End": True}}}
            for step in steps
        ]
        return f"Wave {number}", {"Type": "Parallel", "Branches": branches, "Output": {}}

    def _step(self, step: Step) -> State:
        retry: list[State] = []
        if step.retries:
            retry = [
                {
                    "ErrorEquals": ["States.ALL"],
                    "IntervalSeconds": step.retry_seconds,
                    "MaxAttempts": step.retries,
                    "BackoffRate": 2,
                }
            ]
        states = StepStates(step=step, places=self._places).states()
        return {
            "Type": "Parallel",
            "Branches": [{"StartAt": next(iter(states)), "States": states}],
            "Output": {},
            **({"Retry": retry} if retry else {}),
        }

    def _failure(self) -> States:
        failed: States = {
            "Failed": {
                "Type": "Fail",
                "Error": "{% $failure.Error %}",
                "Cause": "{% $failure.Cause ? $failure.Cause : 'no cause given' %}",
            }
        }
        if not self._places.alert_topic_arn:
            return failed
        name = self._pipeline.name
        return {
            "Alert": {
                "Type": "Task",
                "Resource": PUBLISH,
                "Arguments": {
                    "TopicArn": self._places.alert_topic_arn,
                    "Subject": f"{name} failed",
                    "Message": f"{{% '{name} failed for ' & {DAY} & ': ' & $failure.Error & ': ' & "
                    "($failure.Cause ? $failure.Cause : 'no cause given') & '. Run: ' & "
                    "$states.context.Execution.Id %}",
                },
                # A topic that cannot be reached must not hide what failed.
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}],
                "Next": "Failed",
            },
            **failed,
        }

    def _longest(self, step: Step) -> int:
        pauses = sum(step.retry_seconds * 2**attempt for attempt in range(step.retries))
        return step.timeout_seconds * (step.retries + 1) + pauses


def _next(name: str) -> State:
    return {"Next": name}

"""The states of one step in a state machine: a call, or something that is started and looked at
until it is done (see `pipelines.asl` for why it polls).

Every name of a state begins with the name of its step: Step Functions wants them unique.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from pipelines.asl_poll import Poll, States
from pipelines.places import Places
from pipelines.steps import (
    LONGEST_COMMAND_SECONDS,
    AthenaQuery,
    Command,
    Dbt,
    Function,
    GlueJob,
    PipelineError,
    Step,
    WaitForObject,
)
from pipelines.templates import jsonata, with_places

SDK = "arn:aws:states:::aws-sdk"
INVOKE = "arn:aws:states:::lambda:invoke"
DAY = "$day"
# States of a Glue run that it does not leave (Glue web API, JobRun), but SUCCEEDED.
ENDED_BADLY = ["FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"]
# Faults of the service itself, which are no failure of ours (Lambda developer guide, invoking with
# Step Functions).
OF_LAMBDA = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
]


@dataclass(frozen=True, kw_only=True)
class StepStates:
    """The states of `step` in a stack."""

    step: Step
    places: Places

    def states(self) -> States:
        """In order: the first is where the step begins. Raises `PipelineError` for a step that
        cannot run as a state.
        """
        match self.step.work:
            case WaitForObject():
                return self._waiting(self.step.work)
            case GlueJob():
                return self._glue(self.step.work)
            case AthenaQuery():
                return self._athena(self.step.work)
            case Function():
                payload = {key: self._text(text) for key, text in self.step.work.payload.items()}
                return self._call(self._text(self.step.work.function), payload)
            case Command() | Dbt():
                runner = self.places.runner_function
                if not runner:
                    raise PipelineError(
                        f"{self.step.name} is a command, and this stack has no "
                        "function that runs commands: give runner_function"
                    )
                return self._call(
                    runner, {"command": self.step.work.command, "day": f"{{% {DAY} %}}"}
                )

    def _call(self, function: str, payload: Mapping[str, object]) -> States:
        if self.step.timeout_seconds > LONGEST_COMMAND_SECONDS:
            raise PipelineError(
                f"{self.step.name} may take {self.step.timeout_seconds} s, and a "
                f"function of Lambda is ended after {LONGEST_COMMAND_SECONDS}: lower its timeout, "
                "or run the pipeline on Airflow"
            )
        return {
            f"{self.step.name}: call": {
                "Type": "Task",
                "Resource": INVOKE,
                "Arguments": {"FunctionName": function, "Payload": dict(payload)},
                "TimeoutSeconds": self.step.timeout_seconds,
                "Retry": [
                    {
                        "ErrorEquals": OF_LAMBDA,
                        "IntervalSeconds": 2,
                        "MaxAttempts": 3,
                        "BackoffRate": 2,
                    }
                ],
                "End": True,
            }
        }

    def _waiting(self, work: WaitForObject) -> States:
        poll = Poll(step=self.step)
        look, found, wait = (f"{self.step.name}: {role}" for role in ("look", "found", "wait"))
        return {
            **poll.begin(look),
            look: {
                "Type": "Task",
                "Resource": f"{SDK}:s3:listObjectsV2",
                "Arguments": {
                    "Bucket": self._text(work.bucket),
                    "Prefix": self._text(work.prefix),
                    "MaxKeys": 1,
                },
                # An empty listing has no Contents.
                "Output": {"found": "{% $exists($states.result.Contents) %}"},
                "Next": found,
            },
            found: poll.choice("$states.input.found", wait),
            wait: {"Type": "Wait", "Seconds": work.poll_seconds, "Next": look},
            **poll.ends(),
        }

    def _glue(self, work: GlueJob) -> States:
        poll = Poll(step=self.step)
        start, look, done, wait = (
            f"{self.step.name}: {role}" for role in ("start", "look", "done", "wait")
        )
        job = self._text(work.job)
        if not job:
            raise PipelineError(
                f"{self.step.name} has no Glue job: set jobs: commands, or give the stack its jobs"
            )
        arguments = {key: self._text(text) for key, text in work.arguments.items()}
        return {
            **poll.begin(start),
            start: {
                "Type": "Task",
                "Resource": f"{SDK}:glue:startJobRun",
                "Arguments": {"JobName": job, "Arguments": arguments},
                "Assign": {poll.variable("run"): "{% $states.result.JobRunId %}"},
                "Next": wait,
            },
            wait: {"Type": "Wait", "Seconds": work.poll_seconds, "Next": look},
            look: {
                "Type": "Task",
                "Resource": f"{SDK}:glue:getJobRun",
                "Arguments": {"JobName": job, "RunId": f"{{% ${poll.variable('run')} %}}"},
                "Output": {
                    "state": "{% $states.result.JobRun.JobRunState %}",
                    "reason": "{% $states.result.JobRun.ErrorMessage ? "
                    "$states.result.JobRun.ErrorMessage : 'no reason given' %}",
                },
                "Next": done,
            },
            done: poll.choice(
                "$states.input.state = 'SUCCEEDED'",
                wait,
                failed=f"$states.input.state in {json.dumps(ENDED_BADLY)}",
            ),
            **poll.ends(because="$states.input.reason"),
        }

    def _athena(self, work: AthenaQuery) -> States:
        poll = Poll(step=self.step)
        start, look, done, wait, read, judge = (
            f"{self.step.name}: {role}"
            for role in ("start", "look", "done", "wait", "read", "judge")
        )
        states: States = {
            **poll.begin(start),
            start: {
                "Type": "Task",
                "Resource": f"{SDK}:athena:startQueryExecution",
                "Arguments": {
                    "QueryString": self._text(work.sql),
                    "QueryExecutionContext": {"Database": self._text(work.database)},
                    "WorkGroup": self._text("{workgroup}"),
                },
                "Assign": {poll.variable("query"): "{% $states.result.QueryExecutionId %}"},
                "Next": wait,
            },
            wait: {"Type": "Wait", "Seconds": work.poll_seconds, "Next": look},
            look: {
                "Type": "Task",
                "Resource": f"{SDK}:athena:getQueryExecution",
                "Arguments": {"QueryExecutionId": f"{{% ${poll.variable('query')} %}}"},
                "Output": {
                    "state": "{% $states.result.QueryExecution.Status.State %}",
                    "reason": "{% $states.result.QueryExecution.Status.StateChangeReason ? "
                    "$states.result.QueryExecution.Status.StateChangeReason : 'no reason given' %}",
                },
                "Next": done,
            },
            done: poll.choice(
                "$states.input.state = 'SUCCEEDED'",
                wait,
                failed="$states.input.state in ['FAILED', 'CANCELLED']",
                then=read if work.must_be_zero else None,
            ),
            **poll.ends(because="$states.input.reason"),
        }
        if not work.must_be_zero:
            return states
        refused = f"{self.step.name}: refused"
        return states | {
            read: {
                "Type": "Task",
                "Resource": f"{SDK}:athena:getQueryResults",
                "Arguments": {
                    "QueryExecutionId": f"{{% ${poll.variable('query')} %}}",
                    "MaxResults": 2,
                },
                # The first row repeats the names of the columns.
                "Output": {
                    "bad": "{% $string($states.result.ResultSet.Rows[1].Data[0].VarCharValue) %}"
                },
                "Next": judge,
            },
            judge: {
                "Type": "Choice",
                "Choices": [
                    {
                        "Condition": "{% $states.input.bad = '0' %}",
                        "Next": f"{self.step.name}: ended",
                    }
                ],
                "Default": refused,
            },
            refused: {
                "Type": "Fail",
                "Error": "GateClosed",
                "Cause": f"{{% '{self.step.name}: ' & $states.input.bad & ' bad rows' %}}",
            },
        }

    def _text(self, text: str) -> str:
        return jsonata(with_places(text, asdict(self.places)), DAY)

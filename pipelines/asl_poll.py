"""The states in which a step waits: when it gives up, and what it looks for.

Each state is named after its step, because Step Functions wants names that are unique in a machine.
"""

from dataclasses import dataclass
from typing import Any

from pipelines.steps import Step

State = dict[str, Any]
States = dict[str, State]


@dataclass(frozen=True, kw_only=True)
class Poll:
    step: Step

    def begin(self, following: str) -> States:
        """Sets the deadline of an attempt."""
        return {
            f"{self.step.name}: begin": {
                "Type": "Pass",
                "Assign": {
                    self.variable(
                        "deadline"
                    ): f"{{% $millis() + {self.step.timeout_seconds * 1000} %}}"
                },
                "Next": following,
            }
        }

    def choice(
        self, good: str, wait: str, *, failed: str | None = None, then: str | None = None
    ) -> State:
        choices = [{"Condition": f"{{% {good} %}}", "Next": then or f"{self.step.name}: ended"}]
        if failed is not None:
            choices.append({"Condition": f"{{% {failed} %}}", "Next": f"{self.step.name}: failed"})
        choices.append(
            {
                "Condition": f"{{% $millis() > ${self.variable('deadline')} %}}",
                "Next": f"{self.step.name}: too late",
            }
        )
        return {"Type": "Choice", "Choices": choices, "Default": wait}

    def ends(self, *, because: str | None = None) -> States:
        states: States = {
            f"{self.step.name}: ended": {"Type": "Succeed"},
            f"{self.step.name}: too late": {
                "Type": "Fail",
                "Error": "TooLate",
                "Cause": f"{self.step.name} was not done within {self.step.timeout_seconds} s",
            },
        }
        if because is not None:
            states[f"{self.step.name}: failed"] = {
                "Type": "Fail",
                "Error": "StepFailed",
                "Cause": f"{{% '{self.step.name}: ' & {because} %}}",
            }
        return states

    def variable(self, role: str) -> str:
        """Its own for each step: the emulator does not keep branches apart, as AWS does."""
        return f"{self.step.name}_{role}"

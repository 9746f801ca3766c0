"""What a stack may say about being put to sleep when nobody works (`automation.sleep`).

Plain values only: the program makes no resource of it. When sleep and wake happen is written in the
workflow that runs them.
"""

from typing import Self

from pydantic import Field, model_validator

from components.section import Section


class OffHours(Section):
    allowed: bool = Field(
        description="Whether `sleep` may stop the stack's nodes, databases, replications and "
        "schedules. False: it is refused, whoever asks."
    )
    stay_awake: list[str] = Field(
        default_factory=list[str],
        description="Names of resources that sleep leaves alone, as in tests/urns, e.g. "
        "`producer-schedule`.",
    )

    @model_validator(mode="after")
    def _only_a_sleeper_has_exceptions(self) -> Self:
        if self.stay_awake and not self.allowed:
            raise ValueError(
                f"stay_awake names {', '.join(self.stay_awake)} while allowed is false: nothing "
                "sleeps; remove it, or set allowed: true"
            )
        return self

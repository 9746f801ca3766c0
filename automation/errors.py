"""Errors that a user reads, one sentence naming the value, the limit and the way out, and the exit
code that each of them ends a command with.

Codes 2, 5 and 7 are Pulumi's own (sdk/go/common/util/cmdutil: exit codes); the others are ours and
stay clear of them. `docs/ci.md` has the table, and a test compares.
"""

from enum import IntEnum
from pathlib import Path
from typing import ClassVar

ROOT = Path(__file__).parent.parent


class Exit(IntEnum):
    """What a command ends with."""

    OK = 0
    """Done; of a preview or drift: nothing would change, or changes are no failure here."""
    FAILED = 1
    """A resource or the program failed; the error says which."""
    CONFIGURATION = 2
    """The stack file or the command line says something it may not. Nothing was started."""
    POLICY = 5
    """A mandatory policy is violated. Nothing was changed."""
    CHANGES = 7
    """There are changes although `--expect-no-changes` was given, or drift."""
    DATA_AT_RISK = 10
    """Data would be deleted or lose its guard, and nobody allowed it. Nothing was changed."""
    LOCKED = 11
    """Another run holds the stack. Nothing was changed."""
    NO_ENGINE = 12
    """There is no Pulumi engine and no way to get one."""
    TOO_DEAR = 13
    """The cost is above the limit that was given."""
    INTERRUPTED = 130
    """Ctrl-C; the engine ended in order."""
    TERMINATED = 143
    """SIGTERM; the engine ended in order."""


class UserError(Exception):
    """Ends a command with its text and its exit code, without a traceback."""

    exit: ClassVar[Exit] = Exit.FAILED


class ConfigurationError(UserError):
    exit: ClassVar[Exit] = Exit.CONFIGURATION


class PolicyError(UserError):
    exit: ClassVar[Exit] = Exit.POLICY


class DataAtRiskError(UserError):
    exit: ClassVar[Exit] = Exit.DATA_AT_RISK


class LockedError(UserError):
    exit: ClassVar[Exit] = Exit.LOCKED


class NoEngineError(UserError):
    exit: ClassVar[Exit] = Exit.NO_ENGINE


class TooDearError(UserError):
    exit: ClassVar[Exit] = Exit.TOO_DEAR


class InterruptedByUser(KeyboardInterrupt):
    """The engine was asked to stop and did; `exit` says by which signal."""

    def __init__(self, exit_code: Exit = Exit.INTERRUPTED) -> None:
        super().__init__(exit_code.name.lower())
        self.exit = exit_code

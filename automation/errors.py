"""The error that a user reads: one sentence naming the value, the limit and the way out."""

from pathlib import Path

ROOT = Path(__file__).parent.parent


class UserError(Exception):
    """Ends a command with its text and exit code 1, without a traceback."""

"""A demo that was kept running (`KEEP=1`): ask it a question, or end it."""

import json
from typing import Any

from rich.console import Console

from automation import engine as engines
from automation.errors import UserError
from automation.progress import telling
from automation.session import open_stack
from local import emulator, leftovers, questions
from local.access import Access
from local.steps import Steps

FILE = emulator.HOME / "kept.json"

WAYS = """
It keeps running on {url}:
  make query SQL="select * from dim_channel"   ask gold through Athena
  make preview STACK=local                     change Pulumi.local.yaml, see what would change
  make up STACK=local                          and change it
  AWS_ENDPOINT_URL={url} AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret} \\
    AWS_DEFAULT_REGION={region} aws s3 ls s3://{silver} --recursive
  make demo-down                               destroy the stack and stop the emulator
"""


def ways() -> str:
    """How to look around."""
    kept = _kept()
    return WAYS.format(
        url=kept["url"],
        key=emulator.ACCOUNT,
        secret=emulator.SECRET,
        region=emulator.REGION,
        silver=kept["outputs"]["silver_bucket"],
    )


def query(sql: str, console: Console) -> None:
    """Ask gold as an analyst and print the answer; raises `UserError` with Athena's reason."""
    from report.tables import print_tables

    kept = _kept()
    root = Access(endpoint=kept["url"])
    analyst = root.under(kept["outputs"]["analyst_role_arn"])
    result = questions.ask(root, analyst, kept["outputs"], sql, name="query", title=sql)
    print_tables(console, [result], max_rows=100)


def down(console: Console) -> None:
    """Destroy the stack, prove that nothing is left, stop the emulator; fine when nothing runs."""
    running = emulator.running()
    if running is None:
        FILE.unlink(missing_ok=True)
        console.print("No demo is running.")
        return
    steps = Steps(console=console)
    try:
        with steps.step("destroy", "Destroying the stack local") as show:
            engine = engines.find(show)
            with open_stack("local", engine, emulator_url=running.url) as session:
                session.destroy(telling(show))
        left = {
            kind: names
            for kind, names in leftovers.look(Access(endpoint=running.url)).items()
            if names
        }
    finally:
        emulator.stop(running)
        FILE.unlink(missing_ok=True)
    if left:  # what was made beside the stack, e.g. by `make bootstrap STACK=local`
        console.print(f"Gone with the emulator, though not of the stack: {left}", soft_wrap=True)
    console.print("The stack is destroyed, and the emulator is stopped.")


def _kept() -> dict[str, Any]:
    if emulator.running() is None or not FILE.exists():
        raise UserError("no demo is running; start one that stays with `make demo KEEP=1`")
    return json.loads(FILE.read_text())

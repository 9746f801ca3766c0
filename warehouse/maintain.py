"""Table maintenance: `python -m warehouse.maintain --target athena`, once a week.

Compacts the tables of gold and deletes states that are older than seven days; SQL of the engine,
from `macros/maintain.sql`, or delta-rs for Delta tables by place (target `delta`). Ends with 0, or
with 1 and a sentence. A second run finds little to do and changes no row.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from warehouse import delta
from warehouse import run as dbt
from warehouse.run import BuildFailed
from warehouse.targets import TARGETS, known, ready

DELTA = "delta"
MARK = "maintenance: "
COMPILE = [
    *("compile", "--no-introspect", "--no-populate-cache"),
    *("--inline", "{{ maintenance() | tojson }}"),
]
# Delta tables, apart by commas; an argument says it for one run.
PLACES = "WAREHOUSE_DELTA"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m warehouse.maintain", description=__doc__)
    parser.add_argument("--target", required=True, help=f"{', '.join(TARGETS)} or {DELTA}")
    parser.add_argument("--dry-run", action="store_true", help="print the SQL and run nothing")
    parser.add_argument("--table", action="append", default=[], help="a Delta table's place")
    options = parser.parse_args(argv)
    try:
        if options.target == DELTA:
            _delta(options.table or _places(), _say)
        elif options.dry_run:
            for statement in statements(options.target):
                _say(f"{statement};")
        else:
            maintain(options.target, _say)
    except BuildFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def maintain(name: str, say: Callable[[str], object]) -> None:
    """Every table of gold in the target. Raises BuildFailed; what came before stays done."""
    target = ready(name, os.environ)
    with TemporaryDirectory() as folder:
        code, said = dbt.run(
            [["run-operation", "maintain"]],
            target=name,
            work=Path(folder),
            variables={},
            python=target.python(),
            environment={},
        )
    done = [text.removeprefix(MARK) for text in said.messages if text.startswith(MARK)]
    if code != 0:
        at = f" at `{done[-1]}`" if done else ""
        raise BuildFailed(f"Maintenance of {name} stopped{at}: {said.error}")
    for statement in done:
        say(statement)


def statements(name: str) -> list[str]:
    """The SQL that `maintain` would run, with nobody asked. Raises BuildFailed."""
    target = known(name)
    with TemporaryDirectory() as folder:
        code, said = dbt.run(
            [COMPILE],
            target=name,
            work=Path(folder),
            variables={"offline": True},
            python=target.python(),
            environment=target.offline(),
        )
    if code != 0 or not said.compiled:
        raise BuildFailed(f"Maintenance of {name} cannot be told: {said.error}")
    return [str(statement) for statement in json.loads(said.compiled[0])]


def _delta(places: Sequence[str], say: Callable[[str], object]) -> None:
    if not places:
        raise BuildFailed(f"No Delta table was named: give --table, or set {PLACES}.")
    for place in places:
        say(str(delta.maintain(place)))


def _places() -> list[str]:
    return [place for place in os.environ.get(PLACES, "").split(",") if place]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())

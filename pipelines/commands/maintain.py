"""maintain: compaction and expiry of snapshots (`python -m warehouse.maintain`), in a process of
its own, because dbt configures logging for the whole process it is in.
"""

import subprocess
import sys

from pipelines.commands.gold import environment
from pipelines.commands.work import CommandFailed, Work


def run(work: Work) -> str:
    target = work.places.maintenance_target
    if not target:
        return "this stack has no tables with snapshots"
    done = subprocess.run(  # noqa: S603 (our own command)
        [sys.executable, "-m", "warehouse.maintain", "--target", target],
        capture_output=True,
        text=True,
        env=environment(work.places),
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise CommandFailed(
            f"maintenance of {target} ended with {done.returncode}: "
            f"{said[-1] if said else 'it gave no reason'}"
        )
    return f"maintained {target}"

"""The committed inventory: `python -m tests.urns` rewrites `tests/urns/<stack>.txt`.

A resource that changes its URN is deleted and made again; here a reviewer sees it first.
"""

import program
import settings
from tests.graph import ROOT, STACKS, Graph, record, stack_config


def inventory(graph: Graph) -> str:
    return "".join(f"{urn.split('::', 2)[2]}\n" for urn in sorted(graph.nodes))


if __name__ == "__main__":
    for stack in STACKS:
        found = record(
            lambda: program.build(settings.load()), stack=stack, config=stack_config(stack)
        )
        (ROOT / "tests" / "urns" / f"{stack}.txt").write_text(inventory(found))

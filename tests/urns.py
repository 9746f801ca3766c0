"""The committed inventory: `python -m tests.urns` rewrites `tests/urns/<stack>.txt`.

A resource that changes its URN is deleted and made again; here a reviewer sees it first.
"""

from tests.graph import ROOT, STACKS, Graph, recorded


def inventory(graph: Graph) -> str:
    return "".join(f"{urn.split('::', 2)[2]}\n" for urn in sorted(graph.nodes))


if __name__ == "__main__":
    for stack in STACKS:
        text = inventory(recorded(stack))
        (ROOT / "tests" / "urns" / f"{stack}.txt").write_text(text)

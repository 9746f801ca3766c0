"""The committed inventory: `python -m tests.urns` rewrites `tests/urns/<stack>.txt` and
`<stack>-bootstrap.txt`, which is what `make bootstrap` makes.

A resource that changes its URN is deleted and made again; here a reviewer sees it first.
"""

from tests.graph import FOUNDATION, ROOT, STACKS, Graph, recorded


def inventory(graph: Graph) -> str:
    return "".join(f"{urn.split('::', 2)[2]}\n" for urn in sorted(graph.nodes))


if __name__ == "__main__":
    folder = ROOT / "tests" / "urns"
    for stack in STACKS:
        (folder / f"{stack}.txt").write_text(inventory(recorded(stack)))
        (folder / f"{stack}-bootstrap.txt").write_text(inventory(recorded(stack, FOUNDATION)))

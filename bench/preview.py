"""Wall-clock of an offline preview of prod against a program that registers nothing, in one run.

The empty program loads the same SDK classes, because loading them is what a Pulumi program in
Python cannot do without. Each round is a process of its own, as for a person; rounds alternate and
the fastest of each counts.
"""

import subprocess
import sys
import time
from importlib import import_module
from keyword import iskeyword
from typing import TYPE_CHECKING

from automation.errors import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pulumi

    import settings

ROUNDS = 5
GOAL = 1.5
STACK = "prod"
VARIANTS = ("empty", "program")


def used() -> set[tuple[str, str]]:
    """Module and class of every resource type in the committed inventory of the stack."""
    found: set[tuple[str, str]] = set()
    for urn in (ROOT / "tests" / "urns" / f"{STACK}.txt").read_text().splitlines():
        package, module, name = urn.split("::")[0].split("$")[-1].split(":")
        if package not in ("shop", "pulumi"):
            found.add((_module(package, module), name))
    return found


def _module(package: str, module: str) -> str:
    """`pulumi_aws.lambda_` of `lambda/function`, `pulumi_kubernetes.batch.v1` of `batch/v1`."""
    if module == "index":
        return f"pulumi_{package}"
    if package == "kubernetes":
        group, _, version = module.replace(".sh", "").partition("/")
        return f"pulumi_kubernetes.{group.partition('.')[0]}.{version}"
    service = module.partition("/")[0]
    return f"pulumi_{package}.{service}{'_' if iskeyword(service) else ''}"


def touch_everything(_settings: "settings.Settings") -> "Mapping[str, pulumi.Output[str]]":
    for module, name in sorted(used()):
        try:
            getattr(import_module(module), name)
        except ImportError:  # a custom resource has no class of its own
            getattr(import_module("pulumi_kubernetes.apiextensions"), "CustomResource")  # noqa: B009
    return {}


def run_once(variant: str) -> None:
    from automation import engine, session

    found = engine.find(lambda _text: None)
    opening = (
        session.open_offline(STACK, found, build=touch_everything)
        if variant == "empty"
        else session.open_offline(STACK, found)
    )
    with opening as opened:
        opened.preview(lambda _event: None)


def measure(rounds: int = ROUNDS) -> dict[str, float]:
    """Fastest seconds of each variant, and `ratio`."""
    best = dict.fromkeys(VARIANTS, float("inf"))
    for _ in range(rounds):
        for variant in VARIANTS:
            began = time.perf_counter()
            subprocess.run(  # noqa: S603 (this file)
                [sys.executable, "-m", "bench.preview", variant], check=True, cwd=ROOT
            )
            best[variant] = min(best[variant], time.perf_counter() - began)
    return {**best, "ratio": best["program"] / best["empty"]}


def main(arguments: list[str]) -> int:
    if arguments:
        run_once(arguments[0])
        return 0
    found = measure()
    resources = len((ROOT / "tests" / "urns" / f"{STACK}.txt").read_text().splitlines())
    sys.stdout.write(f"offline preview of {STACK}, {resources} resources\n")
    for name, label in (("empty", "nothing registered, same SDK"), ("program", "the program")):
        sys.stdout.write(f"{label:32}{found[name]:8.2f} s\n")
    met = found["ratio"] <= GOAL
    ratio = f"{found['ratio']:.2f}"
    sys.stdout.write(f"ratio {ratio}; goal: at most {GOAL}, {'met' if met else 'NOT met'}\n")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

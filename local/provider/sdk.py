"""What the SDK's own class says about a type: its outputs, and which properties it has.

Only classes that the program has loaded already: plan mode runs in the program's process, and a
type that is registered has its class there. Nothing is imported, which would cost seconds.
"""

import sys
from functools import cache
from keyword import iskeyword
from types import ModuleType
from typing import get_args, get_origin, get_type_hints


def outputs(token: str) -> frozenset[str]:
    """Names of the outputs, as the engine spells them; empty where the class is not known."""
    package, module, name = token.split(":")
    found = _class(package, module.partition("/")[0], name)
    return _outputs(found) if found else frozenset()


def has(token: str, property_: str) -> bool:
    return property_ in outputs(token)


def _class(package: str, module: str, name: str) -> type | None:
    if package == "kubernetes":
        module = module.removesuffix(".k8s.io").replace(".sh", "")
    paths = [f"pulumi_{package}"]
    if module not in ("index", ""):
        paths = [f"pulumi_{package}.{module}{'_' if iskeyword(module) else ''}", *paths]
    for path in paths:
        # Of the module's own dictionary: attributes of these packages load more when asked.
        loaded: ModuleType | None = sys.modules.get(path)
        found = vars(loaded).get(name) if loaded else None
        if isinstance(found, type):
            return found
    return None


@cache
def _outputs(kind: type) -> frozenset[str]:
    """The SDK notes the engine's name of each output on its getter (`@pulumi.getter`)."""
    names: set[str] = set()
    for name, attribute in vars(kind).items():
        if isinstance(attribute, property):
            names.add(getattr(attribute.fget, "_pulumi_name", name))
    return frozenset(names)


def hints(token: str) -> dict[str, object]:
    """The type that the SDK declares for each output, e.g. `str` or `Sequence[ClusterIdentity]`."""
    package, module, name = token.split(":")
    found = _class(package, module.partition("/")[0], name)
    return _hints(found) if found else {}


def fields(kind: type) -> dict[str, object]:
    """The same for a structure inside an output (`@pulumi.output_type`)."""
    return _hints(kind)


@cache
def _hints(kind: type) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, attribute in vars(kind).items():
        if isinstance(attribute, property) and attribute.fget is not None:
            try:
                declared: object = get_type_hints(attribute.fget).get("return")
            except NameError:  # a type of a module that is not loaded; nothing is imported here
                continue
            (inner,) = get_args(declared) if _is_output(declared) else (declared,)
            found[getattr(attribute.fget, "_pulumi_name", name)] = inner
    return found


def _is_output(declared: object) -> bool:
    return getattr(get_origin(declared), "__name__", "") == "Output"

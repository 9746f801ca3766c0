"""What the SDK's own class says about a type: its outputs, and which properties it has.

Only classes that the program has loaded already: plan mode runs in the program's process, and a
type that is registered has its class there. Nothing is imported, which would cost seconds.
"""

import sys
from functools import cache
from keyword import iskeyword
from types import ModuleType


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

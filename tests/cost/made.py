"""Resources as a preview would tell them."""

from automation.cost.model import Resource


def resource(type_: str, name: str = "one", parent: str = "component", **inputs) -> Resource:
    return Resource(
        urn=f"urn:pulumi:test::shop::{type_}::{name}", type=type_, inputs=inputs, parent=parent
    )

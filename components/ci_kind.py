"""One row of the tables of `components.ci_actions`: a kind of resource and what is done with it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of resource. `resources` are ARNs; `{name}` is `{prefix}-{env}`, `{glue}` the same
    with underscores. Without resources, AWS has no permission narrower than the account.
    """

    service: str
    resources: tuple[str, ...] = ()
    read: str = ""
    write: str = ""

    def actions(self, *, write: bool) -> list[str]:
        words = f"{self.read} {self.write}" if write else self.read
        return [f"{self.service}:{word}" for word in words.split()]


def arns(service: str, *ends: str, place: str = "{region}:{account}") -> tuple[str, ...]:
    return tuple(f"arn:aws:{service}:{place}:{end}" for end in ends)

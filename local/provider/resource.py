"""What the table of types is written in: a type, its calls, its parts with calls of their own.

Nothing here talks to a service; `lifecycle.py` does, by what the table says.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import TYPE_CHECKING, TypeAlias

from local.provider import rename as renames
from local.provider.errors import UserError
from local.provider.values import Json, Props

if TYPE_CHECKING:
    from local.provider.clients import Api

# The engine's bookkeeping and the resource's region never reach a service as arguments.
INTERNAL = frozenset({"__defaults", "region"})


@dataclass(frozen=True, kw_only=True)
class Task:
    """One step on one object: how it is addressed, what is wanted of it, what it holds now."""

    kind: "ResourceType"
    api: "Api"
    address: Props
    want: Props = field(default_factory=dict[str, Json])
    have: Props = field(default_factory=dict[str, Json])

    def call(self, operation: str, **arguments: Json) -> Props:
        """One call with the object's address and these arguments, in Pulumi's or AWS's names."""
        return self.send(operation, renames.apply(arguments, self.kind.rename))

    def send(self, operation: str, arguments: Props) -> Props:
        """The same, with the arguments renamed already."""
        address = renames.apply(self.address, self.kind.rename)
        return self.api.call(operation, arguments, address=address)


@dataclass(frozen=True, kw_only=True)
class Call:
    """An operation that takes the wanted properties as they are."""

    operation: str
    under: str = ""  # the argument that takes the properties (TableInput)
    beside: frozenset[str] = frozenset()  # properties that stay outside `under`
    keep: frozenset[str] = frozenset()  # parts of the address that are also wanted as properties
    by: Mapping[str, str] = field(default_factory=dict[str, str])  # argument → part of the address
    fixed: Mapping[str, Json] = field(default_factory=dict[str, Json])
    rename: Mapping[str, str] = field(default_factory=dict[str, str])  # on top of the type's


@dataclass(frozen=True, kw_only=True)
class Read:
    """An operation that says what the object holds."""

    operation: str
    at: str = ""  # dotted place of the object in the answer; empty: the answer is the object
    match: tuple[str, str] | None = None  # of a list at `at`: (its key, our part of the address)
    into: str = ""  # the property that takes the whole answer
    by: Mapping[str, str] = field(default_factory=dict[str, str])
    fixed: Mapping[str, Json] = field(default_factory=dict[str, Json])
    rename: Mapping[str, str] = field(default_factory=dict[str, str])


Step: TypeAlias = Call | Callable[[Task], Props | None]
Look: TypeAlias = Read | Callable[[Task], Props | None]


@dataclass(frozen=True, kw_only=True)
class Part:
    """Properties with calls of their own, such as tags or a retention."""

    properties: frozenset[str]
    put: Step
    clear: Step | None = None  # when none of the properties is wanted any more
    read: Look | None = None  # when the type's own `read` does not tell
    in_create: bool = False  # the create call takes them too
    lazy: bool = False  # read only where one of the properties is set
    follows: bool = False  # put again whenever anything before it in the row was changed


@dataclass(frozen=True, kw_only=True)
class Name:
    """The property that carries the physical name.

    Limits are in characters, from each service's API reference.
    """

    property: str = "name"
    limit: int
    prefix: str = ""
    lower: bool = False
    fifo: str = ""  # the property that makes the name end in `.fifo`


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """One row of the table.

    `id` is a template over inputs, the create call's answer, `account` and `region`; read backwards
    it gives the address from an id alone, which is what `import` needs.
    """

    type: str
    service: str  # boto3's name, and the key in aws:endpoints
    inputs: frozenset[str]  # all that can be set; anything else fails the check
    id: str
    create: Step
    read: Look
    delete: Step
    update: Step | None = None  # None: every property outside `parts` forces replacement
    parts: tuple[Part, ...] = ()
    name: Name | None = None
    # Property → its dotted place in the create call's answer.
    created: Mapping[str, str] = field(default_factory=dict[str, str])
    rename: Mapping[str, str] = field(default_factory=dict[str, str])
    replaces: frozenset[str] = frozenset()
    local: frozenset[str] = frozenset()  # inputs that only steer this provider; never sent
    unread: frozenset[str] = frozenset()  # inputs the service does not give back
    ordered: frozenset[str] = frozenset()  # lists whose order means something
    computed: frozenset[str] = frozenset()  # outputs taken from `read`
    # Outputs made from templates over what was read, `account` and `region`.
    derived: Mapping[str, str] = field(default_factory=dict[str, str])
    volatile: frozenset[str] = frozenset()  # outputs that an update may change
    defaults: Mapping[str, str] = field(default_factory=dict[str, str])  # for the id, when not set
    reset: Mapping[str, Json] = field(default_factory=dict[str, Json])  # sent when no longer set
    # Properties whose values mean the same more often than they are equal (a name and its ARN).
    same: Mapping[str, Callable[[Json, Json], bool]] = field(
        default_factory=dict[str, Callable[[Json, Json], bool]]
    )
    ready: tuple[str, frozenset[str]] | None = None  # (property, values) to wait for
    failed: frozenset[str] = frozenset()  # values of that property that will never become ready
    slow_delete: bool = False  # delete returns before the object is gone
    gone: frozenset[str] = frozenset()  # error codes that mean "gone" for this type only
    check: Callable[[Props], list[tuple[str, str]]] | None = None

    @property
    def label(self) -> str:
        return self.type.rpartition(":")[2]

    @property
    def identity(self) -> frozenset[str]:
        """Inputs that the id is made of."""
        fields = {name for _, name, _, _ in Formatter().parse(self.id) if name}
        named = {self.name.property} if self.name else set[str]()
        return (self.inputs & fields) | named

    def forces_replacement(self, property_: str) -> bool:
        if property_ == "region" or property_ in self.replaces | self.identity:
            return True
        if property_ in self.local or self.part_of(property_):
            return False
        return self.update is None

    def part_of(self, property_: str) -> Part | None:
        property_ = "tags" if property_ == "tagsAll" else property_
        return next((part for part in self.parts if property_ in part.properties), None)

    def format_id(self, values: Props) -> str:
        return self.id.format_map({**self.defaults_for(values), **values})

    def defaults_for(self, scope: Props) -> Props:
        return {key: text.format_map(scope) for key, text in self.defaults.items()}

    def address(self, id_: str) -> Props:
        """The parts an id is made of. Raises UserError for an id of another form."""
        pattern = "".join(
            re.escape(literal) + (f"(?P<{name}>.+?)" if name else "")
            for literal, name, _, _ in Formatter().parse(self.id)
        )
        match = re.fullmatch(pattern, id_)
        if match is None:
            raise UserError(f"{id_!r} is no id of a {self.type}: its form is {self.id}")
        return match.groupdict()


def tail(wanted: Json, held: Json) -> bool:
    """A name or id means the same as the ARN that ends in it."""
    ends = [str(value or "").rpartition("/")[2].rpartition(":")[2] for value in (wanted, held)]
    return ends[0] == ends[1]
